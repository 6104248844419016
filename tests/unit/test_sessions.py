"""Sessions that write through outlets: polls, upgrades, pings, and who is closed for what."""

import engineio.packet
import pytest
from direct_hub import EVICT_AFTER_S, SUBSCRIBE, FakeWebSocket, Hub, ping_due, types
from engineio.exceptions import SocketIsClosedError

from chartserver import ChartServer
from chartserver.broadcast.outlet import PACKETS_MAX
from chartserver.errors import ConfigError, StackUnfit
from chartserver.stack import heartbeat
from chartserver.stack.sessions import DirectSession, install, outlet_of


@pytest.fixture
def hub():
    return Hub()


def test_a_session_becomes_a_direct_one_as_it_enters_the_table(hub):
    session = hub.session()

    assert isinstance(session, DirectSession)
    assert session.queue.is_polling


def test_a_poll_gets_what_waits_and_a_message_is_told_as_text(hub):
    session = hub.session()
    session.queue.put(engineio.packet.Packet(engineio.packet.OPEN, {}))
    session.queue.put('42["status","Zürich"]'.encode())

    packets = session.poll()

    assert types(packets) == [engineio.packet.OPEN, engineio.packet.MESSAGE]
    assert packets[1].data == '2["status","Zürich"]'


def test_a_poll_of_a_session_that_has_ended_gets_what_waits_and_then_nothing(hub):
    session = hub.session()
    session.queue.put(b"4last")
    session.close(wait=False, abort=True)

    assert types(session.poll()) == [engineio.packet.MESSAGE]
    assert session.poll() == []


def test_pings_are_sent_when_they_are_due_and_answered_sessions_stay(hub):
    session = hub.session()
    due_s = ping_due(session)

    hub.heartbeat.sweep(due_s - 2)
    assert session.queue.empty()
    for _ in range(3):
        hub.heartbeat.sweep(due_s)
        assert types(session.poll()) == [engineio.packet.PING]
        session.take("3")

    assert not session.closed


def test_who_does_not_answer_a_ping_is_closed(hub):
    session = hub.session()
    due_s = ping_due(session)
    hub.heartbeat.sweep(due_s)
    session.poll()

    hub.heartbeat.sweep(due_s + hub.server.ping_timeout + 1)

    assert session.closed
    assert hub.heartbeat.evicted["silent"] == 1
    assert hub.disconnected == ["a"]


def test_a_flood_of_pongs_makes_no_pings(hub):
    session = hub.session()

    for _ in range(1_000):
        session.take("3")
    hub.heartbeat.sweep(ping_due(session))

    assert types(session.poll()) == [engineio.packet.PING]


def test_who_takes_nothing_is_closed_however_many_pongs_it_sends(hub):
    session = hub.session()
    session.queue.put(b"4tick")
    begin_s = session.queue.moved_s

    for second in range(int(EVICT_AFTER_S) + 1):
        session.take("3")
        hub.heartbeat.sweep(begin_s + second)
    assert not session.closed
    hub.heartbeat.sweep(begin_s + EVICT_AFTER_S + 1)

    assert session.closed
    assert hub.heartbeat.evicted["slow"] == 1


def test_nobody_is_closed_for_the_time_in_which_nobody_was_served(hub):
    slow, silent = hub.session("slow"), hub.session("silent")
    slow.queue.put(b"4tick")
    hub.heartbeat.sweep(slow.queue.moved_s)
    silent.pinged_s = silent.queue.moved_s
    later_s = slow.queue.moved_s + hub.server.ping_timeout + EVICT_AFTER_S

    hub.heartbeat.forgive(later_s)
    hub.heartbeat.sweep(later_s + EVICT_AFTER_S - 1)
    assert not slow.closed
    assert not silent.closed
    hub.heartbeat.sweep(later_s + EVICT_AFTER_S + 1)

    assert slow.closed


def test_the_time_of_who_polls_begins_when_there_is_something_to_fetch(hub):
    session = hub.session()
    quiet_s = session.queue.moved_s + 10 * EVICT_AFTER_S

    hub.heartbeat.sweep(quiet_s)
    session.queue.put(b"4tick")
    hub.heartbeat.sweep(quiet_s + 0.1)

    assert not session.closed
    hub.heartbeat.sweep(quiet_s + 0.2 + EVICT_AFTER_S)
    assert session.closed


