"""Attacks on HTTP that are malformed, ambiguous, oversize, or lead elsewhere."""

import json

import pytest
from bystander import TIMES
from http_client import OPERATOR, POST, HttpClient


@pytest.fixture(params=["eventlet", "threading"])
def strict(serve, request):
    """Return a server, for each library that its limits are promised for."""
    return serve(
        f"--async-mode={request.param}",
        "--evict-after-s=1",
        "--requests-per-s=1000",
    )


@pytest.fixture
def lasting(serve):
    """Return a server whose connections take one request after the other."""
    return serve("--async-mode=eventlet", "--requests-per-s=1000")


MALFORMED = {
    "0.9": "GET /\r\n",
    "no path": "GET HTTP/1.1\r\nHost: a\r\n\r\n",
    "bare lf": "GET / HTTP/1.1\nHost: a\n\n",
    "no host": "GET / HTTP/1.1\r\n\r\n",
    "two hosts": "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    "bad host": "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n",
    "folded": "GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n z\r\n\r\n",
    "space before colon": "GET / HTTP/1.1\r\nHost: a\r\nContent-Length : 5\r\n\r\nhello",
    "no colon": "GET / HTTP/1.1\r\nHost: a\r\nX\r\n\r\n",
    "nul in header": "GET / HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n",
    "cr in header": "GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n",
    "nul in path": "GET /a\0b HTTP/1.1\r\nHost: a\r\n\r\n",
    "latin in path": "GET /\xe9 HTTP/1.1\r\nHost: a\r\n\r\n",
    "nul in path, quoted": "GET /static/a%00b HTTP/1.1\r\nHost: a\r\n\r\n",
    "newline in path, quoted": "GET /a%0d%0aX:%20y HTTP/1.1\r\nHost: a\r\n\r\n",
    "tls": "\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03" + "\r\n",
    "cl and te": POST + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /x",
    "te and cl": POST + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\nGET /x",
    "two lengths": POST + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
    "same lengths": POST + "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
    "list of lengths": POST + "Content-Length: 5, 5\r\n\r\nhello",
    "signed length": POST + "Content-Length: +5\r\n\r\nhello",
    "negative length": POST + "Content-Length: -5\r\n\r\nhello",
    "chunk size": POST + "Transfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n",
    "chunk end": POST + "Transfer-Encoding: chunked\r\n\r\n5\r\nhelloX0\r\n\r\n",
    "two codings": POST + "Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n0\r\n\r\n",
    "chunks in 1.0": POST.replace("1.1", "1.0") + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
}
REFUSED = {
    **{name: (data, 400) for name, data in MALFORMED.items()},
    "long line": ("GET /" + "a" * 9_000 + " HTTP/1.1\r\nHost: a\r\n\r\n", 414),
    "long header": (f"GET / HTTP/1.1\r\nHost: a\r\nX: {'a' * 9_000}\r\n\r\n", 431),
    "many headers": ("GET / HTTP/1.1\r\nHost: a\r\n" + "X: y\r\n" * 200 + "\r\n", 431),
    "large headers": ("GET / HTTP/1.1\r\nHost: a\r\n" + f"X: {'y' * 7_000}\r\n" * 9 + "\r\n", 431),
    "coding": (POST + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501),
    "http 2": ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    "expectation": (POST + "Expect: tea\r\nContent-Length: 5\r\n\r\nhello", 417),
    "trace": ("TRACE / HTTP/1.1\r\nHost: a\r\nCookie: secret\r\n\r\n", 405),
    "connect": ("CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "method": ("BREW /pot HTTP/1.1\r\nHost: a\r\n\r\n", 501),
    "large body": (POST + "Content-Length: 99999999\r\n\r\n", 413),
    "large page body": ("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n", 413),
    "large chunks": (
        "POST /fx HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        + ("1000\r\n" + "x" * 4_096 + "\r\n") * 100,
        413,
    ),
}


def test_what_is_no_http_is_refused_and_not_looked_at_further(strict, watched):
    wrong = []
    with watched(strict):
        for name, (data, status) in TIMES * [*REFUSED.items()]:
            with HttpClient(strict.url) as client:
                answer = client.ask(data)
                # Engine.IO refuses a session that is not there before it looks at a body.
                if answer is None or answer.status not in {
                    status,
                    400 if "socket.io" in data else status,
                }:
                    wrong.append((name, answer and answer.status))
                    continue
                wrong += [(name, fault) for fault in faults_of(answer)]
                # What is well-formed is refused, and the next request looked at.
                is_well_formed = status in (405, 501) or "quoted" in name
                if not is_well_formed and not client.is_closed():
                    wrong.append((name, "goes on"))

    assert wrong == []


def faults_of(answer):
    """Yield what is wrong with an answer that refuses."""
    headers = answer.headers
    names = [name.lower() for name, _ in answer.fields]
    if len(names) != len(set(names)):
        yield f"headers twice: {names}"
    if "\n" in answer.error or "Traceback" in answer.error or "secret" in answer.body.decode():
        yield answer.error
    if any(char.isdigit() for char in headers.get("server", "")):
        yield headers["server"]
    for name in ("content-security-policy", "x-content-type-options", "cache-control"):
        if name not in headers:
            yield f"no {name}"


def test_an_absolute_target_is_a_path_of_the_host_it_names(strict):
    with HttpClient(strict.url) as client:
        answer = client.ask("GET http://b/healthz HTTP/1.1\r\nHost: a\r\n\r\n")

    assert answer.status == 200


TRAVERSALS = [
    "/static/../setup.cfg",
    "/static/../../setup.cfg",
    "/static/..%2f..%2fsetup.cfg",
    "/static/%2e%2e/setup.cfg",
    "/static/%2e%2e%2fsetup.cfg",
    "/static/..%5c..%5csetup.cfg",
    "/static/....//setup.cfg",
    "/static//etc/passwd",
    "/static/%2fetc/passwd",
    "//etc/passwd",
    "/../../../../etc/passwd",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/static/js/%252e%252e/%252e%252e/setup.cfg",
    "/static/%c0%ae%c0%ae/setup.cfg",
    "/static/\\..\\setup.cfg",
]


def test_no_path_leads_out_of_the_folder(strict, watched):
    with watched(strict):
        for target in TIMES * TRAVERSALS:
            with HttpClient(strict.url) as client:
                answer = client.get(target)
            assert answer.status in (308, 400, 404), target
            assert b"[metadata]" not in answer.body
            assert b"root:" not in answer.body


def test_requests_in_one_go_are_answered_in_their_order(lasting, watched):
    with watched(lasting):
        for _ in range(TIMES):
            with HttpClient(lasting.url, OPERATOR) as client:
                check_pipelined(client)


def check_pipelined(client):
    """Send 300 requests at once, and fail unless the answers are in their order."""
    client.send(
        "".join(f"GET /chart{i}x HTTP/1.1\r\nHost: a\r\n\r\n" for i in range(300))
        + "GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    )
    for i in range(300):
        assert f"'chart{i}x'" in client.answer().error
    assert client.answer().status == 200
    assert client.is_closed()


def test_the_answer_to_head_is_not_taken_for_the_next(lasting):
    with HttpClient(lasting.url) as client:
        targets = ["/", "/nope", "/publish", "/socket.io/?EIO=4&transport=polling", "/static/nope"]
        client.send("".join(f"HEAD {one} HTTP/1.1\r\nHost: a\r\n\r\n" for one in targets))
        heads = [client._until(b"\r\n\r\n") for _ in targets]

        assert client.get().status == 200
    assert all(head.startswith(b"HTTP/1.1 ") for head in heads)


def test_a_body_is_not_taken_for_the_next_request(lasting):
    hidden = "GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n"
    with HttpClient(lasting.url) as client:
        client.send(
            f"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: {len(hidden)}\r\n\r\n{hidden}"
            "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"
        )

        assert client.answer().status == 200
        assert json.loads(client.answer().body) == {"status": "ok"}


def test_a_body_is_asked_for_when_it_is_wanted(strict):
    with HttpClient(strict.url) as client:
        client.send(POST + "Content-Length: 1\r\nExpect: 100-continue\r\n\r\n")
        assert client._until(b"\r\n\r\n") == b"HTTP/1.1 100 Continue"

        assert client.ask("1").status == 400


def test_an_upgrade_elsewhere_is_not_one(strict):
    upgrade = ("Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13")
    with HttpClient(strict.url) as client:
        assert client.get("/healthz", *upgrade).status == 200
    with HttpClient(strict.url) as client:
        assert client.get("/healthz", "Connection: Upgrade", "Upgrade: h2c").status == 200


@pytest.mark.parametrize("path", ["/publish", "/socket.io/?EIO=4&transport=websocket"])
def test_pages_of_others_open_no_websocket(strict, path):
    with HttpClient(strict.url) as client:
        answer = client.get(
            path,
            "Connection: Upgrade",
            "Upgrade: websocket",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
            "Origin: https://evil.example",
        )

    assert answer.status == 403


def test_the_log_takes_no_lines_of_strangers(strict, settled):
    forged = "%0a00:00:00 ERROR: forged%0d%1b[31m"
    with settled(strict):
        for data in (
            f"GET /{forged} HTTP/1.1\r\nHost: a\r\n\r\n".replace(" ERROR: ", "%20ERROR:%20"),
            "GET / HTTP/1.1\r\nHost: a\r\nX: a\rchartserver: forged\r\n\r\n",
            "GET /\x1b[31mforged HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET /socket.io/?EIO=4&transport=polling&sid=a%0aforged HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: a\r\nOrigin: x\x1b\r\n\r\n",
        ):
            with HttpClient(strict.url) as client:
                client.ask(data)

    lines = list(strict.process.stderr_lines)
    assert not any("\x1b" in line or line.startswith("forged") for line in lines)
    assert all(line.startswith("chartserver: ") for line in lines)
