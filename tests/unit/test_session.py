"""What every session holds its client to: order, rate, and one thing at a time."""

import json

import engineio.packet
import pytest
from direct_hub import SUBSCRIBE, FakeWebSocket, Hub, types
from engineio.exceptions import SocketIsClosedError

from chartserver.broadcast import wire
from chartserver.errors import BadMessage
from chartserver.stack.session import CONNECT_WITHIN_S

POLL = {"REQUEST_METHOD": "GET"}


@pytest.fixture
def hub():
    return Hub()


@pytest.fixture
def server():
    """A hub in which Socket.IO itself gets what is handed on; `subscribe` is noted, and acked."""
    hub = Hub()
    protocol = hub.socketio.server
    hub.server.on("message", protocol._handle_eio_message)
    hub.server.on("disconnect", protocol._handle_eio_disconnect)
    hub.subscribed = []
    protocol.on("connect", lambda sid, environ, auth: None)
    protocol.on("subscribe", lambda sid, asked=None: hub.subscribed.append(asked) or "ok")
    return hub


def outside(hub):
    session = hub.session(is_inside=False)
    hub.socketio.server.environ[session.sid] = {"REMOTE_ADDR": "192.0.2.7"}
    return session


def kind_of_fault(session, message):
    with pytest.raises(BadMessage) as caught:
        session.take(message)
    return caught.value.kind


def test_a_viewer_connects_and_then_sends_events(server):
    session = outside(server)

    session.take("40")
    session.take('427["subscribe",{"chart":"fx"}]')

    connected, answered = session.poll()
    assert connected.data.startswith('0{"sid":')
    assert answered.data == '37["ok"]'
    assert server.subscribed == [{"chart": "fx"}]


def test_an_event_before_the_connect_is_refused(server):
    session = outside(server)

    assert kind_of_fault(session, SUBSCRIBE) == "out_of_order"
    assert server.subscribed == []


def test_a_second_connect_is_refused(server):
    session = outside(server)
    session.take("40")

    assert kind_of_fault(session, "40") == "out_of_order"


def test_who_has_left_may_connect_again_and_sends_no_event_before(server):
    session = outside(server)
    session.take("40")
    session.take("41")

    assert kind_of_fault(session, SUBSCRIBE) == "out_of_order"
    session.take("40")
    session.take(SUBSCRIBE)
    assert server.subscribed == [None]


def test_who_was_disconnected_by_us_may_connect_again(server):
    session = outside(server)
    session.take("40")
    protocol = server.socketio.server
    protocol.disconnect(protocol.manager.sid_from_eio_sid(session.sid, "/"))

    session.take("40")

    assert session.outside_s is None


def test_a_disconnect_of_who_is_not_connected_does_no_harm(server):
    outside(server).take("41")

    assert server.refusals.counts == {}


def test_who_connects_to_an_unknown_namespace_is_told_so_and_stays(server):
    session = outside(server)

    session.take("40/admin,{}")
    session.take("40")

    told, connected = session.poll()
    assert told.data.startswith('4/admin,{"message":"namespace is')
    assert connected.data.startswith("0{")
    assert server.refusals.counts == {"unknown_namespace": 1}


def test_each_message_that_is_posted_counts(hub):
    session = hub.session()
    session.take_payload(b"\x1e".join([b"3"] * 16))

    with pytest.raises(BadMessage, match="too many messages") as caught:
        session.take_payload(b"\x1e".join([b"3"] * 16))

    assert caught.value.kind == "too_fast"


def test_nothing_is_done_that_comes_after_a_close_in_one_payload(hub):
    session = hub.session()

    session.take_payload(b'1\x1e42["subscribe"]')

    assert session.closed
    assert hub.messages == []


def test_what_is_posted_to_a_session_that_has_ended_is_told_so(hub):
    session = hub.session()
    session.take("1")

    with pytest.raises(SocketIsClosedError):
        session.take_payload(b"3")