def test_who_lets_too_many_packets_wait_is_closed(hub):
    session = hub.session()

    for _ in range(PACKETS_MAX + 1):
        session.queue.put(b"43[]")
    hub.heartbeat.sweep(session.queue.moved_s)

    assert session.closed
    assert hub.heartbeat.evicted["overflow"] == 1
    assert session.queue.empty()


def test_a_closed_session_is_taken_from_the_table(hub):
    session = hub.session()
    session.close(wait=False, abort=True)

    hub.heartbeat.sweep(session.queue.moved_s)

    assert hub.server.sockets == {}


def test_a_sweep_over_many_gives_the_loop_away(hub):
    many = [hub.session(f"viewer-{i}") for i in range(3 * heartbeat.SWEEP_SESSIONS)]
    turns = []

    hub.heartbeat.sweep(ping_due(many[-1]), lambda: turns.append(1))

    assert len(turns) >= 5
    assert all(types(session.poll()) == [engineio.packet.PING] for session in many)


def test_what_comes_after_the_end_does_not_bring_a_session_back(hub):
    session = hub.session()
    session.take("1")

    with pytest.raises(SocketIsClosedError):
        session.take("40")

    assert hub.messages == []


def test_an_upgrade_takes_along_what_waits(hub):
    session = hub.session()
    session.queue.put(b"4waits")
    websocket = FakeWebSocket("2probe", "5", SUBSCRIBE)

    session._websocket_handler(websocket)

    assert websocket.sent == ["3probe", b"\x81\x064waits", b"\x81\x016"]
    assert hub.messages == [SUBSCRIBE[1:]]
    assert hub.server.sockets == {}
    assert hub.disconnected == ["a"]


@pytest.mark.parametrize(
    "said",
    [
        ["x"],
        [""],
        ["4hello"],
        ["2other"],
        ["2probe", "2"],
        ["2probe", "garbage"],
        ["2probe"],
        [],
        [TimeoutError("timed out")],
        ["2probe", ConnectionResetError("reset")],
    ],
    ids=repr,
)
def test_an_upgrade_that_fails_leaves_the_session_polling(hub, said):
    session = hub.session()
    session.queue.put(b"4waits")

    assert session._websocket_handler(FakeWebSocket(*said)) == []

    assert session.queue.is_polling
    assert not session.closed
    assert session.poll()[0].data == "waits"


def test_of_two_websockets_that_upgrade_at_once_the_second_is_turned_away(hub):
    session = hub.session()
    first = FakeWebSocket("2probe", "5")
    second = FakeWebSocket("2probe", "5")
    # The second one gets as far as the first before it says that it has upgraded.
    second.wait = lambda: second.said.pop(0) if second.said != ["5"] else upgrade_first()
    kept = []

    def upgrade_first():
        second.said.clear()
        session.upgraded = True
        kept.append(first)
        return "5"

    session._websocket_handler(second)

    assert kept == [first]
    assert second.attached is None


def test_a_session_that_ended_during_its_upgrade_is_not_attached(hub):
    session = hub.session()
    websocket = FakeWebSocket("2probe", "5")
    websocket.wait = lambda: websocket.said.pop(0) if len(websocket.said) == 2 else end()

    def end():
        session.abort("gone")
        return "5"

    session._websocket_handler(websocket)

    assert websocket.attached is None


def test_of_the_first_request_only_what_events_need_is_kept(hub):
    hub.session("a")
    hub.socketio.server.environ["a"] = {"REMOTE_ADDR": "127.0.0.1", "wsgi.input": object()}
    sid = hub.socketio.server.manager.connect("a", "/")

    assert outlet_of(hub.socketio, sid) is hub.server.sockets["a"].queue
    assert hub.socketio.server.environ["a"] == {"REMOTE_ADDR": "127.0.0.1"}


def test_a_server_that_is_not_as_expected_is_left_as_it_is(hub):
    server = hub.socketio.server.eio
    del server.start_service_task
    before = dict(vars(server))

    with pytest.raises(StackUnfit, match="start_service_task"):
        install(hub.socketio, EVICT_AFTER_S, server.allowance)

    assert vars(server) == before


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        ("engineio.socket.Socket", "handle_get_request"),
        ("engineio.socket.Socket", "schedule_ping"),
        ("engineio.server.Server", "_cors_headers"),
        ("socketio.Server", "_handle_eio_message"),
    ],
)
def test_without_what_every_session_leans_on_there_is_no_server(owner, name, monkeypatch):
    monkeypatch.setattr(f"{owner}.{name}", lambda self, of, other, parameters: None)

    with pytest.raises(ConfigError, match=f"{name} has"):
        ChartServer()
