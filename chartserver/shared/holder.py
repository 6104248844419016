"""Runs the sources of charts whose leases this process holds, and stops them when it does not.

Knows nothing of Redis, and nothing of who else might run them.
"""

import logging
import threading
import time
from collections.abc import Callable
from functools import partial

from chartserver.chart import Chart
from chartserver.shared.lease import Tenure
from chartserver.source_thread import SourceThread
from chartserver.status import Status

CATCH_UP_POLL_S = 0.01
BEGINS = Status("waiting", "the source runs in another process now; no tick has come since")
SLOW_S = 5.0

log = logging.getLogger(__name__)


class Holder:
    """A tenant of leases: one source thread for each.

    `leaves_to_others(name)` says whether another process is to run the source of a chart, and is
    there to do so.
    """

    def __init__(
        self,
        leaves_to_others: Callable[[str], bool] = lambda _: False,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._leaves_to_others = leaves_to_others
        self._clock = clock
        self._threads: dict[str, SourceThread] = {}
        self._lock = threading.Lock()

    def add(self, thread: SourceThread) -> None:
        """Run this source while the lease of its chart is held."""
        self._threads[thread.chart.name] = thread

    def leaves(self, name: str) -> bool:
        """Return whether others are to have the lease."""
        return self._leaves_to_others(name)

    def begin(self, name: str, tenure: Tenure) -> None:
        """Start the source, once all that was appended before is here: it goes on after that."""
        thread = self._threads[name]
        thread.start(tenure.token, partial(self._prepare, thread.chart, tenure))

    def stop(self, name: str) -> None:
        """Stop the source; ticks of it that wait still get in."""
        log.info("chart %s: its source stops here, for another process to run", name)
        self._threads[name].stop()

    def is_through(self, name: str) -> bool:
        """Return whether the source has ended, and all of its ticks are in the history."""
        thread = self._threads[name]
        if thread.is_alive or thread.chart.n_waiting:
            return False
        # From now on the chart is as others tell of it.
        thread.chart.put_up_fence("")
        return True

    def leave(self, name: str) -> None:
        """Stop the source, if it runs; ticks of it that wait are dropped."""
        thread = self._threads[name]
        with self._lock:
            thread.stop()
            thread.chart.put_up_fence("")

    def _prepare(self, chart: Chart, tenure: Tenure, stop: threading.Event) -> None:
        """Wait until the history here has what others have appended, and the rest is settled."""
        began_s = self._clock()
        is_told = False
        while not self._is_caught_up(chart, tenure):
            if not is_told and self._clock() - began_s > SLOW_S:
                is_told = True
                log.warning(
                    "chart %s: its source waits for the history to come to %s:%d; it is at %s:%d",
                    *(chart.name, tenure.epoch, tenure.offset, *chart.history.position),
                )
            if stop.wait(CATCH_UP_POLL_S):
                return
        with self._lock:
            if not stop.is_set():
                chart.put_up_fence(tenure.token)
                offset = chart.history.position.offset
                log.info("chart %s: its source runs here, after offset %d", chart.name, offset)

    def _is_caught_up(self, chart: Chart, tenure: Tenure) -> bool:
        epoch, offset = chart.history.position
        is_here = offset >= tenure.offset and epoch == (tenure.epoch or epoch)
        # What is on its way was given under another lease, and gets in now or never.
        return is_here and chart.batch is None
