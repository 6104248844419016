"""A chart to push to, and its clocks."""

import numpy as np

from chartserver.chart import Chart
from chartserver.history import MemoryHistory
from chartserver.pushes import PushLimits
from chartserver.ticks import Run, Series

NOW_MS = 1_763_829_000_000.0
EPOCH = "9f2c41aa"


class Bench:
    """A chart whose clocks stand where a test puts them."""

    def __init__(self, *names, **limits):
        self.now_s = 100.0
        # Held back is what is young: times near 0 then are.
        self.now_ms = 0.0 if limits.get("reorder_s") else NOW_MS
        self.calls = []
        self.chart = Chart(
            "lab",
            now_ms=lambda: self.now_ms,
            history=MemoryHistory(100_000, epoch=EPOCH),
            series=[Series(name) for name in names],
            clock=lambda: self.now_s,
            limits=PushLimits(**limits),
            on_push=self.calls.append,
        )

    def push(self, times, *rows, names=None, key=""):
        """Push a run; one row of values, 0, 1, 2…, when none is given."""
        rows = rows or (list(range(len(times))),)
        values = np.array(rows, dtype=float)
        return self.chart.push(Run(names, np.array(times, dtype=float), values), key)

    @property
    def times(self):
        """Return the times in the history."""
        return self.chart.history.all().time_ms.tolist()

    @property
    def rows(self):
        """Return the values in the history."""
        return self.chart.history.all().values.tolist()
