"""WebSockets on eventlet: what a peer is told at the end, and who waits for whom."""

import warnings

import pytest
from client_frames import frame
from strict_parser import CLOSE, PING, PONG, TEXT, Frames

from chartserver.broadcast.outlet import Outlet
from chartserver.intake.allowance import Allowance
from chartserver.refusals import Refusals
from chartserver.settings import Settings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # eventlet's word on its own future
    import eventlet
    from eventlet.green import socket

    from chartserver.stack import websocket_eventlet
    from chartserver.stack.http_eventlet import HAND_OVER
    from chartserver.stack.websocket_eventlet import DirectWebSocketWSGI

LIMIT_S = 60.0
LARGE = b"4" + b"x" * 2_000_000
ENVIRON = {
    "REQUEST_METHOD": "GET",
    "SERVER_PROTOCOL": "HTTP/1.1",
    "REMOTE_ADDR": "127.0.0.2",
    "HTTP_HOST": "charts.example",
    "HTTP_UPGRADE": "websocket",
    "HTTP_CONNECTION": "Upgrade",
    "HTTP_SEC_WEBSOCKET_VERSION": "13",
    "HTTP_SEC_WEBSOCKET_KEY": "dGhlIHNhbXBsZSBub25jZQ==",
}


class Input:
    """What eventlet has for the body of a request."""

    def __init__(self, sock):
        self._sock = sock

    def get_socket(self):
        return self._sock


class Peer:
    """A client whose handshake was taken; `handler` talks to it on the other side."""

    def __init__(self, handler, refusals):
        allowance = Allowance(Settings(), (), refusals)
        with socket.socket() as listening:
            listening.bind(("127.0.0.1", 0))
            listening.listen()
            self.sock = socket.create_connection(listening.getsockname())
            ours, _ = listening.accept()
        self.sock.settimeout(LIMIT_S)
        environ = ENVIRON | {"eventlet.input": Input(ours), HAND_OVER: lambda: None}
        DirectWebSocketWSGI(handler, None, allowance=allowance)(environ, None)
        answer = b""
        while not answer.endswith(b"\r\n\r\n"):
            answer += self.sock.recv(1)

    def read_to_the_end(self):
        """Return the frames that come."""
        parser, frames = Frames(), []
        while data := self.sock.recv(65_536):
            frames += parser.feed(data)
        return frames


@pytest.fixture
def refusals():
    return Refusals()


@pytest.fixture
def meet(refusals):
    """Have a handler talk to a peer: `meet(handler)`."""
    peers = []

    def start(handler):
        peers.append(Peer(handler, refusals))
        return peers[-1]

    yield start
    for peer in peers:
        peer.sock.close()


def echo(websocket):
    while (message := websocket.wait()) is not None:
        websocket.send(message)


def with_outlet(*messages):
    """Return a handler that sends messages by an outlet, then what comes."""

    def talk(websocket):
        outlet = Outlet(lambda: None, lambda: None)
        websocket.attach(outlet)
        for message in messages:
            outlet.put(message)
        echo(websocket)
        outlet.detach()

    return talk


def code(number):
    return number.to_bytes(2, "big")


def test_what_is_said_is_heard_and_a_close_is_answered(meet):
    peer = meet(echo)

    peer.sock.sendall(frame("Grüße".encode()) + frame(b"?", PING) + frame(code(3000), CLOSE))

    assert peer.read_to_the_end() == [
        (TEXT, "Grüße".encode()),
        (PONG, b"?"),
        (CLOSE, code(3000)),
    ]


@pytest.mark.parametrize("handler", [echo, with_outlet()], ids=["bare", "with an outlet"])
def test_a_violation_is_told_and_counted(meet, refusals, handler):
    peer = meet(handler)

    peer.sock.sendall(frame(b"", 3))

    ((opcode, payload),) = peer.read_to_the_end()
    assert (opcode, payload[:2]) == (CLOSE, code(1002))
    assert refusals.counts == {"bad_websocket": 1}


def test_the_close_frame_follows_what_waits_for_one_that_reads_slowly(meet):
    peer = meet(with_outlet(LARGE))

    peer.sock.sendall(frame(b"", 3))

    (large, (opcode, payload)) = peer.read_to_the_end()
    assert large == (TEXT, LARGE)
    assert (opcode, payload[:2]) == (CLOSE, code(1002))


def test_one_that_neither_reads_nor_leaves_is_cut_off(meet, monkeypatch):
    monkeypatch.setattr(websocket_eventlet, "CLOSE_S", 0.05)
    ended = eventlet.event.Event()

    def talk(websocket):
        with_outlet(LARGE)(websocket)
        ended.send()

    peer = meet(talk)
    peer.sock.sendall(frame(b"", 3))

    with eventlet.Timeout(LIMIT_S):
        ended.wait()


def test_a_handler_that_returns_closes_though_another_task_reads(meet):
    read = []

    def talk(websocket):
        read.append(eventlet.spawn(websocket.wait))
        eventlet.sleep(0)
        websocket.close(1012)

    peer = meet(talk)

    assert peer.read_to_the_end() == [(CLOSE, code(1012))]
    peer.sock.close()
    with eventlet.Timeout(LIMIT_S):
        assert read[0].wait() is None


def test_nothing_follows_the_close_frame(meet):
    refused = []

    def talk(websocket):
        websocket.send("before")
        websocket.close(1012)
        try:
            websocket.send("after")
        except ConnectionError as error:
            refused.append(error)
        websocket.wait()

    peer = meet(talk)
    peer.sock.sendall(frame(b"?", PING) + frame(code(1012), CLOSE))

    assert peer.read_to_the_end() == [(TEXT, b"before"), (CLOSE, code(1012))]
    assert refused


def test_a_handler_that_fails_is_a_close_with_1011(meet, caplog):
    def talk(websocket):
        raise RuntimeError("a fault of ours")

    peer = meet(talk)

    ((opcode, payload),) = peer.read_to_the_end()
    assert (opcode, payload[:2]) == (CLOSE, code(1011))
    assert "a fault of ours" in caplog.text


def test_after_a_close_nothing_that_was_sent_before_is_handed_on(meet):
    heard = []

    def talk(websocket):
        heard.append(websocket.wait())
        websocket.close(1012)
        heard.append(websocket.wait())

    peer = meet(talk)
    peer.sock.sendall(frame(b"one") + frame(b"two") + frame(code(1012), CLOSE))

    assert peer.read_to_the_end() == [(CLOSE, code(1012))]
    assert heard == ["one", None]


def test_what_is_no_handshake_is_answered_in_http_and_counted(refusals):
    answered = []
    app = DirectWebSocketWSGI(echo, None, allowance=Allowance(Settings(), (), refusals))

    body = app(
        ENVIRON | {"HTTP_SEC_WEBSOCKET_VERSION": "8"}, lambda status, _: answered.append(status)
    )

    assert answered == ["426 Upgrade Required"]
    assert b"expected 13" in b"".join(body)
    assert refusals.counts == {"bad_handshake": 1}
