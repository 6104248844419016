"""The connection below a WebSocket or an answer, whatever async library it is of."""

import contextlib
import errno
import socket
import struct
from collections.abc import Mapping
from typing import Any

from chartserver.broadcast.sockets import SEND_BUFFER_BYTES

# In the environ of a request: its `PunctualWriter`, where the listener is ours.
WRITER = "chartserver.writer"
# In it, too, where there is a socket only.
SOCKET = "chartserver.socket"
# Of SO_LINGER: at the end, after no time at all.
RESET = struct.pack("ii", 1, 0)


class Line:
    """What a viewer is sent something on for as long as it stays; `sock` is None if unknown."""

    __slots__ = ("_sock",)

    def __init__(self, sock: Any) -> None:
        self._sock = sock
        # Else the kernel takes megabytes for one that does not read, and hides that it does not.
        with contextlib.suppress(OSError, AttributeError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)

    def cut(self) -> None:
        """End the connection; who waits for it to be read or written wakes up."""
        if self._sock is not None:
            # What waits in the kernel goes with the descriptor, not when it pleases the peer.
            with contextlib.suppress(OSError):
                self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            shut(self._sock)


def line_of(environ: Mapping[str, Any]) -> Line:
    """Return the line of a request's answer, of which each piece is to go out at once.

    From now on nobody else ends it for being slow.
    """
    writer = environ.get(WRITER)
    if writer is not None:
        writer.patience_s = None
        return Line(writer.sock)
    # Of our listener for gevent; other servers do not tell.
    return Line(environ.get(SOCKET))


def cut(websocket: Any) -> None:
    """End a WebSocket's connection; who waits for it to be read or written wakes up."""
    sock = socket_of(websocket)
    if sock is not None:
        shut(sock)


def shut(sock: Any) -> None:
    """Shut a socket down, unless it is already."""
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError as error:
        if error.errno not in (errno.ENOTCONN, errno.EBADF):
            raise


def socket_of(websocket: Any) -> Any:
    """Return the socket of simple-websocket, or the real one in eventlet's; else None."""
    inner = getattr(websocket, "ws", None)
    return getattr(inner, "sock", None) or getattr(getattr(websocket, "socket", None), "fd", None)
