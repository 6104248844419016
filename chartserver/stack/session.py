"""What all sessions of Engine.IO have in common here: a packet is checked before it is obeyed.

Whoever sends what is not allowed is refused: its session ends at once, with a reason. Leans on
names of python-engineio and python-socketio that are not public; `check_methods` says what is
not as expected.
"""

import inspect
import logging
import time
from collections.abc import Sequence
from typing import Any

import engineio.packet
import engineio.server
import engineio.socket
import socketio as protocol
from engineio.exceptions import EngineIOError, SocketIsClosedError

from chartserver import frames
from chartserver.errors import BadMessage, StackUnfit
from chartserver.intake import packets
from chartserver.intake.allowance import Allowance
from chartserver.intake.bucket import Bucket
from chartserver.intake.packets import Kind
from chartserver.ticks import short

# In which a client must have said CONNECT, from its handshake or its DISCONNECT on.
CONNECT_WITHIN_S = 10.0
# Each step of the change from polling to a WebSocket.
UPGRADE_STEP_S = 10.0
PROBE = "2probe"
UPGRADE = "5"
FAILED = 1011

# What is leant on: class, method, parameters.
METHODS = (
    (engineio.socket.Socket, "handle_get_request", ("environ", "start_response")),
    (engineio.socket.Socket, "close", ("wait", "abort", "reason")),
    (engineio.socket.Socket, "send", ("pkt",)),
    (engineio.server.Server, "handle_request", ("environ", "start_response")),
    (engineio.server.Server, "_cors_headers", ("environ",)),
    (protocol.Server, "_handle_eio_message", ("eio_sid", "data")),
    (protocol.Server, "_handle_eio_disconnect", ("eio_sid", "reason")),
    (protocol.Manager, "sid_from_eio_sid", ("eio_sid", "namespace")),
)

log = logging.getLogger(__name__)


