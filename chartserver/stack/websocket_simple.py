"""A WebSocket on threads or gevent, by simple-websocket; what comes in is read strictly before.

simple-websocket reads in a task of its own, keeps what it has read in a row without a bound, takes
binary messages, and sends without regard to other tasks. So it is given a socket that reads what
comes first and lets nothing through that breaks the protocol or a limit.
"""

import contextlib
import logging
import socket
import time
from collections.abc import Callable
from typing import Any

import simple_websocket
from wsproto.events import CloseConnection
from wsproto.frame_protocol import CloseReason
from wsproto.utilities import LocalProtocolError

from chartserver.errors import BadMessage
from chartserver.intake.allowance import Allowance
from chartserver.stack import websocket_handshake
from chartserver.stack.websocket_reader import WebSocketReader

# In which a peer that was told to leave must be gone.
CLOSE_S = 2.0
DISCARD_BYTES = 64 * 1024
# All that simple-websocket needs of a handshake that was checked; of the rest it might choke.
HANDSHAKE = (
    *("HTTP_HOST", "HTTP_UPGRADE", "HTTP_CONNECTION"),
    *("HTTP_SEC_WEBSOCKET_KEY", "HTTP_SEC_WEBSOCKET_VERSION"),
)

# What simple-websocket and wsproto say of one who sends after a close.
CLOSED = (simple_websocket.ConnectionClosed, LocalProtocolError)

log = logging.getLogger(__name__)


class ReadSocket:
    """A socket whose `recv` gives only what `reader` has read without complaint.

    At the first complaint `on_bad` is called, which is to send a close frame; then the peer has
    `CLOSE_S` to leave. In all else it is the socket that it is given.
    """

    def __init__(
        self, sock: Any, reader: WebSocketReader, on_bad: Callable[[BadMessage], None]
    ) -> None:
        self._sock = sock
        self._reader = reader
        self._on_bad = on_bad

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)

    def recv(self, n_bytes: int) -> bytes:
        """Receive; OSError when what came is not let through."""
        data: bytes = self._sock.recv(n_bytes)
        self._reader.feed(data)
        try:
            while (event := self._reader.next_event()) is not None:
                if isinstance(event, CloseConnection):
                    break
        except BadMessage as error:
            self._on_bad(error)
            self._discard()
            raise ConnectionAbortedError(str(error)) from None
        return data

    def _discard(self) -> None:
        """Let the peer see the close frame: with bytes unread the connection would be reset."""
        until_s = time.monotonic() + CLOSE_S
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_WR)
            while (left_s := until_s - time.monotonic()) > 0:
                self._sock.settimeout(left_s)
                if not self._sock.recv(DISCARD_BYTES):
                    return


class StrictServer(simple_websocket.Server):  # type: ignore[misc]
    """simple-websocket's server, with a ReadSocket in place before anything is read."""

    environ: dict[str, Any]
    sock: Any

    def __init__(
        self,
        environ: dict[str, Any],
        reader: WebSocketReader,
        on_bad: Callable[[BadMessage], None],
        turns: Any,
        **classes: Any,
    ) -> None:
        self._reader = reader
        self._on_bad = on_bad
        self._turns = turns
        super().__init__(environ, **classes)

    def handshake(self) -> None:
        """Answer the handshake."""
        self.environ = {name: self.environ[name] for name in HANDSHAKE}
        self.sock = ReadSocket(self.sock, self._reader, self._refuse)
        super().handshake()

    def send(self, data: str) -> None:
        """Send a text; ConnectionError after a close."""
        with self._turns:
            try:
                super().send(data)
            except CLOSED as error:
                raise ConnectionError(str(error)) from None

    def close(self, reason: int | None = None, message: str | None = None) -> None:
        """Send a close frame, if none was sent; nothing follows it."""
        with self._turns, contextlib.suppress(OSError, *CLOSED):
            super().close(reason, message)

    def finish(self) -> None:
        """Wait until the other end has answered, or was answered; not for ever."""
        self.thread.join(CLOSE_S)
        with contextlib.suppress(OSError):
            self.sock.shutdown(socket.SHUT_RDWR)

    def _refuse(self, error: BadMessage) -> None:
        self._on_bad(error)
        self.close(error.close_code, str(error))


class SimpleWebSocket:
    """A viewer's WebSocket, in the words of engineio; `ws` is that of simple-websocket."""

    def __init__(self, ws: StrictServer) -> None:
        self.ws = ws

    def send(self, message: str) -> None:
        """Send a text; OSError when the connection is gone."""
        self.ws.send(message)

    def wait(self) -> str | None:
        """Wait for a message; None when the WebSocket has come to its end."""
        try:
            message: str | None = self.ws.receive()
        except simple_websocket.ConnectionClosed:
            return None
        return message

    def close(self, code: int = CloseReason.NORMAL_CLOSURE, reason: str = "") -> None:
        """Send a close frame, if none was sent."""
        self.ws.close(code, reason)


class SimpleWebSocketWSGI:
    """A WSGI application that takes a handshake and has `handler` talk over a SimpleWebSocket.

    `lock` makes a lock of the async library; `classes` are its thread, event and selector.
    """

    def __init__(
        self,
        handler: Callable[[SimpleWebSocket], Any],
        _server: Any,
        *,
        allowance: Allowance,
        lock: Callable[[], Any],
        classes: dict[str, Any],
    ) -> None:
        self._handler = handler
        self._allowance = allowance
        self._lock = lock
        self._classes = classes

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        """Answer the handshake and talk to the end; what the server is told then is its own way."""
        address, refusals = environ.get("REMOTE_ADDR", ""), self._allowance.refusals

        def on_bad(error: BadMessage) -> None:
            refusals.note(error.kind, str(error), address)

        try:
            websocket_handshake.check(environ)
        except websocket_handshake.BadHandshake as error:
            refusals.note("bad_handshake", str(error), address)
            return websocket_handshake.refuse(error, start_response)
        reader = WebSocketReader(self._allowance)
        ws = StrictServer(environ, reader, on_bad, self._lock(), **self._classes)
        self._talk(SimpleWebSocket(ws))
        if ws.mode == "gevent":
            # Upon which it ends the connection.
            getattr(environ["wsgi.input"], "rfile", environ["wsgi.input"]).close()
        if ws.mode == "gunicorn":
            raise StopIteration
        if ws.mode == "werkzeug":
            raise ConnectionError
        return []

    def _talk(self, websocket: SimpleWebSocket) -> None:
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
            websocket.ws.finish()
