"""Whether the server can do its work, and if not, why."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from chartserver.chart import Chart
from chartserver.store.store import Store
from chartserver.ticker import Ticker

# The ticker beats several times a second, and between two frames at most.
BEAT_LIMIT_S = 5.0


@dataclass(frozen=True, kw_only=True)
class Readiness:
    """What `/readyz` tells; to anybody, so that charts and their faults are not named."""

    charts: Mapping[str, Chart]
    ticker: Ticker
    is_started: Callable[[], bool]
    is_stopping: Callable[[], bool]
    clock: Callable[[], float]
    frame_interval_s: float
    store: Store | None = None

    def judge(self) -> tuple[str, Sequence[str]]:
        """Return `ready`, `starting`, `stopping` or `unready`, and the reasons.

        A server that has reasons may be ready: while one source of several has failed, viewers of
        the other charts are to be sent here all the same.
        """
        if self.is_stopping():
            return "stopping", ["the server is stopping"]
        beaten_s = self.ticker.beaten_s
        if not self.is_started() or beaten_s is None:
            return "starting", ["the server has only just been started"]
        faults = [*self._silence(self.clock() - beaten_s), *self._failed_store()]
        n_failed, n_charts = self._failed_sources()
        reasons = [*faults]
        if n_failed:
            reasons.append(f"{n_failed} of {n_charts} charts: the source has failed")
        is_unready = faults or n_failed == n_charts > 0
        return ("unready" if is_unready else "ready"), reasons

    def _silence(self, silent_s: float) -> Sequence[str]:
        if silent_s <= BEAT_LIMIT_S + 2 * self.frame_interval_s:
            return []
        return [f"no frame could go out for {silent_s:.0f} s"]

    def _failed_store(self) -> Sequence[str]:
        if self.store is None or not self.store.fault:
            return []
        shared = [chart for chart in dict(self.charts).values() if chart.is_shared]
        if not shared:
            return ["the history cannot be kept; ticks wait"]
        # A moment without it is nothing to be told.
        return ["history not reachable"] if any(chart.fault for chart in shared) else []

    def _failed_sources(self) -> tuple[int, int]:
        charts = dict(self.charts).values()
        return sum(chart.source_status.status == "failed" for chart in charts), len(charts)
