"""Attempts to see what one may not: tokens, links, cookies, origins and forms that are not right.

The server wants a token or a link. Each attempt comes from an address of its own: who guesses is
shut out after ten tokens, and it is the attempts that are to fail, not the address.
"""

import itertools
import json
import time
from http.client import HTTPConnection
from urllib.parse import quote, urlsplit

import pytest
from client_frames import frame
from hard_viewer import connect, handshake
from processes import START_LIMIT_S, URL, Process, Server, command
from stranger import ANSWER_LIMIT_S, Stranger
from strict_parser import Frames

from chartserver.access.links import Links

TOKEN, PUSH_TOKEN, KEY = "Right-token.of-viewers", "Token-of-pushers", "Key-of-links"
SECRETS = (TOKEN, PUSH_TOKEN, KEY)
LATER_S = 4e9
PATHS = ("/", "/fx", "/fx/embed", "/classic?chart=fx", "/api/charts", "/api/charts/fx")
PATHS += ("/api/charts/fx/ticks", "/api/charts/fx/ticks?format=csv")
# A link that ends soon, and yet not before a slow machine has come in with it.
LINK_S, ENDED_WITHIN_S = 10.0, 60.0

addresses = (f"127.0.{i}.{j}" for i, j in itertools.product(range(3, 250), range(1, 250)))


def link_to(chart="fx", expires_s=LATER_S, key=KEY):
    return Links([key]).sign(chart, expires_s)


def joined(path, query):
    return f"{path}{'&' if '?' in path else '?'}{query}" if query else path


def request(server, path, headers=(), method="GET", body=b"", source=None):
    """Return status, headers and body of the answer; header by header, also several of a name."""
    parts = urlsplit(server.url)
    source = source or next(addresses)
    http = HTTPConnection(
        parts.hostname, parts.port, timeout=ANSWER_LIMIT_S, source_address=(source, 0)
    )
    try:
        http.putrequest(method, path, skip_accept_encoding=True)
        for name, text in headers:
            http.putheader(name, text)
        if body:
            http.putheader("Content-Length", str(len(body)))
        http.endheaders(body or None)
        answer = http.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        http.close()


def said_on_connect(server, auth, query="", headers=(), source=None):
    """Return what a Socket.IO connect was answered: "40…" lets in, "44…" does not."""
    lines = "".join(f"{name}: {text}\r\n" for name, text in headers)
    hello = frame(f"40{'' if auth is None else json.dumps(auth)}".encode())
    query = f"&{query}" if query else ""
    address = source or next(addresses)
    with Stranger(server.url, hello, query=query, headers=lines, source=address) as stranger:
        stranger.read_until(lambda: any(text.startswith(("40", "44")) for text in stranger.texts))
        return next((text for text in stranger.texts if text.startswith("4")), "")


def publish_status(server, query="", headers=(), source=None):
    """Return the status that the original's WebSocket is answered with."""
    wanted = [("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Version", "13")]
    wanted += [("Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAA=="), *headers]
    return request(server, joined("/publish", query), wanted, source=source)[0]


def code_of(said):
    assert said.startswith("44"), said
    return json.loads(said[2:])["data"]["code"]


@pytest.fixture(scope="module")
def server():
    """Start a server that is not open: one for all attempts, none of which may leave a trace."""
    env = {
        "CHARTSERVER_VIEW_TOKENS": f"older-token {TOKEN}",
        "CHARTSERVER_LINK_KEYS": KEY,
        "CHARTSERVER_PUSH_TOKENS": PUSH_TOKEN,
    }
    charts = ("fx=walk", "lab=walk", "steady=python:counting:steady")
    options = ("--port=0", "--log-level=debug", *(f"--chart={chart}" for chart in charts))
    process = Process(command("serve", *options), env=env)
    try:
        said = process.lines_until(URL, "stderr", START_LIMIT_S)
        one = Server(process, URL.search(said[-1])[1])
        yield one
        one.stop()
    finally:
        process.kill()


@pytest.fixture
def closed(server):
    """Return the server; after the attempt it must be well, and have told no secret."""
    yield server
    status, _, body = request(server, "/api/charts", [("Authorization", f"Bearer {TOKEN}")])
    assert (status, len(json.loads(body)["charts"])) == (200, 3)
    told = server.process.told()
    assert "Traceback" not in told, told
    assert not [secret for secret in SECRETS if secret in told]
    assert "link=W" not in told


