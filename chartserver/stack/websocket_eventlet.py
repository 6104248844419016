"""eventlet's WebSocket, with all that is written going through an outlet.

So nothing writes beside anything else, and no byte comes into the middle of a frame. The talk runs
in a small task of its own: the one that served the handshake ends, and with it go the buffers, the
headers and the deep stack of the HTTP request.
"""

import errno
import socket
from collections.abc import Callable
from typing import Any

import eventlet
from engineio.async_drivers.eventlet import WebSocketWSGI
from eventlet.hubs import IOClosed, trampoline
from eventlet.websocket import RFC6455WebSocket

from chartserver.outlet import Outlet
from chartserver.sockets import SEND_BUFFER_BYTES
from chartserver.stack.http_eventlet import HAND_OVER
from chartserver.stack.http_eventlet import METHODS as HTTP_METHODS

# What is leant on: class, method, parameters.
METHODS = (
    (WebSocketWSGI, "_handle_hybi_request", ("environ",)),
    (RFC6455WebSocket, "_recv_frame", ("message",)),
    (RFC6455WebSocket, "_send", ("frame",)),
    (RFC6455WebSocket, "_send_closing_frame", ("ignore_send_errors", "close_data")),
    (RFC6455WebSocket, "close", ("close_data",)),
    *HTTP_METHODS,
)


class DirectWebSocket(RFC6455WebSocket):  # type: ignore[misc]
    """A WebSocket that writes through an outlet once it is attached to one."""

    outlet: Outlet | None = None
    flusher: Any = None

    def attach(self, outlet: Outlet) -> None:
        """Write through `outlet` from now on."""
        raw = self.socket.fd
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # The heartbeat ends silent sessions; a timer for each wait would cost more than it tells.
        self.socket.settimeout(None)
        self.outlet = outlet
        outlet.attach(raw.send, self._spawn_flusher, raw.fileno())

    def abort(self) -> None:
        """Cut the connection: the task that reads wakes up and ends."""
        self.websocket_closed = True
        try:
            self.socket.fd.shutdown(socket.SHUT_RDWR)
        except OSError as error:
            if error.errno not in (errno.ENOTCONN, errno.EBADF):
                raise

    def close(self, close_data: Any = None) -> None:
        """Close as eventlet does; the outlet lets go before the descriptor may be another's."""
        self._send_closing_frame(close_data=close_data, ignore_send_errors=True)
        if self.outlet is not None:
            self.outlet.detach()
        super().close()

    def _recv_frame(self, message: Any = None) -> Any:
        """Read a frame, after others had their turn.

        A socket that always has something to read never waits: who floods us, be it with pings
        that nobody but eventlet sees, would have the loop to itself.
        """
        eventlet.sleep(0)
        return super()._recv_frame(message)

    def _send(self, frame: bytes) -> None:
        """Write a frame: eventlet's own place for that, which PONG and close pass through."""
        if self.outlet is None:
            super()._send(frame)
        else:
            self.outlet.put_frame(frame)

    def _spawn_flusher(self) -> None:
        if self.flusher is None:
            self.flusher = eventlet.spawn(self._flush)

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
            self.flusher = None


class DirectWebSocketWSGI(WebSocketWSGI):  # type: ignore[misc]
    """Takes the handshake and has a DirectWebSocket talked over in a task of its own."""

    def __init__(self, handler: Any, server: Any) -> None:
        super().__init__(handler, server)
        self.support_legacy_versions = False
        self._talk = handler

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        """Answer the handshake; the talk goes on after the return where the server hands over."""
        hand_over = environ.get(HAND_OVER)
        if hand_over is not None:
            self.handler = lambda websocket: self._talk_apart(websocket, hand_over)
        return super().__call__(environ, start_response)

    def _handle_hybi_request(self, environ: dict[str, Any]) -> Any:
        websocket = super()._handle_hybi_request(environ)
        websocket.__class__ = DirectWebSocket
        return websocket

    def _talk_apart(self, websocket: Any, hand_over: Callable[[], None]) -> None:
        hand_over()
        websocket.environ = None
        # Says that the close frame is not to be sent when this returns.
        websocket.websocket_closed = True
        eventlet.spawn_n(self._talk_to_the_end, websocket)

    def _talk_to_the_end(self, websocket: Any) -> None:
        websocket.websocket_closed = False
        try:
            self._talk(websocket)
        finally:
            websocket.abort()
            websocket.socket.close()
