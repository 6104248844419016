"""What a chart takes that other processes have, too: its series are agreed on first."""

import numpy as np
import pytest

from chartserver.chart import Chart
from chartserver.errors import BadTick, ChartServerError, NotKept, StoreFault
from chartserver.history import MemoryHistory
from chartserver.ticks import Run, Series, Tick


class Others:
    """The other processes: they have these series, and add what is new behind them."""

    def __init__(self, *names):
        self.series = [Series(name) for name in names]
        self.asked = []
        self.fault = ""

    def agree(self, series):
        if self.fault:
            raise StoreFault(self.fault)
        self.asked.append([one.name for one in series])
        known = {one.name for one in self.series}
        self.series += [one for one in series if one.name not in known]
        return tuple(self.series)


@pytest.fixture
def others():
    return Others()


@pytest.fixture
def chart(others):
    return Chart("fx", now_ms=lambda: 1_000.0, history=MemoryHistory(10), agree=others.agree)


def run_of(*names, time_ms=1.0):
    return Run(list(names), np.array([time_ms]), np.ones((len(names), 1)))


def names(chart):
    return [one.name for one in chart.series]


def test_a_push_with_new_series_has_them_where_all_have_them(chart, others):
    others.series = [Series("theirs")]

    assert chart.must_agree(run_of("ours"))
    chart.push(run_of("ours"))

    assert names(chart) == ["theirs", "ours"]
    assert chart.collect().values.tolist() == [[pytest.approx(np.nan, nan_ok=True)], [1.0]]


def test_series_that_are_known_are_not_asked_about(chart, others):
    chart.push(run_of("a", "b"))
    assert not chart.must_agree(run_of("b"))
    chart.push(run_of("b"))
    chart.put(Tick(None, {"a": 1.0}))
    chart.push(Run(None, np.array([1_000.0]), np.ones((2, 1))))

    assert others.asked == [["a", "b"]]


def test_the_series_of_a_source_stand_where_all_have_them(chart, others):
    others.series = [Series("theirs"), Series("b")]

    chart.adopt("", [Series("a"), Series("b", label="B")], 1.0)
    chart.adopt("", [Series("a")], 1.0)

    assert names(chart) == ["theirs", "b", "a"]
    assert chart.series[1].label == "B"
    assert others.asked == [["a", "b"]]


@pytest.mark.parametrize("bad", [run_of("new", "new"), run_of(*"abc", time_ms=-1e30)])
def test_a_push_that_would_be_refused_asks_nobody(chart, others, bad):
    with pytest.raises(ChartServerError):
        chart.push(bad)

    assert others.asked == []
    assert chart.pushes.runs_refused["bad_tick"] == 1


def test_a_tick_that_would_be_refused_asks_nobody(chart, others):
    with pytest.raises(BadTick):
        chart.append({"new": "seven"})

    assert others.asked == []


def test_others_that_cannot_be_asked_are_waited_for(chart, others):
    others.fault = "is not reachable: timed out"

    with pytest.raises(NotKept, match="timed out"):
        chart.push(run_of("a"))
    with pytest.raises(NotKept):
        chart.append({"a": 1.0})
    assert names(chart) == []
    others.fault = ""
    chart.push(run_of("a"))

    assert names(chart) == ["a"]


def test_a_chart_of_one_process_alone_asks_nobody():
    chart = Chart("fx", now_ms=lambda: 1_000.0, history=MemoryHistory(10))

    assert not chart.must_agree(run_of("a"))
    assert not chart.is_shared
    chart.push(run_of("a"))
    assert chart.collect().parts == ()
