"""Viewers of `/publish` that do not read, and those that leave."""

import contextlib
import re
import threading
import time

import pytest
from client_frames import frame
from http_client import HttpClient
from recorder import until
from settling import get


@pytest.fixture(params=["eventlet", "threading"])
def serve_wide(serve, request):
    """Start servers, with a chart `wide` that sends 400 kB a second."""
    chart = "--chart=wide=python:counting:wide"
    return lambda *options: serve(f"--async-mode={request.param}", chart, *options)


def publish_viewer(server, chart="wide", **options):
    """Return a client whose handshake was taken."""
    client = HttpClient(server.url, **options)
    client.send(
        f"GET /publish?chart={chart} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\n"
        "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    )
    assert client._until(b"\r\n\r\n").startswith(b"HTTP/1.1 101")
    return client


def test_viewers_who_never_read_are_cut_off(serve_wide, watched):
    server = serve_wide("--evict-after-s=1")
    with watched(server):
        clients = [publish_viewer(server, receive_bytes=2_048) for _ in range(10)]

        # Not earlier: who reads what the kernel still has would be one who reads.
        until(lambda: n_cut_off(server) >= len(clients), "all are cut off")

        assert all(client.is_closed() for client in clients)
        for client in clients:
            client.close()


def n_cut_off(server):
    """Return how many viewers were cut off for taking nothing."""
    said = re.findall(r'_refused_total{kind="slow_viewer"} (\d+)', get(server, "/metrics").text)
    return sum(map(int, said))


def test_a_stop_is_not_held_up_by_viewers_who_never_read(serve_wide):
    server = serve_wide("--evict-after-s=600")
    reader = publish_viewer(server, "steady")
    stuck = [publish_viewer(server, receive_bytes=2_048) for _ in range(5)]
    received = []

    def read():
        with contextlib.suppress(OSError):
            while data := reader.sock.recv(65_536):
                received.append(data)

    thread = threading.Thread(target=read)
    thread.start()
    time.sleep(2.0)

    # It would last until they are cut off.
    server.stop()

    thread.join()
    # The last frame closes, with the code of a restart.
    assert (1012).to_bytes(2, "big") in b"".join(received)[-60:]
    for client in (reader, *stuck):
        client.close()


def test_viewers_who_leave_make_room(serve_wide):
    server = serve_wide("--max-viewers=1")
    viewer = publish_viewer(server, "steady")
    assert status_of_another(server) == 503

    viewer.send(frame(b"", 8))
    viewer.is_closed()
    viewer.close()

    until(lambda: status_of_another(server) == 200, "the place of the one that left is free")


def status_of_another(server):
    with HttpClient(server.url) as client:
        return client.get("/socket.io/?EIO=4&transport=polling").status
