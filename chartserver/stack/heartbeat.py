"""The one task that pings all direct sessions, and ends those that are gone or do not move."""

import logging
import time
from collections import deque
from collections.abc import Callable
from typing import Any

import engineio.packet

from chartserver.clock import oversleeps

CLOSE_REPLY_S = 5.0
SWEEP_S = 1.0
# So many pings take some milliseconds.
SWEEP_SESSIONS = 256

log = logging.getLogger(__name__)


class Heartbeat:
    """Pings sessions when that is due, and judges them once a second.

    Counter: `evicted`, by reason.
    """

    def __init__(self, server: Any, evict_after_s: float) -> None:
        self.evicted = {"slow": 0, "silent": 0, "overflow": 0}
        self._server = server
        self._evict_after_s = evict_after_s
        # By their sid: a session that has ended is not to be kept until its ping was due.
        self._due: deque[tuple[float, str]] = deque()
        self._forgiven_s = float("-inf")

    def schedule_ping(self, session: Any) -> None:
        """Ping `session` one interval from now."""
        self._due.append((time.monotonic() + self._server.ping_interval, session.sid))

    def run(self, sleep: Callable[[float], None]) -> None:
        """Sweep for ever."""
        while True:
            if oversleeps(sleep, SWEEP_S):
                self.forgive(time.monotonic())
            try:
                self.sweep(time.monotonic(), lambda: sleep(0))
            except Exception:
                log.exception("a sweep over the sessions failed; the next goes on")

    def forgive(self, now_s: float) -> None:
        """Hold nobody's silence up to now against it."""
        self._forgiven_s = now_s

    def sweep(self, now_s: float, give_way: Callable[[], None] = lambda: None) -> None:
        """Send the pings that are due, end the sessions that are to be ended.

        `give_way` is called now and then: those who came together are pinged together, too.
        """
        n_looked_at = 0
        while self._due and self._due[0][0] <= now_s:
            n_looked_at += 1
            if n_looked_at % SWEEP_SESSIONS == 0:
                give_way()
            session = self._server.sockets.get(self._due.popleft()[1])
            if session is not None and not session.closing and not session.closed:
                session.last_ping = time.time()
                session.pinged_s = now_s
                session.queue.put(engineio.packet.Packet(engineio.packet.PING))
        for sid, session in self._server.sockets.copy().items():
            n_looked_at += 1
            if n_looked_at % SWEEP_SESSIONS == 0:
                give_way()
            if session.closed:
                self._forget(sid, session, now_s)
            elif not session.refuse_idle(now_s):
                self._judge(session, now_s)

    def _judge(self, session: Any, now_s: float) -> None:
        outlet = session.queue
        if session.is_stuck:
            self._evict(session, "overflow")
            return
        if outlet.is_busy and outlet.is_behind:
            # One that polls takes nothing as long as there is nothing: its time begins here.
            session.behind_s = session.behind_s or now_s
            # What waits may be our ping: that it was not answered tells nothing.
            silent_s = now_s - max(outlet.moved_s, session.behind_s, self._forgiven_s)
            if silent_s > self._evict_after_s:
                self._evict(session, "slow")
            return
        session.behind_s = 0.0
        if session.pinged_s is not None and (
            now_s - max(session.pinged_s, outlet.moved_s, self._forgiven_s)
            > self._server.ping_timeout
        ):
            self._evict(session, "silent")

    def _evict(self, session: Any, why: str) -> None:
        self.evicted[why] += 1
        session.abort(self._server.reason.PING_TIMEOUT)

    def _forget(self, sid: str, session: Any, now_s: float) -> None:
        """Cut a closed session off that does not answer, and take it from the table."""
        if session.websocket is None or now_s - session.queue.moved_s > CLOSE_REPLY_S:
            if session.websocket is not None:
                session.websocket.abort()
            session.queue.detach()
            self._server.sockets.pop(sid, None)
