"""A ticker on a clock that the tests own, and a broadcast that keeps what it was given."""

import time

from chartserver.chart import Chart
from chartserver.history import MemoryHistory
from chartserver.ticker import Ticker
from chartserver.ticks import Series

BEAT_S = 0.05


class Recorder:
    """A broadcast that keeps what it was given: (what, name of the chart, detail)."""

    def __init__(self):
        self.sent = []
        self.fails_for = None

    def tick(self, chart, ticks):
        if chart.name == self.fails_for:
            raise OSError("the line is cut")
        self.sent.append(("tick", chart.name, ticks.values[0].tolist()))

    def description(self, chart):
        self.sent.append(("chart", chart.name, [series.name for series in chart.series]))

    def status(self, chart):
        self.sent.append(("status", chart.name, chart.status))

    def viewers(self, chart):
        self.sent.append(("viewers", chart.name, chart.viewers))

    def note(self, chart, change):
        self.sent.append(("note", chart.name, change))

    def renew(self, chart):
        self.sent.append(("renew", chart.name, chart.renewal))

    def of(self, what):
        return [detail for which, _, detail in self.sent if which == what]


class Bench:
    """A ticker whose time stands still until the tests, or its own sleep, move it."""

    def __init__(self, *names, interval_s=None, keeper=None, calls=None):
        self.now_s = 100.0
        self.slept_s = []
        self.on_sleep = lambda: None
        self.charts = {name: chart_of(name, interval_s, self, calls) for name in names}
        self.broadcast = Recorder()
        self.ticker = Ticker(
            self.charts,
            self.broadcast,
            clock=lambda: self.now_s,
            sleep=self.sleep,
            frame_interval_s=BEAT_S,
            **({"take": keeper.take} if keeper else {}),
            calls=calls,
        )

    def sleep(self, seconds):
        self.slept_s.append(seconds)
        self.now_s += seconds
        self.on_sleep()

    def beat_after(self, seconds):
        self.now_s += seconds
        self.ticker.beat()


def chart_of(name, interval_s=None, bench=None, calls=None):
    return Chart(
        name,
        now_ms=lambda: 1_000.0,
        history=MemoryHistory(10_000),
        series=[Series("a")],
        interval_s=interval_s,
        clock=(lambda: bench.now_s) if bench else time.monotonic,
        on_push=calls.call if calls else lambda _: None,
    )
