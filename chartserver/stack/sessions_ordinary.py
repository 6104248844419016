"""Engine.IO's own sessions, kept within bounds: for `threading`, `gevent` and the ordinary emit.

There each viewer has a queue. It is bounded here, and whoever lets it fill, or takes nothing for
too long, is closed; all that is written to a WebSocket is written whole, one frame after the other.
"""

import contextlib
import errno
import logging
import socket
import time
from collections.abc import Callable
from typing import Any

from chartserver.sockets import SEND_BUFFER_BYTES

log = logging.getLogger(__name__)

QUEUE_MAX = 256
SWEEP_S = 1.0


class Sweep:
    """The one task that closes sessions whose queue is full, or from which nothing is taken.

    Counter: `evicted`, by reason.
    """

    def __init__(self, server: Any, evict_after_s: float) -> None:
        self.evicted = {"slow": 0, "overflow": 0}
        self._server = server
        self._evict_after_s = evict_after_s
        # What each session had taken when it was looked at last, and since when it takes nothing.
        self._seen: dict[str, tuple[int, float]] = {}

    def run(self, sleep: Callable[[float], None]) -> None:
        """Sweep for ever."""
        while True:
            sleep(SWEEP_S)
            try:
                self.sweep(time.monotonic())
            except Exception:
                log.exception("a sweep over the sessions failed; the next goes on")

    def sweep(self, now_s: float) -> None:
        """Close who lets too much wait."""
        seen, self._seen = self._seen, {}
        for sid, session in list(self._server.sockets.items()):
            if session.closed:
                continue
            taken = session.queue.taken
            before, since_s = seen.get(sid, (taken, now_s))
            if taken != before or session.queue.empty():
                since_s = now_s
            self._seen[sid] = taken, since_s
            if session.queue.is_over:
                self._evict(session, "overflow")
            elif now_s - since_s > self._evict_after_s:
                self._evict(session, "slow")

    def _evict(self, session: Any, why: str) -> None:
        self.evicted[why] += 1
        session.close(wait=False, abort=True, reason=self._server.reason.PING_TIMEOUT)
        with contextlib.suppress(self._server.get_queue_empty_exception()):
            while True:
                session.queue.get(block=False)
        session.queue.put(None)  # ends the task that writes
        _cut(getattr(session, "websocket", None))


class WholeSends:
    """A socket whose `send` sends all, and one at a time; in all else the socket that it is.

    simple-websocket calls `send` from the task that writes and, for a PONG, from the one that
    reads, and goes by the return of neither: a frame would be cut short or broken into.
    """

    def __init__(self, sock: Any, turns: Any) -> None:
        self._sock = sock
        # A queue with one thing in it: a lock that every async library has.
        self._turns = turns
        turns.put(True)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)

    def send(self, data: bytes) -> int:
        """Send all of `data`, after what others are sending."""
        turn = self._turns.get()
        try:
            self._sock.sendall(data)
        finally:
            self._turns.put(turn)
        return len(data)


def install(socketio: Any, evict_after_s: float) -> Sweep:
    """Keep `socketio`'s sessions within bounds; before the first connects."""
    server = socketio.server.eio
    queue_class, websocket_class = server._async["queue"], server._async["websocket"]

    def take_websocket(handler: Any, _server: Any) -> Any:
        def run(websocket: Any) -> Any:
            # The handler is a method of the session, or of one who has no session.
            session = getattr(handler, "__self__", None)
            if session is not None:
                session.websocket = websocket
            if hasattr(websocket, "ws"):
                websocket.ws.sock = WholeSends(websocket.ws.sock, queue_class())
            sock = _socket_of(websocket)
            if sock is not None:
                with contextlib.suppress(OSError):  # gone already
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
            return handler(websocket)

        return websocket_class(run, server)

    bounded = {"queue": _bounded(queue_class), "websocket": take_websocket}
    server._async = {**server._async, **bounded}
    return Sweep(server, evict_after_s)


def _bounded(queue_class: Any) -> Any:
    class BoundedQueue(queue_class):  # type: ignore[misc]
        """Takes no more than `QUEUE_MAX`, and the end of the session; notes that it is over.

        `taken` counts what was taken out: how much waits at one moment tells nothing.
        """

        is_over = False
        taken = 0

        def get(self, *args: Any, **options: Any) -> Any:
            item = super().get(*args, **options)
            self.taken += 1
            return item

        def put(self, item: Any, *args: Any, **options: Any) -> None:
            if item is not None and self.qsize() >= QUEUE_MAX:
                self.is_over = True
            else:
                super().put(item, *args, **options)

    return BoundedQueue


def _cut(websocket: Any) -> None:
    """End a WebSocket's connection; who waits for it to be read or written wakes up."""
    sock = _socket_of(websocket)
    if sock is None:
        return
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError as error:
        if error.errno not in (errno.ENOTCONN, errno.EBADF):
            raise


def _socket_of(websocket: Any) -> Any:
    """Return the socket of simple-websocket, or the real one in eventlet's; else None."""
    inner = getattr(websocket, "ws", None)
    return getattr(inner, "sock", None) or getattr(getattr(websocket, "socket", None), "fd", None)
