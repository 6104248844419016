"""Slow attacks on HTTP: what does not come in time is cut off, and what is not taken."""

import time

import pytest
from http_client import POST, HttpClient
from recorder import until
from settling import get
from stranger import Stranger

# Short, and yet longer than a machine may stall between two steps of a client that is well.
TIMEOUT_S = 1.5
# As late as a sweep or a slow machine may be.
SLACK_S = 40.0


@pytest.fixture(params=["eventlet", "threading"])
def strict(serve, request):
    """Return a server with short deadlines, for each library that they are promised for."""
    return serve(
        f"--async-mode={request.param}",
        f"--request-timeout-s={TIMEOUT_S}",
        "--evict-after-s=1",
        "--requests-per-s=1000",
    )


@pytest.fixture(params=["eventlet", "threading"])
def long(serve, request):
    """Return such a server with a chart `long` of 20,000 ticks."""
    server = serve(
        f"--async-mode={request.param}",
        "--chart=long=python:counting:long",
        f"--request-timeout-s={TIMEOUT_S}",
        "--requests-per-s=1000",
    )
    until(lambda: get(server, "/api/charts/long").json()["offset"] == 20_000, "all ticks")
    return server


HEADS = {
    "nothing": "",
    "line": "GET / HT",
    "header": "GET / HTTP/1.1\r\nHost: a\r\nX-",
    "headers": f"{POST}Content-Length: 9\r\n",
    "body": f"{POST}Content-Length: 9\r\n\r\n",
    "chunks": f"{POST}Transfer-Encoding: chunked\r\n\r\n",
}
DRIPS = {
    "line": ("", "GET / HTTP/1.1\r\nHost: a\r\n" + "X: y\r\n" * 90),
    "header": ("GET / HTTP/1.1\r\n", "X-Slow: " + "x" * 7_000),
    "body": (POST + "Content-Length: 10000\r\n\r\n", "x" * 10_000),
    "chunks": (POST + "Transfer-Encoding: chunked\r\n\r\n", "1\r\nx\r\n" * 2_000),
}


def test_what_does_not_come_is_cut_off(strict, watched):
    with watched(strict):
        clients = {name: HttpClient(strict.url).send(data) for name, data in HEADS.items()}
        statuses = {}
        for name, client in clients.items():
            answer = client.answer()
            statuses[name] = answer and answer.status
            assert client.is_closed(), name
            client.close()

    assert statuses == {"nothing": None} | dict.fromkeys([*HEADS][1:], 408)


def test_bytes_that_drip_do_not_make_it_longer(strict, watched):
    with watched(strict):
        left = {}
        for name, (head, rest) in DRIPS.items():
            left[name] = HttpClient(strict.url).send(head), iter(rest)
        until_s = time.monotonic() + 2 * TIMEOUT_S + SLACK_S
        while left and time.monotonic() < until_s:
            for name, (client, rest) in list(left.items()):
                client.send(next(rest))
                if client.is_closed(0.02):
                    client.close()
                    del left[name]

    assert list(left) == []


def test_many_that_drip_leave_nothing(strict, watched):
    with watched(strict):
        clients = [HttpClient(strict.url).send("GET / HTTP/1.1\r\nX: ") for _ in range(100)]

        assert all(client.is_closed() for client in clients)
        for client in clients:
            client.close()


def read_all(client):
    """Return all that comes until the end."""
    return b"".join(iter(lambda: client.sock.recv(65_536), b""))


def test_an_answer_that_is_not_read_is_cut_off(long, watched):
    targets = ("/api/charts/long/ticks?format=csv", "/api/charts/long/ticks")
    with watched(long):
        clients = [HttpClient(long.url, receive_bytes=4_096) for _ in targets]
        for client, target in zip(clients, targets, strict=True):
            client.send(f"GET {target} HTTP/1.1\r\nHost: a\r\n\r\n" * 20)

        time.sleep(2 * TIMEOUT_S + 1.0)

        for client in clients:
            with pytest.raises(ConnectionResetError):
                read_all(client)
            client.close()


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
        assert data.count(b"\n") > 20_000


def test_a_connection_that_is_used_again_has_its_time_anew(serve):
    server = serve("--async-mode=eventlet", f"--request-timeout-s={TIMEOUT_S}")
    with HttpClient(server.url) as client:
        for _ in range(4):
            assert client.get().status == 200
            time.sleep(TIMEOUT_S / 2)
        time.sleep(TIMEOUT_S * 2)

        assert client.get().status == 200


def test_a_websocket_has_no_deadline(strict):
    with Stranger(strict.url).connected() as viewer:
        time.sleep(TIMEOUT_S * 3)

        assert not viewer.is_ended(0.1)
