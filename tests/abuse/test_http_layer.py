"""Attacks on HTTP: slow, malformed, oversize and too many; others are served all the while."""

import contextlib
import json
import os
import threading
import time

import pytest
from client_frames import frame
from http_client import OPERATOR, STRANGER, HttpClient
from recorder import until
from settling import get
from stranger import Stranger

TIMEOUT_S = 0.5
# As late as a sweep or a busy machine may be.
SLACK_S = 3.0
POST = "POST /socket.io/?EIO=4&transport=polling&sid=x HTTP/1.1\r\nHost: a\r\n"

only_eventlet = pytest.mark.skipif(
    os.environ.get("CHARTSERVER_ASYNC_MODE", "eventlet") != "eventlet",
    reason="promised for eventlet alone",
)
not_gevent = pytest.mark.skipif(
    os.environ.get("CHARTSERVER_ASYNC_MODE") == "gevent", reason="not promised for gevent"
)


@pytest.fixture
def strict(serve):
    """Return a server with short deadlines."""
    return serve(f"--request-timeout-s={TIMEOUT_S}", "--evict-after-s=1", "--requests-per-s=1000")


@pytest.fixture
def long(serve):
    """Return a server with short deadlines, and a chart `long` of 60,000 ticks."""
    server = serve(
        "--chart=long=python:counting:long",
        f"--request-timeout-s={TIMEOUT_S}",
        "--requests-per-s=1000",
    )
    until(lambda: get(server, "/api/charts/long").json()["offset"] == 60_000, "all ticks")
    return server


def drip(client, data, pause_s=0.05):
    """Send a byte at a time until the server ends the connection; return how long that took."""
    began_s = time.monotonic()
    client.sock.settimeout(pause_s)
    for i in range(10_000):
        try:
            client.sock.sendall(data[i % len(data) : i % len(data) + 1])
            if not client.sock.recv(65_536):
                break
        except TimeoutError:
            continue
        except ConnectionError:
            break
    return time.monotonic() - began_s


@not_gevent
@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"GET / HT",
        b"GET / HTTP/1.1\r\nHost: a\r\nX-",
        POST.encode() + b"Content-Length: 9\r\n",
    ],
    ids=["nothing", "line", "header", "headers"],
)
def test_a_head_that_does_not_come_is_cut_off(strict, watched, data):
    with watched(strict), HttpClient(strict.url) as client:
        began_s = time.monotonic()
        client.send(data)

        answer = client.answer()

        assert time.monotonic() - began_s < TIMEOUT_S + SLACK_S
        if data:
            assert (answer.status, answer.headers["connection"]) == (408, "close")
            assert "too slowly" in answer.error
        assert client.is_closed()


