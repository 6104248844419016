"""The bounds of the ordinary path: how much may wait, for how long, and whole frames."""

import queue
import threading
import time

import engineio.packet
import flask
import pytest

from chartserver.intake.allowance import Allowance
from chartserver.refusals import Refusals
from chartserver.settings import Settings
from chartserver.stack.engine import make_socketio
from chartserver.stack.manager import WelcomingManager
from chartserver.stack.session import CONNECT_WITHIN_S
from chartserver.stack.sessions_ordinary import CLOSE_S, QUEUE_MAX, WholeSends, install

EVICT_AFTER_S = 5.0


class Hub:
    """An Engine.IO server within bounds, and no network."""

    def __init__(self, async_mode):
        self.socketio = make_socketio(
            flask.Flask("test"), async_mode, client_manager=WelcomingManager()
        )
        self.refusals = Refusals()
        allowance = Allowance(Settings(), {"subscribe"}, self.refusals)
        self.sweep = install(self.socketio, EVICT_AFTER_S, allowance)
        self.server = self.socketio.server.eio
        self.disconnected = []
        self.server.on("disconnect", lambda sid, reason: self.disconnected.append(sid))

    def session(self, sid="a"):
        from engineio.socket import Socket

        session = self.server.sockets[sid] = Socket(self.server, sid)
        session.connected = True
        session.outside_s = None
        return session


@pytest.fixture(params=["threading", "eventlet", "gevent"])
def hub(request):
    return Hub(request.param)


def test_a_session_whose_queue_is_full_is_closed_and_its_queue_let_go(hub):
    session = hub.session()

    for number in range(QUEUE_MAX * 2):
        session.queue.put(number)
    assert session.queue.qsize() == QUEUE_MAX
    hub.sweep.sweep(0.0)

    assert session.closed
    assert session.queue.qsize() == 1
    assert session.poll() == []
    assert hub.disconnected == ["a"]
    assert hub.sweep.evicted == {"slow": 0, "overflow": 1}


def test_a_full_queue_takes_the_end_of_the_session(hub):
    session = hub.session()
    for number in range(QUEUE_MAX):
        session.queue.put(number)

    session.close(wait=False, abort=True)

    assert session.queue.qsize() == QUEUE_MAX + 1


def test_a_session_whose_queue_only_grows_is_closed_after_a_time(hub):
    session = hub.session()

    for second in range(int(EVICT_AFTER_S) + 1):
        session.queue.put(second)
        hub.sweep.sweep(float(second))
    assert not session.closed
    hub.sweep.sweep(EVICT_AFTER_S + 1)

    assert session.closed
    assert hub.sweep.evicted == {"slow": 1, "overflow": 0}


def test_nobody_is_closed_for_the_time_in_which_nobody_was_served(hub):
    session = hub.session()
    session.queue.put(1)
    hub.sweep.sweep(0.0)

    hub.sweep.forgive()
    hub.sweep.sweep(EVICT_AFTER_S + 1)

    assert not session.closed


def test_a_session_that_takes_something_stays(hub):
    session = hub.session()

    for second in range(60):
        # At each sweep as much waits as at the one before.
        session.queue.put(second)
        hub.sweep.sweep(float(second))
        session.queue.get(block=False)

    assert not session.closed


def test_a_session_for_which_nothing_waits_stays(hub):
    session = hub.session()

    for second in (0.0, 100.0, 200.0):
        hub.sweep.sweep(second)

    assert not session.closed


def test_who_says_no_connect_is_refused(hub):
    session = hub.session()
    session.outside_s = 0.0

    hub.sweep.sweep(CONNECT_WITHIN_S)
    assert not session.closed
    hub.sweep.sweep(CONNECT_WITHIN_S + 1)

    assert session.closed
    assert session.poll() == []
    assert hub.refusals.counts == {"no_connect": 1}


def test_one_task_pings_all_and_who_answers_is_pinged_again(hub):
    session = hub.session()
    for _ in range(3):
        began_s = time.monotonic()
        session.schedule_ping()
        hub.sweep.sweep(began_s + hub.server.ping_interval - 1)
        assert session.queue.empty()
        hub.sweep.sweep(time.monotonic() + hub.server.ping_interval + 1)

        [packet] = session.poll()
        assert packet.packet_type == engineio.packet.PING
        session.take("3")
        # Nobody has asked for these.
        session.take("3")
        session.take("3")


def test_who_has_left_is_not_pinged(hub):
    session = hub.session()
    session.schedule_ping()
    session.close()

    hub.sweep.sweep(time.monotonic() + hub.server.ping_interval + 1)

    assert session.poll() == []


