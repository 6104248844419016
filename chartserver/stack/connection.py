"""The connection below a WebSocket, whatever async library it is of."""

import errno
import socket
from typing import Any


def cut(websocket: Any) -> None:
    """End a WebSocket's connection; who waits for it to be read or written wakes up."""
    sock = socket_of(websocket)
    if sock is None:
        return
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError as error:
        if error.errno not in (errno.ENOTCONN, errno.EBADF):
            raise


def socket_of(websocket: Any) -> Any:
    """Return the socket of simple-websocket, or the real one in eventlet's; else None."""
    inner = getattr(websocket, "ws", None)
    return getattr(inner, "sock", None) or getattr(getattr(websocket, "socket", None), "fd", None)
