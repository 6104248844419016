"""Sessions with a queue for each viewer: for `threading`, `gevent` and the ordinary emit.

The queue is bounded here, and whoever lets it fill, or takes nothing for too long, is closed; all
that is written to a WebSocket is written whole, one frame after the other.
"""

import contextlib
import logging
import socket
import time
from collections import deque
from collections.abc import Callable
from typing import Any

import engineio.packet
import engineio.socket
from engineio.exceptions import EngineIOError, SocketIsClosedError

from chartserver.broadcast.sockets import SEND_BUFFER_BYTES
from chartserver.clock import oversleeps
from chartserver.errors import BadMessage, ConfigError, StackUnfit
from chartserver.intake.allowance import Allowance
from chartserver.stack.connection import cut, socket_of
from chartserver.stack.session import METHODS as SESSION_METHODS
from chartserver.stack.session import UPGRADE_STEP_S, Session, adopt, check_methods

# What is leant on besides: class, method, parameters.
METHODS = (*SESSION_METHODS, (engineio.socket.Socket, "schedule_ping", ()))

log = logging.getLogger(__name__)

QUEUE_MAX = 256
SWEEP_S = 1.0
# In which what waits for a viewer that is closed must be taken, and the close frame answered.
CLOSE_S = 3.0
NORMAL = 1000


class OrdinarySession(Session):
    """A session with a queue, from which polls are answered or a task writes to a WebSocket."""

    last_ping: Any

    def talk(self, websocket: Any) -> list[bytes]:
        """Talk over a WebSocket until it ends; in the task that took the handshake."""
        if not self.connected:
            self.connected = self.upgraded = True
        elif not self._upgrade(websocket):
            return []
        self.websocket = websocket
        writer = self.server.start_background_task(self._write_all, websocket)
        try:
            self._receive_all(websocket)
        finally:
            self.close(reason=self.server.reason.TRANSPORT_CLOSE)
            writer.join()
            self.websocket = None
            self.server.sockets.pop(self.sid, None)
        return []

    def close(self, wait: bool = False, abort: bool = True, reason: Any = None) -> None:
        """Close; nobody waits until a viewer, that may never read, has taken what there is."""
        was_open = not self.is_ending
        super().close(wait=False, abort=True, reason=reason)
        websocket = self.websocket
        if was_open and websocket is not None:
            self.server.sweep.cut_after(CLOSE_S, websocket, lambda: self.websocket is websocket)

    def schedule_ping(self) -> None:
        """Have the one task of all sessions send the next ping, unless that is still to come.

        With a task for each, those of many short sessions would wait for an interval together.
        """
        if self.last_ping:
            self.last_ping = None
            self.server.sweep.schedule_ping(self)

    def cut_off(self, error: BadMessage) -> None:
        """End the session; the task that writes tells a WebSocket why, after all that waits."""
        self.close(reason=self.server.reason.SERVER_DISCONNECT)

    def turn_away(self, websocket: Any, error: BadMessage) -> None:
        """End a WebSocket that is not the session's, and tell why."""
        websocket.close(error.close_code, str(error))

    def _upgrade(self, websocket: Any) -> bool:
        waiting = [websocket]
        self.server.sweep.cut_after(2 * UPGRADE_STEP_S, websocket, lambda: bool(waiting))
        has_upgraded = self.upgrade(websocket)
        waiting.clear()
        return has_upgraded

    def _receive_all(self, websocket: Any) -> None:
        try:
            while not self.closed:
                message = websocket.wait()
                if message is None:
                    return
                self.take(message)
        except BadMessage as error:
            self.refuse(error)
        except SocketIsClosedError:
            return
        except OSError as error:
            log.debug("%s: session ended: %s", self.sid, error)

    def _write_all(self, websocket: Any) -> None:
        """Write what is queued until the session ends, and then the close frame."""
        try:
            while packets := self.poll():
                for packet in packets:
                    websocket.send(packet.encode())
            error = self.ended_by
            websocket.close(error.close_code if error else self.close_code, str(error or ""))
        except (OSError, EngineIOError) as gone:
            log.debug("%s: not written to the end: %s", self.sid, gone)
        finally:
            self.close(reason=self.server.reason.TRANSPORT_CLOSE)