class Talk:
    """A WebSocket of which the client says these words, and then nothing until it is cut."""

    def __init__(self, *said, takes=True):
        self.said = queue.SimpleQueue()
        for word in said:
            self.said.put(word)
        self.sent = []
        self.closed = None
        self.is_cut = threading.Event()
        self.socket = self.fd = self
        self._takes = takes

    def wait(self):
        return self.said.get(timeout=60)

    def send(self, text):
        if not self._takes:
            assert self.is_cut.wait(60)
            raise ConnectionResetError("cut")
        self.sent.append(text)

    def close(self, code, reason):
        self.closed = code, reason
        self.said.put(None)

    def setsockopt(self, *_):
        pass

    def shutdown(self, _how):
        self.is_cut.set()
        self.said.put(None)


def talk(hub, websocket, session=None):
    """Have a session talk over a WebSocket to the end."""
    session = session or hub.session()
    session.connected = False
    session.talk(websocket)
    return session


@pytest.fixture
def threads():
    return Hub("threading")


@pytest.mark.parametrize(
    ("word", "code", "kind"),
    [
        ("9", 1002, "malformed"),
        (b"4", 1003, "binary"),
        ("40NaN", 1007, "bad_json"),
        ('42["disconnect"]', 1008, "not_allowed"),
    ],
)
def test_who_sends_what_is_not_allowed_is_told_why_and_forgotten(threads, word, code, kind):
    websocket = Talk(word, "40")

    session = talk(threads, websocket)

    assert websocket.closed[0] == code
    assert session.closed
    assert threads.server.sockets == {}
    assert threads.disconnected == ["a"]
    assert threads.refusals.counts == {kind: 1}


def test_what_waits_goes_before_the_close_frame(threads):
    session = threads.session()
    websocket = Talk("9")
    waits = engineio.packet.Packet(engineio.packet.MESSAGE, data="waits")
    session.queue.put(waits)

    talk(threads, websocket, session)

    assert websocket.sent == ["4waits"]
    assert websocket.closed[0] == 1002


def test_who_takes_nothing_at_its_end_is_cut_off(threads):
    session = threads.session()
    websocket = Talk("1", takes=False)
    session.queue.put(engineio.packet.Packet(engineio.packet.NOOP))
    talking = threading.Thread(target=talk, args=(threads, websocket, session))

    talking.start()
    while not session.closed:
        talking.join(0.001)
    threads.sweep.sweep(time.monotonic())
    assert not websocket.is_cut.is_set()
    threads.sweep.sweep(time.monotonic() + CLOSE_S)
    talking.join(60)

    assert websocket.is_cut.is_set()
    assert not talking.is_alive()


def test_who_has_gone_by_itself_is_not_cut_off_later(threads):
    websocket = Talk(None)

    talk(threads, websocket)
    threads.sweep.sweep(time.monotonic() + CLOSE_S)

    assert not websocket.is_cut.is_set()


class Trickle:
    """A socket of which each `send` takes a byte, and which notes what was sent."""

    def __init__(self):
        self.data = bytearray()
        self.closed = False

    def send(self, data):
        self.data += data[:1]
        return 1

    def sendall(self, data):
        for i in range(len(data)):
            self.send(data[i : i + 1])

    def close(self):
        self.closed = True


def test_what_is_sent_is_sent_whole():
    trickle = Trickle()

    assert WholeSends(trickle, queue.Queue()).send(b"a frame") == 7

    assert trickle.data == b"a frame"


def test_tasks_that_send_at_once_do_not_come_into_each_others_frames():
    trickle = Trickle()
    sock = WholeSends(trickle, queue.Queue())
    threads = [
        threading.Thread(target=lambda frame=frame: [sock.send(frame) for _ in range(50)])
        for frame in (b"a" * 200, b"b" * 200, b"c" * 200)
    ]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    frames = {bytes(trickle.data[i : i + 200]) for i in range(0, len(trickle.data), 200)}
    assert frames == {b"a" * 200, b"b" * 200, b"c" * 200}


def test_a_turn_is_given_back_when_sending_fails():
    class Broken(Trickle):
        def sendall(self, data):
            raise ConnectionResetError("reset")

    sock = WholeSends(Broken(), queue.Queue())

    for _ in range(3):
        with pytest.raises(ConnectionResetError):
            sock.send(b"a frame")


def test_in_all_else_it_is_the_socket():
    trickle = Trickle()

    WholeSends(trickle, queue.Queue()).close()

    assert trickle.closed
