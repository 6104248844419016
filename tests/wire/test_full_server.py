"""A server that is full, and viewers that leave it."""

import time

import pytest
import socketio

# However slow the machine is; a session that is not closed is there for longer.
LIMIT_S = 15.0


def join(url, transport):
    client = socketio.Client(reconnection=False)
    client.connect(url, transports=[transport])
    return client


@pytest.mark.parametrize("transport", ["websocket", "polling"])
def test_a_viewer_that_leaves_makes_room_for_another(serve, transport):
    server = serve("--chart", "fx=walk", "--max-viewers", "1")
    first = join(server.url, transport)
    with pytest.raises(socketio.exceptions.ConnectionError):
        join(server.url, transport)

    first.disconnect()

    deadline_s = time.monotonic() + LIMIT_S
    while True:
        try:
            second = join(server.url, transport)
            break
        except socketio.exceptions.ConnectionError:
            assert time.monotonic() < deadline_s, "the place of the one that left is not free"
            time.sleep(0.1)
    second.disconnect()