class Sweep:
    """The one task that pings, and closes who lets its queue fill, or takes nothing from it.

    Counter: `evicted`, by reason.
    """

    def __init__(self, server: Any, evict_after_s: float) -> None:
        self.evicted = {"slow": 0, "overflow": 0}
        self._server = server
        self._evict_after_s = evict_after_s
        # What each session had taken when it was looked at last, and since when it takes nothing.
        self._seen: dict[str, tuple[int, float]] = {}
        self._cuts: deque[tuple[float, Any, Callable[[], bool]]] = deque()
        self._pings: deque[tuple[float, Any]] = deque()

    def cut_after(self, seconds: float, websocket: Any, is_still_there: Callable[[], bool]) -> None:
        """Cut a WebSocket's connection then, if it still is there."""
        self._cuts.append((time.monotonic() + seconds, websocket, is_still_there))

    def schedule_ping(self, session: Any) -> None:
        """Ping `session` one interval from now."""
        self._pings.append((time.monotonic() + self._server.ping_interval, session))

    def run(self, sleep: Callable[[float], None]) -> None:
        """Sweep for ever."""
        while True:
            if oversleeps(sleep, SWEEP_S):
                self.forgive()
            try:
                self.sweep(time.monotonic())
            except Exception:
                log.exception("a sweep over the sessions failed; the next goes on")

    def forgive(self) -> None:
        """Hold nobody's silence up to now against it."""
        self._seen.clear()

    def sweep(self, now_s: float) -> None:
        """Ping; close who lets too much wait or says no CONNECT; cut off who was to be gone."""
        self._ping(now_s)
        for _ in range(len(self._cuts)):
            due_s, websocket, is_still_there = order = self._cuts.popleft()
            if now_s < due_s:
                self._cuts.append(order)
            elif is_still_there():
                cut(websocket)
        seen, self._seen = self._seen, {}
        for sid, session in self._server.sockets.copy().items():
            if session.closed or session.refuse_idle(now_s):
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

    def _ping(self, now_s: float) -> None:
        while self._pings and self._pings[0][0] <= now_s:
            session = self._pings.popleft()[1]
            if not session.is_ending:
                session.last_ping = time.time()
                session.send(engineio.packet.Packet(engineio.packet.PING))

    def _evict(self, session: Any, why: str) -> None:
        self.evicted[why] += 1
        session.close(reason=self._server.reason.PING_TIMEOUT)
        with contextlib.suppress(self._server.get_queue_empty_exception()):
            while True:
                session.queue.get(block=False)
        session.queue.put(None)  # ends the task that writes
        cut(session.websocket)


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


def install(socketio: Any, evict_after_s: float, allowance: Allowance) -> Sweep:
    """Keep `socketio`'s sessions within bounds; before the first connects.

    Raises:
        ConfigError: the libraries are not as expected: what comes in could not be checked.
    """
    try:
        check_methods(METHODS)
    except StackUnfit as error:
        raise ConfigError(
            f"python-engineio or python-socketio is not as expected: {error};"
            " expected the versions in requirements.txt"
        ) from None
    server = socketio.server.eio
    queue_class, websocket_class = server._async["queue"], server._async["websocket"]

    def take_websocket(handler: Any, _server: Any) -> Any:
        def run(websocket: Any) -> Any:
            _prepare(websocket, queue_class)
            # The handler is a method of the session, or of one who has no session.
            session = getattr(handler, "__self__", None)
            try:
                return session.talk(websocket) if session is not None else handler(websocket)
            finally:
                _finish(websocket)
                sweep.cut_after(CLOSE_S, websocket, lambda: True)

        return websocket_class(run, server)

    bounded = {"queue": _bounded(queue_class), "websocket": take_websocket}
    server._async = {**server._async, **bounded}
    sweep = server.sweep = Sweep(server, evict_after_s)
    adopt(socketio.server, OrdinarySession, allowance)
    return sweep


def _prepare(websocket: Any, queue_class: Any) -> None:
    if hasattr(websocket, "ws"):
        websocket.ws.sock = WholeSends(websocket.ws.sock, queue_class())
    sock = socket_of(websocket)
    if sock is not None:
        with contextlib.suppress(OSError):  # gone already
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)


def _finish(websocket: Any) -> None:
    """Let the peer see the end after the close frame; with bytes unread it might be reset."""
    websocket.close(NORMAL, "")
    with contextlib.suppress(OSError):  # gone already
        socket_of(websocket).shutdown(socket.SHUT_WR)


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
