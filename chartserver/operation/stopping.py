"""The end of a server: takes no more, hands on what is there, tells the viewers and closes."""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from flask_socketio import SocketIO

from chartserver.alarm import Alarm
from chartserver.chart import Chart
from chartserver.shared.peers import Peers
from chartserver.source_thread import SourceThread
from chartserver.stack import engine
from chartserver.status import Status
from chartserver.store.store import Store
from chartserver.ticker import Ticker

log = logging.getLogger(__name__)

STOP_LIMIT_S = 8.0
# Nothing that a source has got in later is taken, so it is waited for only in order to end well.
SOURCES_LIMIT_S = 0.5
# In which leases that are not given back end by themselves, or nearly so.
PEERS_LIMIT_S = 1.5
POLL_S = 0.02
# A close frame is written just after the last packet was taken from its queue.
CLOSE_FRAME_S = 0.1
# Of the limit, what a store has to end in: all that was taken is kept by then, or never will be.
STORE_LIMIT_S = 0.5
# In which a viewer that polls comes back for what it is told.
NEXT_POLL_S = 0.5


@dataclass(frozen=True, kw_only=True)
class Stopping:
    """How a server ends, once nothing new is let in.

    Attributes:
        threads: of the sources; may grow.
        return_within_s: over how many seconds the viewers are asked to spread their return.
        count_readers: how many watch who have no session.
        store: where histories are kept.
        peers: the other processes that have the same charts: the next takes over the sources.
    """

    socketio: SocketIO
    charts: Mapping[str, Chart]
    threads: Sequence[SourceThread]
    ticker: Ticker
    alarm: Alarm
    return_within_s: float
    count_readers: Callable[[], int]
    store: Store | None = None
    peers: Peers | None = None

    def close(self) -> None:
        """Hand on what is there, tell the viewers and close their sockets."""
        began_s = time.monotonic()
        deadline_s = began_s + STOP_LIMIT_S - (2 * STORE_LIMIT_S if self.store else 0.0)
        log.info("stopping; viewers at the charts: %d", self._count_viewers())
        self._end_sources()
        self._end_ticker(deadline_s)
        self._tell_viewers()
        engine.close_sessions(self.socketio, lambda: self.socketio.sleep(0))
        self._wait(
            lambda: engine.count_unsent(self.socketio) + self.count_readers() == 0,
            deadline_s,
        )
        self.socketio.sleep(CLOSE_FRAME_S)
        if self.store and not self.store.close(STORE_LIMIT_S):
            log.error("the store %s ended before all was kept", self.store.name)
        log.info("stopped after %.1f s", time.monotonic() - began_s)

    def _count_viewers(self) -> int:
        return sum(chart.viewers for chart in dict(self.charts).values())

    def _end_sources(self) -> None:
        if self.peers:
            # Leases are given back as soon as the last ticks are in the histories of all.
            self.peers.end()
        for thread in self.threads:
            thread.stop()
        self._wait(
            lambda: not any(thread.is_alive for thread in self.threads),
            time.monotonic() + SOURCES_LIMIT_S,
        )
        for chart in self.charts.values():
            chart.close()

    def _end_ticker(self, deadline_s: float) -> None:
        self.ticker.stop()
        self.alarm.set()
        self._wait(lambda: self.ticker.is_stopped, deadline_s)
        if peers := self.peers:
            self._wait(lambda: peers.is_over, time.monotonic() + PEERS_LIMIT_S)

    def _tell_viewers(self) -> None:
        reason = "the server is stopping; the page comes back by itself"
        for chart in self.charts.values():
            chart.status = Status("stopping", reason, self.return_within_s)
            self.ticker.broadcast.status(chart)
        if engine.count_polling(self.socketio):
            self.socketio.sleep(NEXT_POLL_S)

    def _wait(self, is_done: Callable[[], bool], deadline_s: float) -> None:
        while not is_done() and time.monotonic() < deadline_s:
            self.socketio.sleep(POLL_S)