@not_gevent
@pytest.mark.parametrize(
    ("head", "rest"),
    [
        ("", b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * 90),
        ("GET / HTTP/1.1\r\n", b"X-Slow: " + b"x" * 7_000),
        (POST + "Content-Length: 10000\r\n\r\n", b"x"),
        (POST + "Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    ],
    ids=["line", "header", "body", "chunks"],
)
def test_bytes_that_drip_do_not_make_it_longer(strict, watched, head, rest):
    with watched(strict), HttpClient(strict.url) as client:
        client.send(head)

        assert drip(client, rest) < 2 * TIMEOUT_S + SLACK_S


@not_gevent
def test_many_that_drip_leave_nothing(strict, watched):
    with watched(strict):
        clients = [HttpClient(strict.url).send("GET / HTTP/1.1\r\nX: ") for _ in range(100)]

        assert all(client.is_closed() for client in clients)
        for client in clients:
            client.close()


@not_gevent
@pytest.mark.parametrize("target", ["/api/charts/long/ticks?format=csv", "/api/charts/long/ticks"])
def test_an_answer_that_is_not_read_is_cut_off(long, watched, target):
    with watched(long), HttpClient(long.url, receive_bytes=4_096) as client:
        client.send(f"GET {target} HTTP/1.1\r\nHost: a\r\n\r\n" * 20)

        time.sleep(TIMEOUT_S + 1.0)

        n_bytes = 0
        with contextlib.suppress(ConnectionError):
            while data := client.sock.recv(65_536):
                n_bytes += len(data)
        assert n_bytes < 20_000_000


@not_gevent
def test_an_answer_that_is_read_slowly_comes_whole(long, watched):
    with watched(long), HttpClient(long.url, receive_bytes=16_384) as client:
        client.send("GET /api/charts/long/ticks?format=csv HTTP/1.0\r\n\r\n")
        data, began_s = b"", time.monotonic()
        while part := client.sock.recv(200_000):
            data += part
            if time.monotonic() - began_s < 3 * TIMEOUT_S:
                time.sleep(TIMEOUT_S / 5)

        assert time.monotonic() - began_s > 2 * TIMEOUT_S
        assert data.endswith(b"\n")
        assert data.count(b"\n") > 60_000


@only_eventlet
def test_a_connection_that_is_used_again_has_its_time_anew(strict):
    with HttpClient(strict.url) as client:
        for _ in range(4):
            assert client.get().status == 200
            time.sleep(TIMEOUT_S / 2)
        time.sleep(TIMEOUT_S * 2)

        assert client.get().status == 200


def test_a_websocket_has_no_deadline(strict):
    with Stranger(strict.url).connected() as viewer:
        time.sleep(TIMEOUT_S * 3)

        assert not viewer.is_ended(0.1)


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


@not_gevent
def test_what_is_no_http_is_refused_and_not_looked_at_further(strict, watched):
    wrong = []
    with watched(strict):
        for name, (data, status) in REFUSED.items():
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
                if not is_well_formed and not client.is_closed(SLACK_S):
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


@not_gevent
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
        for target in TRAVERSALS:
            with HttpClient(strict.url) as client:
                answer = client.get(target)
            assert answer.status in (308, 400, 404), target
            assert b"[metadata]" not in answer.body
            assert b"root:" not in answer.body


@only_eventlet
def test_requests_in_one_go_are_answered_in_their_order(strict, watched):
    with watched(strict), HttpClient(strict.url, OPERATOR) as client:
        client.send(
            "".join(f"GET /chart{i}x HTTP/1.1\r\nHost: a\r\n\r\n" for i in range(300))
            + "GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        )

        for i in range(300):
            assert f"'chart{i}x'" in client.answer().error
        assert client.answer().status == 200
        assert client.is_closed()


@only_eventlet
def test_the_answer_to_head_is_not_taken_for_the_next(strict):
    with HttpClient(strict.url) as client:
        targets = ["/", "/nope", "/publish", "/socket.io/?EIO=4&transport=polling", "/static/nope"]
        client.send("".join(f"HEAD {one} HTTP/1.1\r\nHost: a\r\n\r\n" for one in targets))
        heads = [client._until(b"\r\n\r\n") for _ in targets]

        assert client.get().status == 200
    assert all(head.startswith(b"HTTP/1.1 ") for head in heads)


@only_eventlet
def test_a_body_that_nobody_reads_is_not_the_next_request(strict):
    hidden = "GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n"
    with HttpClient(strict.url) as client:
        client.send(
            f"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: {len(hidden)}\r\n\r\n{hidden}"
            "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"
        )

        assert client.answer().status == 200
        assert json.loads(client.answer().body) == {"status": "ok"}


@not_gevent
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


@not_gevent
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


@not_gevent
@pytest.mark.parametrize("limit", ["--connections-per-address=20", "--max-viewers=5"])
def test_a_flood_of_connections_is_told_so_and_others_are_served(serve, watched, limit):
    server = serve(limit, f"--request-timeout-s={TIMEOUT_S}")
    n = 20 if "address" in limit else 1_500
    with watched(server):
        clients = []
        for _ in range(n + 200):
            with contextlib.suppress(OSError):
                clients.append(HttpClient(server.url))
        if n == 20:
            answer = clients[-1].answer()
            assert (answer.status, answer.headers["connection"]) == (503, "close")
            assert "expected fewer" in answer.error
            with HttpClient(server.url, OPERATOR) as operator:
                assert operator.get().status == 200
            with HttpClient(server.url, "127.0.0.3") as other:
                assert other.get().status == 200
        for client in clients:
            client.close()


@not_gevent
def test_connections_that_come_and_go_leave_nothing(serve, watched):
    server = serve("--connections-per-address=50", f"--request-timeout-s={TIMEOUT_S}")
    with watched(server):
        for i in range(600):
            with HttpClient(server.url) as client:
                client.send(("", "GET", "GET / HTTP/1.1\r\nHost: a\r\n\r\n")[i % 3])
        with HttpClient(server.url) as client:
            deadline_s = time.monotonic() + SLACK_S
            while time.monotonic() < deadline_s:
                if client.get().status == 200:
                    break
            else:
                pytest.fail("an address that has left is not let in again")


def test_a_flood_of_requests_is_refused_and_the_operator_is_served(serve, watched):
    server = serve("--requests-per-s=5")
    statuses = []
    with watched(server):
        for _ in range(80):
            with HttpClient(server.url) as client:
                answer = client.get("/api/charts")
                statuses.append(answer.status)
        assert statuses == [200] * 50 + [429] * 30
        assert 1 <= int(answer.headers["retry-after"]) <= 10
        assert "requests" in answer.error
        with HttpClient(server.url, OPERATOR) as client:
            assert client.get("/api/charts").status == 200


def test_a_flood_of_sessions_of_one_address_is_refused(serve, watched):
    server = serve("--connections-per-address=10")
    handshake = "/socket.io/?EIO=4&transport=polling"
    with watched(server):
        statuses = []
        for _ in range(15):
            with HttpClient(server.url) as client:
                statuses.append(client.get(handshake).status)
        assert statuses == [200] * 10 + [503] * 5
        with HttpClient(server.url, "127.0.0.3") as client:
            assert client.get(handshake).status == 200


@not_gevent
def test_who_forwards_is_believed_when_it_is_trusted_only(serve):
    server = serve("--proxies=127.0.0.3", "--requests-per-s=0.2")

    def ask(source, client):
        with HttpClient(server.url, source) as one:
            return one.get("/healthz", f"X-Forwarded-For: {client}", "X-Request-ID: mine")

    assert [ask(STRANGER, f"1.2.3.{i}").status for i in range(4)] == [200, 200, 429, 429]
    assert [ask("127.0.0.3", f"1.2.3.{i}").status for i in range(4)] == [200] * 4
    assert [ask("127.0.0.3", "1.2.3.9").status for _ in range(3)] == [200, 200, 429]
    assert ask("127.0.0.3", "1.2.3.10").headers["x-request-id"] == "mine"
    assert ask("127.0.0.1", "1.2.3.11").headers["x-request-id"] != "mine"


def publish_viewer(server, **options):
    """Return a client whose handshake for /publish was taken."""
    client = HttpClient(server.url, **options)
    client.send(
        "GET /publish?chart=steady HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\n"
        "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    )
    assert client._until(b"\r\n\r\n").startswith(b"HTTP/1.1 101")
    return client


def test_viewers_of_publish_who_never_read_are_cut_off(serve, watched):
    server = serve("--evict-after-s=1", "--chart=wide=python:counting:wide")
    with watched(server):
        clients = []
        for _ in range(10):
            client = HttpClient(server.url, receive_bytes=2_048)
            client.send(
                "GET /publish?chart=wide HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\n"
                "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
            )
            clients.append(client)
        time.sleep(4.0)
        assert all(client.is_closed(SLACK_S) for client in clients)
        for client in clients:
            client.close()


def test_a_stop_is_not_held_up_by_viewers_of_publish_who_never_read(serve):
    server = serve("--evict-after-s=60", "--chart=wide=python:counting:wide")
    reader = publish_viewer(server)
    stuck = []
    for _ in range(5):
        client = HttpClient(server.url, receive_bytes=2_048)
        client.send(
            "GET /publish?chart=wide HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\n"
            "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        )
        stuck.append(client)
    received = []

    def read():
        with contextlib.suppress(OSError):
            while data := reader.sock.recv(65_536):
                received.append(data)

    thread = threading.Thread(target=read)
    thread.start()
    time.sleep(2.0)
    began_s = time.monotonic()

    server.stop()

    assert time.monotonic() - began_s < 6.0
    thread.join()
    # The last frame closes, with the code of a restart.
    assert b"\x88" in received[-1]
    assert (1012).to_bytes(2, "big") in b"".join(received)[-60:]
    for client in (reader, *stuck):
        client.close()


def test_viewers_of_publish_count_as_viewers(serve):
    server = serve("--max-viewers=1")
    viewer = publish_viewer(server)

    with HttpClient(server.url) as second:
        assert second.get("/socket.io/?EIO=4&transport=polling").status == 503

    viewer.send(frame(b"", 8))
    viewer.is_closed(SLACK_S)
    viewer.close()
    deadline_s = time.monotonic() + SLACK_S
    while True:
        with HttpClient(server.url) as third:
            if third.get("/socket.io/?EIO=4&transport=polling").status == 200:
                break
        assert time.monotonic() < deadline_s, "the place of the one that left is not free"