@pytest.mark.parametrize("path", PATHS)
def test_what_is_right_opens(closed, path):
    # That the attempts below fail says something only when this does not.
    bearer = [("Authorization", f"Bearer {TOKEN}")]
    cookie = [("Cookie", f"a=b; chartserver_token={TOKEN}")]

    for headers in (bearer, cookie):
        assert request(closed, path, headers)[0] == 200
        assert publish_status(closed, headers=headers) == 101
        assert said_on_connect(closed, None, headers=headers).startswith("40")
    assert request(closed, joined(path, f"link={link_to()}"))[0] == 200
    assert said_on_connect(closed, {"token": TOKEN}).startswith("40")
    assert publish_status(closed, f"link={link_to()}") == 101


NOT_TOKENS = [
    *(TOKEN.upper(), TOKEN.lower(), TOKEN[:-1], TOKEN[1:], f"{TOKEN}x", f"{TOKEN} {TOKEN}"),
    *("", "null", "undefined", "true", "*", "%", "' or '1'='1", "older-token,Right-token"),
    *(
        f"{TOKEN},older-token",
        f"'{TOKEN}'",
        f'"{TOKEN}"',
        quote(TOKEN, safe="").replace("-", "%2D"),
    ),
    *(PUSH_TOKEN, KEY, f"{TOKEN}\u00e9", "Right\u00adtoken.of-viewers", "x" * 4000),
]


@pytest.mark.parametrize("token", NOT_TOKENS)
def test_what_is_no_token_opens_nothing(closed, token):
    raw = token.encode("utf-8").decode("latin-1")
    ways = [[("Authorization", f"Bearer {raw}")], [("Cookie", f"chartserver_token={raw}")]]

    for headers in ways:
        for path in ("/fx", "/api/charts", "/api/charts/fx/ticks?format=csv"):
            status, _, body = request(closed, path, headers)
            # A quoted value of a cookie is the value.
            assert status == 401 or (token == f'"{TOKEN}"' and "Cookie" in headers[0])
            assert b"epoch" not in body or status == 200
    assert publish_status(closed, headers=ways[0]) == 401
    assert code_of(said_on_connect(closed, {"token": token})) == "unauthorized"


@pytest.mark.parametrize(
    "headers",
    [
        [("Authorization", TOKEN)],
        [("Authorization", f"Basic {TOKEN}")],
        [("Authorization", f"Digest {TOKEN}")],
        [("Authorization", f"Bearer\t{TOKEN}x")],
        [("Authorization", f"Bearer{TOKEN}")],
        [("X-Authorization", f"Bearer {TOKEN}")],
        [("Proxy-Authorization", f"Bearer {TOKEN}")],
        [("X-Api-Key", TOKEN)],
        [("Cookie", f"token={TOKEN}")],
        [("Cookie", f"xchartserver_token={TOKEN}")],
        [("Cookie", f"Chartserver_Token={TOKEN}")],
        [("Cookie", f"chartserver_token[]={TOKEN}")],
        [("Cookie", f"chartserver_token=no; chartserver_token={TOKEN}")],
        [("Referer", f"http://x/?token={TOKEN}")],
        [("X-Forwarded-For", "127.0.0.1")],
        [("X-Forwarded-User", "admin")],
        [("X-Original-URL", "/healthz")],
        [("X-HTTP-Method-Override", "OPTIONS")],
    ],
)
def test_a_token_in_the_wrong_place_opens_nothing(closed, headers):
    for path in ("/", "/fx", "/api/charts"):
        assert request(closed, path, headers)[0] == 401
    assert publish_status(closed, headers=headers) == 401
    assert code_of(said_on_connect(closed, None, headers=headers)) == "unauthorized"


@pytest.mark.parametrize("name", ["token", "link", "access_token", "chartserver_token", "auth"])
def test_a_token_in_an_address_opens_nothing(closed, name):
    query = f"{name}={TOKEN}"

    for path in PATHS:
        assert request(closed, joined(path, query))[0] == 401
    assert publish_status(closed, query) == 401
    assert code_of(said_on_connect(closed, None, query)) == "unauthorized"


@pytest.mark.parametrize(
    "path",
    [
        *("//api/charts", "/api//charts", "/./api/charts", "/static/../api/charts", "/api/charts/"),
        *("/healthz/../api/charts", "/healthz/api/charts", "/API/charts", "/api%2fcharts"),
        *("/static/%2e%2e/api/charts", "/sign-in/../fx", "/sign-in/fx", "/fx;.css", "/fx%00.css"),
        *("/fx.js", "/fx/", "/fx/embed/", "/fx%2fembed", "/static/fx", "/favicon.svg/../fx"),
    ],
)
def test_another_spelling_of_a_path_opens_nothing(closed, path):
    for method in ("GET", "HEAD", "POST", "OPTIONS"):
        status, _, body = request(closed, path, method=method)

        assert b"epoch" not in body
        assert b"EURUSD" not in body
        assert status >= 300 or method == "OPTIONS"