class Session(engineio.socket.Socket):  # type: ignore[misc]
    """A session whose client is held to what it may send.

    Attributes:
        bucket: what its messages are counted by while it polls, from the first one on.
        outside_s: since when its client is not connected to Socket.IO; None while it is.
        ended_by: what its client has done, when that ended the session.
        close_code: of the close frame, when it was nothing that the client has done.
    """

    websocket: Any = None
    bucket: Bucket | None = None
    outside_s: float | None = None
    ended_by: BadMessage | None = None
    close_code = 1000
    is_fetching = False
    is_posting = False
    connected: Any
    upgraded: Any
    upgrading: Any

    def begin(self) -> None:
        """Be a session that has just come in."""
        self.outside_s = time.monotonic()

    @property
    def is_ending(self) -> bool:
        """Whether nothing is taken any more: by now another thread may be ending it."""
        return bool(self.closing or self.closed)

    @property
    def address(self) -> str:
        """The address of its client."""
        environ = self.server.protocol.environ.get(self.sid, {})
        return str(environ.get("REMOTE_ADDR", ""))

    # What a client sends.

    def take(self, message: str | bytes) -> None:
        """Check a message of the client and do what it says.

        Raises:
            BadMessage: it is not allowed, and the session is to be refused for it.
            SocketIsClosedError: the session has ended. Nothing may bring it back to life.
        """
        if self.is_ending:
            raise SocketIsClosedError()
        packet = self.server.allowance.packet(message)
        if packet.kind is Kind.PONG:
            self.schedule_ping()
        elif packet.kind is Kind.CLOSE:
            self.close(wait=False, abort=True, reason=self.server.reason.CLIENT_DISCONNECT)
        elif packet.namespace != packets.MAIN:
            self._refuse_namespace(packet.namespace)
        else:
            self._check_order(packet.kind)
            self._hand_on(packet.text)

    def take_payload(self, payload: bytes) -> None:
        """Take what was posted by a client that polls; raises as `take` does.

        Each of its messages counts; those over a WebSocket are counted where its frames are read.
        """
        allowance: Allowance = self.server.allowance
        if self.bucket is None:
            self.bucket = allowance.bucket()
        for n_before, message in enumerate(packets.split(payload)):
            if n_before and self.is_ending:  # by the message before
                return
            allowance.check_rate(self.bucket)
            self.take(message)

    def _refuse_namespace(self, namespace: str) -> None:
        """Answer a CONNECT to a namespace that is not there, as Socket.IO has it."""
        self.note("unknown_namespace", f"namespace is {short(namespace)}; expected '/'")
        said = packets.unknown_namespace(namespace)
        self.send(engineio.packet.Packet(engineio.packet.MESSAGE, data=said))

    def _check_order(self, kind: Kind) -> None:
        is_outside = self.outside_s is not None
        if kind is Kind.CONNECT and not is_outside:
            raise BadMessage(
                "out_of_order", packets.NOT_ALLOWED, "got a second CONNECT; expected one"
            )
        if kind is Kind.EVENT and is_outside:
            raise BadMessage(
                "out_of_order", packets.NOT_ALLOWED, "got an event; expected CONNECT before it"
            )

    def _hand_on(self, text: str) -> None:
        """Give a packet to Socket.IO."""
        try:
            self.server.handlers["message"](self.sid, text)
        except Exception:
            if not self.is_ending:  # else it is that which was not expected
                log.exception("%s: a packet was not coped with; the session ends", self.sid)
                raise BadMessage("unexpected", FAILED, "the server has failed") from None
        finally:
            if self.is_ending:
                self._leave()

    def _leave(self) -> None:
        """Take the viewer out again that was let in while its session ended."""
        reason = self.server.reason.TRANSPORT_CLOSE
        self.server.handlers["disconnect"](self.sid, reason)
        manager = self.server.protocol.manager
        sid = manager.sid_from_eio_sid(self.sid, packets.MAIN)
        if sid is not None:  # it had not been let in altogether
            manager.disconnect(sid, packets.MAIN, ignore_queue=True)

    # The change from polling to a WebSocket.

    def upgrade(self, websocket: Any) -> bool:
        """Change over, as the protocol of Engine.IO has it; False when it does not come to that.

        Of several WebSockets that try at once the first wins. The session polls on after one that
        fails.
        """
        self.upgrading = True  # polls are answered with a NOOP from here on
        try:
            self._expect(websocket, PROBE)
            pong = engineio.packet.Packet(engineio.packet.PONG, data="probe")
            websocket.send(pong.encode())
            self.queue.put(engineio.packet.Packet(engineio.packet.NOOP))  # ends the poll that waits
            self._expect(websocket, UPGRADE)
            if self.upgraded or self.is_ending:
                return False
            self.upgraded = True
            return True
        except BadMessage as error:
            self.note(error.kind, str(error))
            self.turn_away(websocket, error)
            return False
        except (OSError, EngineIOError) as error:
            log.debug("%s: upgrade failed: %s", self.sid, error)
            return False
        finally:
            self.upgrading = False

    def _expect(self, websocket: Any, wanted: str) -> None:
        got = websocket.wait()
        if got is None:
            raise SocketIsClosedError()
        if got != wanted:
            raise BadMessage(
                "malformed",
                packets.NOT_THE_PROTOCOL,
                f"got {short(got)}; expected {wanted!r}, for the change to a WebSocket",
            )

    # Polls.

    def handle_get_request(self, environ: dict[str, Any], start_response: Any) -> Any:
        """Answer a poll, or take the handshake of a WebSocket.

        A poll beside another ends the session: the protocol has one at a time.
        """
        if environ.get("HTTP_UPGRADE", "").lower() == "websocket":
            return super().handle_get_request(environ, start_response)
        if self.is_fetching:
            error = BadMessage(
                "overlap", packets.NOT_ALLOWED, "got a poll beside another; expected one at a time"
            )
            self.refuse(error)
            return _told(error)
        self.is_fetching = True
        try:
            answer = super().handle_get_request(environ, start_response)
        finally:
            self.is_fetching = False
        return answer if self.ended_by is None else _told(self.ended_by)

    # The end.

    def end_with(self, close_code: int) -> None:
        """Give that code in the close frame, unless the client is told of a fault of its own."""
        self.close_code = close_code

    def note(self, kind: str, what: str) -> None:
        """Count and tell of a refusal."""
        self.server.allowance.refusals.note(kind, what, self.address)

    def refuse(self, error: BadMessage) -> None:
        """End the session at once for what its client has done."""
        if self.ended_by is None:
            # Its traceback, and that of what led to it, would hold on to us as we to it.
            error.__traceback__ = error.__context__ = None
            self.ended_by = error
            self.note(error.kind, str(error))
            self.cut_off(error)
        if not self.upgraded:
            self.server.sockets.pop(self.sid, None)

    def cut_off(self, error: BadMessage) -> None:
        """End the session; a WebSocket is told why."""
        raise NotImplementedError

    def turn_away(self, websocket: Any, error: BadMessage) -> None:
        """End a WebSocket that is not the session's, and tell why."""
        raise NotImplementedError

    def refuse_idle(self, now_s: float) -> bool:
        """Refuse the client if it has said no CONNECT for too long; return whether it is so."""
        if self.outside_s is None or now_s - self.outside_s <= CONNECT_WITHIN_S:
            return False
        text = f"no CONNECT came in {CONNECT_WITHIN_S:g} s; expected one"
        self.refuse(BadMessage("no_connect", packets.NOT_ALLOWED, text))
        return True


class Sessions(dict[str, Any]):
    """The table of sessions of an Engine.IO server: makes each one of `kind` as it comes in."""

    def __init__(self, kind: type[Session]) -> None:
        super().__init__()
        self.kind = kind

    def __setitem__(self, sid: str, session: Any) -> None:
        session.__class__ = self.kind
        session.begin()
        super().__setitem__(sid, session)


def adopt(server: Any, kind: type[Session], allowance: Allowance) -> None:
    """Make the sessions of `server`, a Socket.IO server, such of `kind`, held to `allowance`."""
    server.eio.protocol = server
    server.eio.allowance = allowance
    server.eio.sockets = Sessions(kind)


def check_methods(wanted: Sequence[tuple[type, str, tuple[str, ...]]]) -> None:
    """Raise StackUnfit unless each class has that method with these parameters."""
    for owner, name, parameters in wanted:
        method = getattr(owner, name, None)
        found = tuple(inspect.signature(method).parameters)[1:] if method else "no such method"
        if found != parameters:
            place = f"{owner.__module__}.{owner.__qualname__}.{name}"
            raise StackUnfit(f"{place} has {found}; expected {parameters}")


def _told(error: BadMessage) -> dict[str, Any]:
    """Return why a session has ended, as engineio wants an answer."""
    return {
        "status": "400 BAD REQUEST",
        "headers": [("Content-Type", "application/json")],
        "response": frames.dump_bytes({"error": str(error)}),
    }
