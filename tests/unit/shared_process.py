"""Processes that share a log, each with a chart, a keeper and a ticker, on a clock of the tests."""

import math

import numpy as np
from ticker_bench import Recorder

from chartserver.chart import Chart
from chartserver.history import MemoryHistory
from chartserver.shared.keeper import SharedKeeper
from chartserver.ticker import Ticker
from chartserver.ticks import Run

BEAT_S = 0.05


class Process:
    """A chart of one process, its keeper and its ticker."""

    def __init__(self, log):
        self.now_ms, self.now_s = 1_000.0, 100.0
        self.side = log.side()
        self.called = []
        self.chart = Chart(
            "fx",
            now_ms=lambda: self.now_ms,
            history=MemoryHistory(1_000, 0, log.epoch),
            clock=lambda: self.now_s,
            agree=lambda series: log.agree(series),
        )
        self.keeper = SharedKeeper(
            self.side, self.called.append, lambda: None, BEAT_S, lambda: self.now_s
        )
        self.broadcast = Recorder()
        self.ticker = Ticker(
            {"fx": self.chart},
            self.broadcast,
            clock=lambda: self.now_s,
            sleep=lambda seconds: None,
            frame_interval_s=BEAT_S,
            take=self.keeper.take,
        )

    def hear(self):
        """Hear all that the log tells."""
        untold, self.side.untold = self.side.untold, []
        for news in untold:
            self.keeper.hear("fx", news)

    def beat(self):
        self.hear()
        self.now_s += BEAT_S
        self.ticker.beat()

    def push(self, *times, key="", name="a"):
        """Push ticks whose values are their times, or of now where that is None."""
        time_ms = np.array([math.nan if time is None else time for time in times], float)
        values = np.array([[0.0 if time is None else time for time in times]])
        return self.chart.push(Run([name], time_ms, values), key)

    @property
    def held(self):
        ticks = self.chart.history.all()
        return ticks.position, ticks.time_ms.tolist(), ticks.values.tolist()


def settle(log, processes, beats=6):
    """Let all that is on its way arrive."""
    for _ in range(beats):
        for one in processes:
            one.beat()
        log.decide()