def bad_links():
    """Return links that are not right, and which of the codes each is refused with."""
    good = link_to()
    payload, _, signature = good.rpartition(".")
    other = link_to("lab").rpartition(".")[0]
    return {
        "expired": (link_to(expires_s=time.time() - 1), "expired"),
        "of another key": (link_to(key="another"), "unauthorized"),
        "of another chart's payload": (f"{other}.{signature}", "unauthorized"),
        "unsigned": (payload, "unauthorized"),
        "signed with nothing": (f"{payload}.", "unauthorized"),
        "cut": (good[:-1], "unauthorized"),
        "longer": (f"{good}A", "unauthorized"),
        "padded": (f"{good}=", "unauthorized"),
        "in capitals": (good.upper(), "unauthorized"),
        "a bomb": (f".{'A' * 6000}.{signature}", "unauthorized"),
    }


@pytest.mark.parametrize("name", bad_links())
def test_a_link_that_is_not_right_opens_nothing(closed, name):
    text, code = bad_links()[name]

    for path in PATHS:
        status, _, body = request(closed, joined(path, f"link={text}"))
        assert status == 401
        assert b"epoch" not in body
    assert publish_status(closed, f"link={text}") == 401
    assert code_of(said_on_connect(closed, {"token": text})) == code
    assert code_of(said_on_connect(closed, None, f"link={text}")) == code


def test_a_link_of_one_chart_opens_no_other_by_any_way(closed):
    text = link_to("lab")

    for path in PATHS:
        if "fx" in path:
            status, _, body = request(closed, joined(path, f"link={text}"))
            assert status == 403
            assert b"epoch" not in body
    assert publish_status(closed, f"chart=fx&link={text}") == 403
    assert publish_status(closed, f"chart=no&link={text}") == 403
    assert code_of(said_on_connect(closed, {"token": text, "chart": "fx"})) == "forbidden"
    listed = json.loads(request(closed, f"/api/charts?link={text}")[2])["charts"]
    assert [chart["name"] for chart in listed] == ["lab"]

    hello = frame(f'40{{"token":"{text}"}}'.encode())
    with Stranger(closed.url, hello, source=next(addresses)).connected() as stranger:
        for number, chart in enumerate(["fx", "steady", "no", "LAB", "lab/../fx"]):
            for event in ("subscribe", "unsubscribe"):
                stranger.say(f'42{number}["{event}",{{"chart":"{chart}"}}]')
            assert "the link is for another chart" in stranger.answer(number)
        stranger.say(f'4299["subscribe",{{"chart":"fx","token":"{TOKEN}"}}]')
        assert "error" in stranger.answer(99)
        assert stranger.read_until(lambda: any(text.startswith("42") for text in stranger.texts))
        stranger.read_until(lambda: False, limit_s=1.0)
        events = [text for text in stranger.texts if text.startswith("42")]
        assert events
        assert all('"chart":"lab"' in text for text in events)


def test_a_link_of_one_chart_is_not_added_to_another_by_several_of_them(closed):
    lab, fx = link_to("lab"), link_to("fx")

    assert request(closed, f"/api/charts/fx?link={lab}&link={fx}")[0] == 403
    assert request(closed, f"/api/charts/fx?link={lab}&link=&link={fx}")[0] == 403


ORIGINS = [
    *("https://evil.example", "null", "", "file://", "http://127.0.0.1", "http://localhost"),
    *("{own}.evil.example", "{own}/", "{own}/x", "{own}@evil.example", "{own}0", "{own}, {own}"),
    *("{own} https://evil.example", "https{own_rest}", "HTTP{own_rest}.evil.example", "//x"),
]


@pytest.mark.parametrize("origin", ORIGINS)
def test_a_page_of_another_origin_gets_in_by_no_transport(closed, origin):
    origin = origin.replace("{own_rest}", closed.url.removeprefix("http"))
    origin = origin.replace("{own}", closed.url)
    headers = [("Origin", origin), ("Cookie", f"chartserver_token={TOKEN}")]
    lines = "".join(f"{name}: {text}\r\n" for name, text in headers)

    for path in ("/socket.io/?EIO=4&transport=polling", "/socket.io/?EIO=4&transport=polling&j=1"):
        status, answer, body = request(closed, path, headers)
        assert status in (400, 403)
        assert "Access-Control-Allow-Origin" not in answer
        assert b"sid" not in body
    assert publish_status(closed, headers=headers) in (400, 403)
    with connect(closed.url, source=next(addresses)) as sock:
        assert handshake(sock, closed.url, headers=lines)[0].startswith(("HTTP/1.1 40",))