def test_who_is_refused_while_it_polls_is_forgotten_at_once_and_noted_once(hub):
    session = outside(hub)
    error = BadMessage("malformed", 1002, "got '9'; expected a packet")

    session.refuse(error)
    session.refuse(error)

    assert session.closed
    assert hub.server.sockets == {}
    assert hub.disconnected == ["a"]
    assert hub.refusals.counts == {"malformed": 1}


def test_a_poll_of_who_was_refused_says_why(hub):
    session = hub.session()
    session.poll = lambda: session.refuse(BadMessage("malformed", 1002, "got '9'")) or []

    answer = session.handle_get_request(POLL, None)

    assert answer["status"].startswith("400 ")
    assert json.loads(answer["response"]) == {"error": "got '9'"}


def test_a_poll_beside_another_ends_the_session(hub):
    session = hub.session()
    inner = []

    def poll():
        inner.append(session.handle_get_request(POLL, None))
        return []

    session.poll = poll
    outer = session.handle_get_request(POLL, None)

    assert inner == [outer]
    assert "one at a time" in json.loads(outer["response"])["error"]
    assert session.closed
    assert hub.refusals.counts == {"overlap": 1}


def test_polls_one_after_the_other_are_answered(hub):
    session = hub.session()
    for _ in range(3):
        session.queue.put(b"4tick")
        assert types(session.handle_get_request(POLL, None)) == [engineio.packet.MESSAGE]


@pytest.mark.parametrize(
    ("word", "code"),
    [("9", 1002), (b"4", 1003), ("40NaN", 1007), ('42["connect"]', 1008), ("40", 1008)],
)
def test_who_breaks_a_rule_over_a_websocket_is_told_by_the_close_frame(hub, word, code):
    session = hub.session()
    session.connected = False
    websocket = FakeWebSocket(word, SUBSCRIBE)

    session._websocket_handler(websocket)

    reason = str(session.ended_by)
    assert websocket.sent == [wire.close_frame(code, reason)]
    assert websocket.was_flushed
    assert hub.messages == []
    assert hub.disconnected == ["a"]
    assert hub.server.sockets == {}


def test_who_says_no_connect_in_time_is_refused(hub):
    session = hub.session(is_inside=False)

    hub.heartbeat.sweep(session.outside_s + CONNECT_WITHIN_S)
    assert not session.closed
    hub.heartbeat.sweep(session.outside_s + CONNECT_WITHIN_S + 0.1)

    assert session.closed
    assert hub.refusals.counts == {"no_connect": 1}
    assert hub.server.sockets == {}


def test_a_websocket_that_fails_to_take_over_is_told_why(hub):
    session = hub.session()
    websocket = FakeWebSocket("2probe", SUBSCRIBE)

    session._websocket_handler(websocket)

    assert websocket.closed[0] == 1002
    assert not session.closed
    assert hub.refusals.counts == {"malformed": 1}


@pytest.mark.parametrize("step", ["manager.pre_connect", "_trigger_event", "manager.connect"])
def test_a_viewer_whose_session_ends_while_it_is_let_in_is_not_in(
    server, step, monkeypatch, caplog
):
    session = outside(server)
    protocol = server.socketio.server
    manager = protocol.manager
    owner, name = (manager if "." in step else protocol), step.rpartition(".")[2]
    go_on = getattr(owner, name)

    def end_first(*arguments):
        # As another thread may do at any time.
        monkeypatch.setattr(owner, name, go_on)
        session.abort("slow")
        return go_on(*arguments)

    monkeypatch.setattr(owner, name, end_first)
    session.take("40")

    assert session.closed
    assert manager.sid_from_eio_sid(session.sid, "/") is None
    assert manager.pending_connect == {}
    assert not any(manager.rooms.values())
    assert protocol.environ == {}
    assert caplog.records == []


def test_what_we_do_not_cope_with_is_told_once_and_ends_the_session(server, caplog):
    session = outside(server)
    session.take("40")
    server.socketio.server.on("subscribe", lambda sid: 1 / 0)

    assert kind_of_fault(session, SUBSCRIBE) == "unexpected"

    [record] = caplog.records
    assert "ZeroDivisionError" in caplog.text
    assert record.name == "chartserver.stack.session"
