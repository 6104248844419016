"""Packets of every kind and shape, generated; the same ones in each run."""

import json
from http.client import HTTPConnection

from grammar import bodies, connections
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from stranger import ANSWER_LIMIT_S, HELLO, Stranger, netloc

# The same examples each time, and none kept: a fault that is found becomes a test of its own.
generated = settings(
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    print_blob=False,
)
POLLING = "/socket.io/?EIO=4&transport=polling"


def test_whatever_comes_over_a_websocket_only_packets_come_back(serve, watched):
    server = serve()

    @settings(generated, max_examples=400)
    @given(connections, st.booleans(), st.booleans())
    def attack(data, says_hello, resets):
        stranger = Stranger(server.url, HELLO if says_hello else b"", source="")
        stranger.send(data)
        stranger.read(0.005)
        stranger.reset() if resets else stranger.close()

    with watched(server):
        attack()


def test_whatever_is_posted_is_answered(serve, watched):
    server = serve()

    @settings(generated, max_examples=200)
    @given(bodies, st.booleans())
    def attack(body, says_hello):
        connection = HTTPConnection(netloc(server.url), timeout=ANSWER_LIMIT_S)
        sid = json.loads(request(connection, "GET", POLLING)[1][1:])["sid"]
        if says_hello:
            request(connection, "POST", f"{POLLING}&sid={sid}", b"40")
        status, _ = request(connection, "POST", f"{POLLING}&sid={sid}", body)
        assert status in (200, 400, 413)
        # Ends the session, if there still is one.
        request(connection, "POST", f"{POLLING}&sid={sid}", b"1")
        connection.close()

    with watched(server):
        attack()


def request(connection, method, path, body=None):
    """Return status and body of an answer; what was open is opened again when it was closed."""
    connection.request(method, path, body, {"Content-Type": "text/plain;charset=UTF-8"})
    response = connection.getresponse()
    return response.status, response.read()
