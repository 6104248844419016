"""A WebSocket on eventlet, read strictly and written through an outlet.

So nothing writes beside anything else, and no byte comes into the middle of a frame. The talk runs
in a small task of its own: the one that served the handshake ends, and with it go the buffers, the
headers and the deep stack of the HTTP request.
"""

import contextlib
import errno
import logging
import socket
from collections.abc import Callable
from typing import Any

import eventlet
from eventlet.event import Event
from eventlet.hubs import IOClosed, get_hub, trampoline
from eventlet.semaphore import Semaphore
from eventlet.wsgi import WSGI_LOCAL, Input
from wsproto.events import CloseConnection, Ping, TextMessage
from wsproto.frame_protocol import CloseReason

from chartserver.broadcast import wire
from chartserver.broadcast.outlet import Outlet
from chartserver.broadcast.sockets import SEND_BUFFER_BYTES
from chartserver.errors import BadMessage
from chartserver.intake.allowance import Allowance
from chartserver.stack import websocket_handshake
from chartserver.stack.http_eventlet import METHODS as HTTP_METHODS
from chartserver.stack.websocket_handshake import HAND_OVER
from chartserver.stack.websocket_reader import WebSocketReader

RECEIVE_BYTES = 8 * 1024
# In which a close frame must be taken, and the peer be gone.
CLOSE_S = 2.0
# Between two looks at what comes from a peer that was told to leave.
DISCARD_PAUSE_S = 0.01
# What is leant on: class, method, parameters.
METHODS = ((Input, "get_socket", ()), *HTTP_METHODS)

log = logging.getLogger(__name__)


class DirectWebSocket:
    """A viewer's WebSocket: one task reads, any may write; through an outlet once it is attached.

    What breaks the protocol or the `allowance` is noted as a refusal of `address`, and ends the
    WebSocket with the close code that tells why.
    """

    __slots__ = (
        "_address",
        "_cut",
        "_flusher",
        "_is_closing",
        "_is_over",
        "_is_read",
        "_left",
        "_reader",
        "_refusals",
        "_turns",
        "outlet",
        "socket",
    )

    def __init__(self, sock: Any, allowance: Allowance, address: str) -> None:
        self.socket = sock
        self.outlet: Outlet | None = None
        self._reader = WebSocketReader(allowance)
        self._refusals = allowance.refusals
        self._address = address
        # Of those who write, until the outlet keeps the order.
        self._turns: Any = Semaphore()
        self._flusher: Any = None
        self._cut: Any = None
        self._is_closing = False
        self._is_over = False
        self._is_read = False
        # Set when the task that reads has come to its end, where another waits for that.
        self._left: Any = None

    def attach(self, outlet: Outlet) -> None:
        """Write through `outlet` from now on."""
        raw = self.socket.fd
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # The heartbeat ends silent sessions; a timer for each wait would cost more than it tells.
        self.socket.settimeout(None)
        self.outlet, self._turns = outlet, None
        outlet.attach(raw.send, self._spawn_flusher, raw.fileno())

    # Talking.

    def send(self, message: str) -> None:
        """Send a text; OSError when the connection is gone."""
        self._send(wire.websocket_frame(message.encode()))

    def wait(self) -> str | None:
        """Wait for a message; None when the WebSocket has come to its end. PINGs are answered.

        Raises:
            OSError: the connection is gone.
        """
        self._is_read = True
        try:
            while not self._is_over:
                # A socket that always has something to read never waits: who floods us would
                # have the loop to itself.
                eventlet.sleep(0)
                message = self._next_message()
                if message is not None and not self._has_closed:
                    return message
        except BadMessage as error:
            self._is_over = True
            self._refusals.note(error.kind, str(error), self._address)
            self.close(error.close_code, str(error))
        finally:
            self._is_read = False
            if self._left is not None and not self._left.ready():
                self._left.send()
        return None

    def close(self, code: int = CloseReason.NORMAL_CLOSURE, reason: str = "") -> None:
        """Send a close frame after all that waits; returns when that was taken, or never will be.

        The task that reads gets to the end when the peer answers, or after `CLOSE_S`.
        """
        if self._has_closed:
            return
        self._is_closing = True
        self._cut_later()
        frame = wire.close_frame(code, reason)
        if self.outlet is None:
            with contextlib.suppress(OSError), self._turns:
                self.socket.sendall(frame)
        else:
            self.outlet.close_frame = frame
            self.outlet.put(None)
            self.flush()

    def flush(self) -> None:
        """Return when all that waits in the outlet was taken, or after `CLOSE_S` never will be."""
        if self._flusher is not None:
            self._cut_later()
            self._flusher.wait()

    def abort(self) -> None:
        """Cut the connection: the task that reads wakes up and ends."""
        self._is_closing = True
        try:
            self.socket.fd.shutdown(socket.SHUT_RDWR)
        except OSError as error:
            if error.errno not in (errno.ENOTCONN, errno.EBADF):
                raise

    def finish(self) -> None:
        """End the connection such that the peer sees what was sent last.

        The peer is to leave first, and gets `CLOSE_S` for it: were the socket closed with bytes
        unread, the connection would be reset, and the peer lose the close frame.
        """
        self._cut_later()
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_WR)
            if self._is_read:  # by another task; eventlet has one at a time
                self._left = Event()
                self._left.wait()
            while self.socket.recv(RECEIVE_BYTES):
                eventlet.sleep(DISCARD_PAUSE_S)
        self._cut.cancel()

    def _cut_later(self) -> None:
        if self._cut is None:
            # A timer: a task that is told not to begin leaves a traceback, which holds on to us.
            self._cut = get_hub().schedule_call_global(CLOSE_S, self.abort)

    @property
    def _has_closed(self) -> bool:
        """Whether a close frame has been sent, or is on its way."""
        return self._is_closing or (self.outlet is not None and self.outlet.is_closing)

    def _next_message(self) -> str | None:
        """Return a message when one has come; None after something else has."""
        event = self._reader.next_event()
        if isinstance(event, TextMessage):
            return event.data
        if isinstance(event, Ping):
            if not self._has_closed:
                self._send(wire.websocket_frame(event.payload, wire.FINAL_PONG))
        elif isinstance(event, CloseConnection):
            self._is_over = True
            has_code = event.code != CloseReason.NO_STATUS_RCVD
            self.close(event.code if has_code else CloseReason.NORMAL_CLOSURE)
        else:
            data = self.socket.recv(RECEIVE_BYTES)
            if not data:
                self._is_over = self._is_closing = True
            self._reader.feed(data)
        return None

    # Writing.

    def _send(self, frame: bytes) -> None:
        if self.outlet is not None:
            self.outlet.put_frame(frame)
            return
        with self._turns:
            if self._is_closing:  # maybe only since the turn was waited for
                raise ConnectionError("the WebSocket is closed")
            self.socket.sendall(frame)

    def _spawn_flusher(self) -> None:
        if self._flusher is None:
            self._flusher = eventlet.spawn(self._flush)

    def _flush(self) -> None:
        """Wait until the socket can be written to, write, until nothing waits."""
        outlet = self.outlet
        try:
            while outlet is not None and outlet.send is not None:
                trampoline(self.socket.fd, write=True)
                if outlet.drain():
                    return
        except (IOClosed, OSError, ValueError):
            return
        finally:
            self._flusher = None


