"""The ticks that the page of a chart brings along."""

import json

import numpy as np
import pytest

from chartserver.chart import Chart
from chartserver.errors import Busy
from chartserver.history import MemoryHistory
from chartserver.ticks import Series
from chartserver.web.first_ticks import POINTS, SERIES_MAX, FirstTicks
from chartserver.web.packing import NOTHING


class Threads:
    """Does what takes long at once, and counts it; or has no room."""

    def __init__(self, is_full=False):
        self.is_full = is_full
        self.done = 0

    def __call__(self, function):
        if self.is_full:
            raise Busy("the server has too much to do at once")
        self.done += 1
        return function()


def chart_of(n, n_series=2):
    history = MemoryHistory(100_000, n_series)
    chart = Chart(
        "lab",
        now_ms=lambda: 0.0,
        history=history,
        series=[Series(f"s{i}") for i in range(n_series)],
    )
    if n:
        append(chart, n)
    return chart


def append(chart, n):
    history = chart.history
    offsets = np.arange(1.0, n + 1) + history.position.offset
    history.append(offsets * 1_000, np.sin(offsets * np.arange(1, history.n_series + 1)[:, None]))


def test_a_short_history_is_there_as_it_is():
    chart = chart_of(40)
    chart.history.append(np.array([50_000.0]), np.array([[np.nan], [7.5]]))

    frame = json.loads(FirstTicks(Threads()).of(chart).content)

    assert (frame["chart"], frame["epoch"], frame["offset"]) == ("lab", chart.history.epoch, 41)
    assert frame["t"] == chart.history.all().time_ms.tolist()
    assert [row[-1] for row in frame["y"]] == [None, 7.5]
    assert "reduced" not in frame


def test_a_long_history_is_reduced_with_its_ends():
    chart = chart_of(20_000)

    frame = json.loads(FirstTicks(Threads()).of(chart).content)

    assert frame["reduced"] is True
    assert POINTS / 2 < len(frame["t"]) <= POINTS
    assert (frame["t"][0], frame["t"][-1], frame["offset"]) == (1_000, 20_000_000, 20_000)
    assert max(frame["y"][0]) == chart.history.all().values[0].max()


def test_what_is_of_one_position_is_made_once():
    chart, threads = chart_of(20_000), Threads()
    ticks = FirstTicks(threads)

    assert ticks.of(chart) is ticks.of(chart)
    made = threads.done
    append(chart, 1)

    assert json.loads(ticks.of(chart).content)["offset"] == 20_001
    assert threads.done == 2 * made


@pytest.mark.parametrize(
    ("chart", "threads"),
    [
        (chart_of(0), Threads()),
        (chart_of(9, SERIES_MAX + 1), Threads()),
        (chart_of(9, 0), Threads()),
        (chart_of(20_000), Threads(is_full=True)),
    ],
)
def test_a_page_does_without_them_where_there_are_none_or_they_take_long(chart, threads):
    assert FirstTicks(threads).of(chart) is NOTHING