def test_a_page_that_names_several_origins_gets_in_by_no_transport(closed):
    own = [("Origin", closed.url), ("Cookie", f"chartserver_token={TOKEN}")]

    for headers in ([("Origin", "https://evil.example"), *own], [*own, ("Origin", "null")]):
        path = "/socket.io/?EIO=4&transport=polling"
        assert request(closed, path, headers)[0] in (400, 403)
        assert publish_status(closed, headers=headers) in (400, 403)
    assert request(closed, "/socket.io/?EIO=4&transport=polling", own)[0] == 200


def test_forged_forwarding_makes_no_origin_ours(closed):
    cookie = ("Cookie", f"chartserver_token={TOKEN}")

    for name in ("X-Forwarded-Host", "X-Host", "Forwarded", "X-Original-Host"):
        text = "host=evil.example" if name == "Forwarded" else "evil.example"
        headers = [("Origin", "http://evil.example"), (name, text), cookie]
        assert request(closed, "/socket.io/?EIO=4&transport=polling", headers)[0] in (400, 403)
        assert publish_status(closed, headers=headers) in (400, 403)


@pytest.mark.parametrize(
    "next_path",
    [
        *("//evil.example", "/\\evil.example", "https://evil.example", "%2f%2fevil.example"),
        *("/%0d%0aSet-Cookie:%20a=b", "%2ffx%0d%0aLocation:%20//evil.example", "%00//evil.example"),
        *("/fx%0aX: y", "javascript:alert(1)", "/%09/evil.example", "/fx%E2%80%AE", "/%ff%fe"),
    ],
)
def test_signing_in_leads_nowhere_else(closed, next_path):
    form = [("Content-Type", "application/x-www-form-urlencoded")]
    body = f"token={TOKEN}&next={next_path}".encode()

    status, headers, _ = request(closed, "/sign-in", form, "POST", body)

    assert (status, headers["Location"]) == (303, "/")
    assert len(headers.get_all("Set-Cookie")) == 1
    assert not {"X", "a"} & set(headers)
    _, _, page = request(closed, f"/sign-in?next={next_path}".replace(" ", "%20"))
    assert b"evil" not in page
    assert b"javascript" not in page


def test_who_guesses_by_every_way_has_ten_tries_in_all(closed):
    mine, other = next(addresses), next(addresses)
    form = [("Content-Type", "application/x-www-form-urlencoded")]
    statuses = []
    for i in range(4):
        bearer, cookie = f"Bearer guess-a{i}", f"chartserver_token=guess-b{i}"
        statuses += [request(closed, "/fx", [("Authorization", bearer)], source=mine)[0]]
        statuses += [publish_status(closed, headers=[("Cookie", cookie)], source=mine)]
        body = f"token=guess-c{i}".encode()
        statuses += [request(closed, "/sign-in", form, "POST", body, source=mine)[0]]
        said_on_connect(closed, {"token": f"guess-d{i}"}, source=mine)

    right = [("Authorization", f"Bearer {TOKEN}")]
    assert 401 in statuses
    assert 429 in statuses
    assert request(closed, "/api/charts", right, source=mine)[0] == 429
    assert code_of(said_on_connect(closed, {"token": TOKEN}, source=mine)) == "too_many_tries"
    assert request(closed, "/api/charts", right, source=other)[0] == 200
    assert "guess-" not in closed.process.told()


def test_who_watches_by_a_link_is_ended_with_it(closed):
    text = link_to("steady", time.time() + LINK_S)
    hello = frame(f'40{{"token":"{text}"}}'.encode())
    with Stranger(closed.url, hello, source=next(addresses)).connected() as stranger:
        parts = urlsplit(closed.url)
        with connect(closed.url, source=next(addresses)) as publish:
            publish.sendall(
                f"GET /publish?link={text} HTTP/1.1\r\nHost: {parts.netloc}\r\n"
                "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n".encode()
            )
            head = b""
            while b"\r\n\r\n" not in head:
                head += publish.recv(1)
            assert head.startswith(b"HTTP/1.1 101")
            is_over = lambda: "41" in stranger.texts or not stranger.is_open  # noqa: E731

            assert stranger.read_until(is_over, ENDED_WITHIN_S)

            publish.settimeout(ENDED_WITHIN_S)
            frames = Frames()
            while frames.close_code is None and (data := publish.recv(65_536)):
                frames.feed(data)
            assert frames.close_code is not None
        told = len(stranger.texts)
        stranger.say('427["subscribe",{"chart":"steady"}]')
        stranger.read_until(lambda: False, limit_s=1.0)
        assert not [text for text in stranger.texts[told:] if text.startswith("42")]
    assert code_of(said_on_connect(closed, {"token": text})) == "expired"
