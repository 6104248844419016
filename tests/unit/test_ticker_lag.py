"""How late ticks are handed on, and when the ticker has beaten last."""

import pytest

from chartserver.chart import Chart
from chartserver.history import MemoryHistory
from chartserver.ticker import Ticker


class Bench:
    """A ticker and a chart on one clock, and a broadcast that takes its time."""

    def __init__(self):
        self.now_s = 100.0
        self.broadcast_s = 0.0
        self.chart = Chart(
            "fx", now_ms=lambda: 0.0, history=MemoryHistory(10), clock=lambda: self.now_s
        )
        self.ticker = Ticker(
            {"fx": self.chart},
            self,
            clock=lambda: self.now_s,
            sleep=lambda seconds: None,
            frame_interval_s=0.05,
        )

    def tick(self, chart, ticks):
        self.now_s += self.broadcast_s

    def description(self, chart):
        pass

    status = viewers = description


@pytest.fixture
def bench():
    return Bench()


def test_the_lag_is_from_the_first_tick_of_a_frame_until_the_broadcast_is_through(bench):
    bench.chart.append(1.0)
    bench.now_s += 0.04
    bench.chart.append(2.0)
    bench.broadcast_s = 0.03

    bench.ticker.beat()

    assert bench.ticker.lag.sum == pytest.approx(0.07)
    assert bench.ticker.lag.buckets()[-1] == ("+Inf", 1)
    assert bench.chart.frames == 1


def test_a_beat_without_ticks_has_no_lag(bench):
    bench.ticker.beat()

    assert bench.ticker.lag.buckets()[-1] == ("+Inf", 0)
    assert bench.chart.frames == 0


def test_it_tells_when_it_has_beaten(bench):
    before = bench.ticker.beaten_s
    bench.ticker.beat()

    assert (before, bench.ticker.beaten_s) == (None, 100.0)