class DirectWebSocketWSGI:
    """A WSGI application that takes a handshake and has `handler` talk over a DirectWebSocket."""

    def __init__(
        self,
        handler: Callable[[DirectWebSocket], object],
        _server: Any,
        *,
        allowance: Allowance,
    ) -> None:
        self._handler = handler
        self._allowance = allowance

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        """Answer the handshake; the talk goes on after the return where the server hands over."""
        address, hand_over = environ.get("REMOTE_ADDR", ""), environ.get(HAND_OVER)
        try:
            websocket_handshake.check(environ)
        except websocket_handshake.BadHandshake as error:
            self._allowance.refusals.note("bad_handshake", str(error), address)
            return websocket_handshake.refuse(error, start_response)
        sock = environ["eventlet.input"].get_socket()
        websocket = DirectWebSocket(sock, self._allowance, address)
        # Of eventlet's HTTP: the answer is not its to give.
        WSGI_LOCAL.already_handled = True
        with contextlib.suppress(OSError):
            sock.sendall(websocket_handshake.answer(environ))
        if hand_over is None:
            self._talk(websocket)
        else:
            hand_over()
            eventlet.spawn_n(self._talk_apart, websocket)
        return []

    def _talk_apart(self, websocket: DirectWebSocket) -> None:
        try:
            self._talk(websocket)
        finally:
            websocket.socket.close()

    def _talk(self, websocket: DirectWebSocket) -> None:
        """Have the handler talk to the end, whatever comes: no HTTP may follow on a WebSocket."""
        try:
            self._handler(websocket)
            websocket.close()
        except OSError as error:
            log.debug("gone in the middle of it: %s", error)
        except Exception:
            log.exception("the talk over a WebSocket failed")
            websocket.close(CloseReason.INTERNAL_ERROR, "internal error")
        finally:
            websocket.finish()
