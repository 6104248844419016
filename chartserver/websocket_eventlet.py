"""eventlet's WebSocket, with all that is written going through an outlet.

So nothing writes beside anything else, and no byte comes into the middle of a frame.
"""

import errno
import socket
from typing import Any

import eventlet
from engineio.async_drivers.eventlet import WebSocketWSGI
from eventlet.hubs import IOClosed, trampoline
from eventlet.websocket import RFC6455WebSocket

from chartserver.outlet import Outlet

# Small, so that a viewer which does not read is noticed before the kernel has taken megabytes.
SEND_BUFFER_BYTES = 64 * 1024


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
        outlet.attach(raw.send, self._spawn_flusher)

    def abort(self) -> None:
        """Cut the connection: the task that reads wakes up and ends."""
        self.websocket_closed = True
        try:
            self.socket.fd.shutdown(socket.SHUT_RDWR)
        except OSError as error:
            if error.errno not in (errno.ENOTCONN, errno.EBADF):
                raise

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
    """Takes the handshake and hands on a DirectWebSocket."""

    def __init__(self, handler: Any, server: Any) -> None:
        super().__init__(handler, server)
        self.support_legacy_versions = False

    def _handle_hybi_request(self, environ: dict[str, Any]) -> Any:
        websocket = super()._handle_hybi_request(environ)
        websocket.__class__ = DirectWebSocket
        return websocket
