"""Too many connections, requests and viewers of one address; others are let in beside them."""

import contextlib
import time

import pytest
from http_client import OPERATOR, STRANGER, HttpClient
from recorder import until

LIMITS = {
    # None of these is cut off for asking for nothing: then another would have its place.
    20: ("--connections-per-address=20", "--request-timeout-s=600"),
    1_500: ("--max-viewers=5", "--request-timeout-s=3"),
}


@pytest.mark.parametrize("n", LIMITS)
def test_a_flood_of_connections_is_told_so_and_others_are_served(serve, watched, n):
    server = serve(*LIMITS[n])
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


def test_connections_that_come_and_go_leave_nothing(serve, watched):
    server = serve("--connections-per-address=50", "--request-timeout-s=3")
    with watched(server):
        for i in range(600):
            with HttpClient(server.url) as client:
                client.send(("", "GET", "GET / HTTP/1.1\r\nHost: a\r\n\r\n")[i % 3])
        until(lambda: is_let_in(server), "an address that has left is let in again")


def is_let_in(server):
    """Return whether a stranger is answered."""
    with HttpClient(server.url) as client:
        answer = client.get()
        return answer is not None and answer.status == 200


def test_a_flood_of_requests_is_refused_and_the_operator_is_served(serve, watched):
    server = serve("--requests-per-s=5")
    statuses = []
    with watched(server):
        began_s = time.monotonic()
        while statuses.count(429) < 30:
            with HttpClient(server.url) as client:
                answer = client.get("/api/charts")
                statuses.append(answer.status)
        n_windows = 1 + (time.monotonic() - began_s) // 10.0
        assert statuses[:50] == [200] * 50
        assert statuses.count(200) == len(statuses) - 30 <= 50 * n_windows
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
