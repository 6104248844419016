"""Histories that several processes share, by way of the logs in their Redis."""

import logging
import queue
import secrets
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from chartserver.chart import Chart
from chartserver.clock import StampClock
from chartserver.errors import ChartServerError
from chartserver.inlet import Agree
from chartserver.shared.keeper import SharedKeeper
from chartserver.shared.news import Made, News
from chartserver.shared.told_status import STATUS, show_status
from chartserver.status import LIVE
from chartserver.store.store import Restored
from chartserver.ticks import Position, Series, Ticks

if TYPE_CHECKING:
    from chartserver.shared.store import SharedStore

RETRY_S = 1.0

log = logging.getLogger(__name__)


class SharedHistories:
    """Histories in the logs of `store`; as `histories.Histories`.

    `charts` are those that are served here. `call` and `wake` are as those of a SharedKeeper.

    Attributes:
        shared: what moves ticks.
    """

    is_shared = True

    def __init__(
        self,
        store: "SharedStore",
        charts: Mapping[str, Chart],
        call: Callable[[str], None],
        wake: Callable[[], object],
        frame_interval_s: float,
    ) -> None:
        self.store = store
        self.shared = SharedKeeper(store, call, wake, frame_interval_s)
        self.take = self.shared.take
        # The clocks of the machines may differ: the time of Redis is that of all.
        self.now_ms = StampClock(lambda: time.time() + store.clock_offset_ms / 1000).now_ms
        self._charts = charts
        self._made: queue.SimpleQueue[str] = queue.SimpleQueue()
        store.held = self._held

    def on_put(self, name: str, wake: Callable[[], object]) -> Callable[[], object]:
        """Return what gives to the log what has come of a chart, or has the ticker do so."""

        def put() -> None:
            chart = self._charts.get(name)
            if chart is None or not self.shared.give(chart):
                wake()

        return put

    def read(self, name: str, capacity: int) -> Restored | None:
        """Return a chart as all have it; None for one that is not there."""
        return self.store.restore(name, capacity)

    def enter(
        self, name: str, _capacity: int, series: Sequence[Series], title: str, is_pushed: bool
    ) -> Restored:
        """Return a chart as all have it, made when it is not there, with these series in it."""
        joined = self.store.join(name, secrets.token_hex(4), series, title, is_pushed)
        known = {one.name for one in joined.series}
        if all(one.name in known for one in series):
            return joined
        return replace(joined, series=self.store.agree(name, series))

    def agree_for(self, name: str) -> Agree:
        """Return what adds series to those that all processes have of a chart."""
        return lambda series: self.store.agree(name, series)

    def follow(self, chart: Chart, restored: Restored | None) -> None:
        """Have a chart told of what comes after it was restored."""
        assert restored is not None, "a chart of several processes is there for all"
        if len(restored.ticks):
            chart.source_status = LIVE
        show_status(chart, restored.told.get(STATUS, {}))
        self.store.watch(chart.name, Position(restored.epoch, restored.offset))

    def start(self, on_made: Callable[[str], None]) -> None:
        """Begin to hear of what comes."""
        threading.Thread(
            target=self._make_all, args=(on_made,), name="shared-made", daemon=True
        ).start()
        self.store.follow(self._hear)

    def _hear(self, name: str, news: News) -> None:
        if isinstance(news, Made):
            self._made.put(name)
        else:
            self.shared.hear(name, news)

    def _make_all(self, on_made: Callable[[str], None]) -> None:
        """Make the charts that others have made, one after the other, each until it is there."""
        while True:
            name = self._made.get()
            try:
                on_made(name)
            except ChartServerError as error:
                log.warning("chart %s, of another process: %s; tried again", name, error)
                self._made.put(name)
                time.sleep(RETRY_S)
            except Exception:
                log.exception("chart %s, of another process, cannot be served", name)

    def _held(self, name: str) -> Ticks | None:
        chart = self._charts.get(name)
        return None if chart is None else chart.history.all()
