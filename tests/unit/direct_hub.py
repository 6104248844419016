"""An Engine.IO server with direct sessions and no network, for the tests of its sessions."""

import engineio.socket
import flask

from chartserver.intake.allowance import Allowance
from chartserver.refusals import Refusals
from chartserver.settings import Settings
from chartserver.stack.engine import make_socketio
from chartserver.stack.manager import WelcomingManager
from chartserver.stack.sessions import install

EVICT_AFTER_S = 5.0
EVENTS = {"subscribe"}
SUBSCRIBE = '42["subscribe"]'


class FakeWebSocket:
    """Hands out what a client says."""

    def __init__(self, *said):
        self.said = list(said)
        self.sent = []
        self.socket = self
        self.attached = None
        self.closed = None
        self.is_aborted = False
        self.was_flushed = False

    def settimeout(self, _seconds):
        pass

    def wait(self):
        word = self.said.pop(0) if self.said else None
        if isinstance(word, Exception):
            raise word
        return word

    def send(self, text):
        self.sent.append(text)

    def attach(self, outlet):
        self.attached = outlet
        outlet.attach(self.write, lambda: None)

    def write(self, data):
        self.sent.append(bytes(data))
        return len(data)

    def close(self, code, reason):
        self.closed = code, reason

    def flush(self):
        assert self.attached.send is not None, "let go of before it was flushed"
        self.was_flushed = True

    def abort(self):
        self.is_aborted = True


class Hub:
    """An Engine.IO server with direct sessions, and no network."""

    def __init__(self):
        self.manager = WelcomingManager()
        self.manager.welcome = lambda sid: None
        self.socketio = make_socketio(
            flask.Flask("test"), "eventlet", client_manager=self.manager, async_handlers=False
        )
        self.refusals = Refusals()
        allowance = Allowance(Settings(message_burst=20), EVENTS, self.refusals)
        self.heartbeat = install(self.socketio, EVICT_AFTER_S, allowance)
        self.server = self.socketio.server.eio
        self.disconnected = []
        self.messages = []
        self.server.on("disconnect", lambda sid, reason: self.disconnected.append(sid))
        self.server.on("message", lambda sid, text: self.messages.append(text))

    def session(self, sid="a", is_inside=True):
        """Return a session that polls, and whose client has said CONNECT if it `is_inside`."""
        session = engineio.socket.Socket(self.server, sid)
        self.server.sockets[sid] = session
        session.connected = True
        session.schedule_ping()
        if is_inside:
            session.outside_s = None
        return session


def types(packets):
    return [packet.packet_type for packet in packets]


def ping_due(session):
    return session.queue.moved_s + session.server.ping_interval + 1
