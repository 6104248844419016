"""Events as bytes, read back by wsproto, which knows nothing of us."""

import json

import pytest
from wsproto.connection import Connection, ConnectionType
from wsproto.events import CloseConnection, Message

from chartserver.broadcast import wire


def received(data):
    """Return the events that a WebSocket client reads from `data`."""
    client = Connection(ConnectionType.CLIENT)
    client.receive_data(data)
    return list(client.events())


def text_of(events):
    assert all(isinstance(event, Message) for event in events)
    assert events[-1].message_finished
    return "".join(event.data for event in events)


@pytest.mark.parametrize(
    ("length", "header_bytes"),
    [(0, 2), (1, 2), (125, 2), (126, 4), (127, 4), (65_535, 4), (65_536, 10), (200_000, 10)],
)
def test_a_frame_of_any_length_is_read_back_whole_and_with_the_shortest_header(
    length, header_bytes
):
    payload = bytes(ord("a") + i % 26 for i in range(length))

    frame = wire.websocket_frame(payload)

    assert len(frame) == header_bytes + length
    assert text_of(received(frame)).encode() == payload


def test_frames_follow_one_another_without_a_byte_between():
    messages = ["x" * length for length in (0, 125, 126, 65_536, 3)]

    events = received(b"".join(wire.websocket_frame(text.encode()) for text in messages))

    texts, parts = [], []
    for event in events:
        parts.append(event.data)
        if event.message_finished:
            texts.append("".join(parts))
            parts = []
    assert texts == messages


def test_a_close_frame_gives_its_code():
    (event,) = received(wire.close_frame(1001))

    assert isinstance(event, CloseConnection)
    assert event.code == 1001


@pytest.mark.parametrize("reason", ["", "service restart", "Zürich" * 30, "€" * 100])
def test_a_close_frame_gives_as_much_of_a_reason_as_it_may_hold(reason):
    (event,) = received(wire.close_frame(1012, reason))

    assert event.code == 1012
    assert reason.startswith(event.reason or "")
    assert len((event.reason or "").encode()) > min(len(reason.encode()), 123) - 3


def test_an_event_is_a_message_of_socket_io_in_the_namespace_of_all():
    message = wire.event_message("tick", {"t": [1.5], "y": [[float("nan")]], "name": "Zürich"})

    assert message.startswith(b'42["tick",')
    assert json.loads(message[2:]) == ["tick", {"t": [1.5], "y": [[None]], "name": "Zürich"}]


def test_a_message_that_many_get_is_framed_once():
    message = wire.Message(b'42["viewers",{}]')

    assert message.frame == wire.websocket_frame(b'42["viewers",{}]')
    assert message.frame is message.frame
