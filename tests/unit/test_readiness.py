"""Whether the server is ready, and why not."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from chartserver.chart import Chart
from chartserver.history import MemoryHistory
from chartserver.operation.readiness import BEAT_LIMIT_S, Readiness
from chartserver.status import Status


class Bench:
    """A server that is ready, until a test takes something away."""

    def __init__(self):
        self.now_s = 100.0
        self.is_started = True
        self.is_stopping = False
        self.charts = {name: chart_of(name) for name in ("fx", "lab")}
        self.ticker = SimpleNamespace(beaten_s=100.0)
        self.readiness = Readiness(
            charts=self.charts,
            ticker=self.ticker,
            is_started=lambda: self.is_started,
            is_stopping=lambda: self.is_stopping,
            clock=lambda: self.now_s,
            frame_interval_s=0.05,
        )

    def judge(self):
        status, reasons = self.readiness.judge()
        return status, list(reasons)


def chart_of(name):
    return Chart(name, now_ms=lambda: 0.0, history=MemoryHistory(10))


@pytest.fixture
def bench():
    return Bench()


def test_a_server_whose_ticker_beats_is_ready(bench):
    assert bench.judge() == ("ready", [])


@pytest.mark.parametrize("status", ["waiting", "live", "stalled", "ended"])
def test_a_source_that_is_quiet_is_no_reason(bench, status):
    bench.charts["fx"].status = Status(status)

    assert bench.judge() == ("ready", [])


def test_it_is_not_ready_before_it_was_started_and_before_its_first_beat(bench):
    bench.is_started = False
    assert bench.judge()[0] == "starting"

    bench.is_started, bench.ticker.beaten_s = True, None
    assert bench.judge()[0] == "starting"


def test_it_is_not_ready_once_it_stops(bench):
    bench.is_stopping = True

    assert bench.judge() == ("stopping", ["the server is stopping"])


def test_a_ticker_that_does_not_beat_is_a_reason(bench):
    bench.now_s += BEAT_LIMIT_S + 1.0

    assert bench.judge() == ("unready", ["no frame could go out for 6 s"])


def test_one_failed_source_of_several_is_told_and_takes_the_server_from_nobody(bench):
    bench.charts["fx"].status = Status("failed", "OSError: /etc/secret")

    assert bench.judge() == ("ready", ["1 of 2 charts: the source has failed"])


def test_it_is_not_ready_when_all_sources_have_failed(bench):
    for chart in bench.charts.values():
        chart.status = Status("failed", "OSError: /etc/secret")

    assert bench.judge() == ("unready", ["2 of 2 charts: the source has failed"])


def test_a_server_without_charts_is_ready(bench):
    bench.charts.clear()

    assert bench.judge() == ("ready", [])


def test_a_history_that_is_shared_must_be_reachable_for_more_than_a_moment(bench):
    bench.charts["fx"] = shared = Chart(
        "fx", now_ms=lambda: 0.0, history=MemoryHistory(10), agree=lambda series: series
    )
    bench.readiness = replace(bench.readiness, store=SimpleNamespace(fault="is not reachable"))
    assert bench.judge() == ("ready", [])

    shared.fault = "is not reachable"

    assert bench.judge() == ("unready", ["history not reachable"])
