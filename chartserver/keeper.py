"""Moves what has come of each chart into its history by way of a store, without waiting for it.

Of a chart there is one batch on its way at a time; what comes meanwhile waits in the inbox.
"""

from collections.abc import Callable

from chartserver.chart import Chart
from chartserver.errors import ChartServerError
from chartserver.store.store import Store
from chartserver.ticks import Ticks

# A fault of a store says of it what is wrong, or is a sentence of its own.
PREDICATES = ("is ", "was ", "may ", "cannot ")


class Keeper:
    """Has ticks kept by `store` before anybody sees them.

    `on_kept` is called with a chart's name, in a thread of the store's, when a batch is kept.
    """

    def __init__(self, store: Store, on_kept: Callable[[str], None]) -> None:
        self._store = store
        self._on_kept = on_kept

    def take(self, chart: Chart) -> Ticks | None:
        """Move what is kept into the history and return it, and have kept what waits.

        None when nothing was kept since the last time. For the ticker alone.
        """
        fault = self._store.fault
        chart.fault = f"the store {fault}" if fault.startswith(PREDICATES) else fault
        ticks = None
        if chart.batch is not None:
            if chart.batch.ticks is None:
                if chart.fault:
                    # Who pushed is told at once; a repeat under its key is not taken twice.
                    chart.give_up(chart.fault)
                return None
            ticks = self._moved(chart, chart.batch.ticks)
        batch = chart.collect()
        if batch is not None:
            self._store.submit(batch, lambda: self._on_kept(chart.name))
        return ticks

    def _moved(self, chart: Chart, kept: Ticks) -> Ticks:
        epoch, offset = chart.history.position
        before = kept.offset - len(kept)
        if (kept.epoch, before) != (epoch, offset):
            raise ChartServerError(
                f"the store has kept ticks after {kept.epoch}:{before}; expected them after"
                f" {epoch}:{offset}: start the server again"
            )
        return chart.settle(chart.history.append(kept.time_ms, kept.values))
