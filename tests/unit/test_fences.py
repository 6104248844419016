"""The fence of a chart: ticks of a source that runs here no more do not get in."""

import itertools
import threading

import numpy as np
import pytest

from chartserver.chart import Chart
from chartserver.history import MemoryHistory
from chartserver.source_thread import SourceThread
from chartserver.sources.source import Last
from chartserver.ticks import Run, Series, Tick

LIMIT_S = 60.0


@pytest.fixture
def chart():
    ticking = itertools.count(1_000.0)
    return Chart(
        "lab", now_ms=lambda: next(ticking), history=MemoryHistory(100), series=[Series("a")]
    )


def values(chart):
    chart.take()
    return chart.history.all().values[0].tolist()


class Numbers:
    """A source of numbers from one on, which blocks after `n` until it is let go."""

    title = ""
    series = (Series("a"),)
    interval_s = None

    def __init__(self, n):
        self.n = n
        self.lasts = []
        self.is_blocked, self.let_go = threading.Event(), threading.Event()

    def resume(self, last):
        self.lasts.append(last)

    def ticks(self, stop):
        for number in range(1, self.n + 1):
            yield Tick(None, [number])
        self.is_blocked.set()
        self.let_go.wait(LIMIT_S)
        yield Tick(None, [-1.0])


def test_a_batch_goes_under_the_fence_of_the_moment_at_which_it_was_made(chart):
    chart.put_up_fence("one")
    chart.put(Tick(None, [1.0]), "one")
    batch = chart.collect()
    chart.put_up_fence("two")

    assert batch.fence == "one"


def test_ticks_under_another_fence_are_dropped_and_counted(chart):
    chart.put_up_fence("two")
    chart.put(Tick(None, [1.0]), "one")
    chart.put(Tick(None, [2.0]), "two")

    assert values(chart) == [2.0]
    assert chart.ticks_fenced == 1


def test_what_waits_of_a_source_is_dropped_with_its_fence_and_a_push_is_not(chart):
    chart.put_up_fence("one")
    chart.put(Tick(5_000.0, [1.0]), "one")
    chart.push(Run(["a"], [2_000.0], np.array([[2.0]])))
    chart.put(Tick(6_000.0, [3.0]), "one")

    chart.put_up_fence("two")
    chart.put(Tick(3_000.0, [4.0]), "two")

    assert values(chart) == [2.0, 4.0]
    assert chart.ticks_fenced == 2


def test_what_a_user_appends_needs_no_fence(chart):
    chart.put_up_fence("one")
    chart.append(1.0)

    assert values(chart) == [1.0]


def test_the_last_tick_has_the_values_that_are_not_missing(chart):
    assert chart.last() is None

    chart.append({"a": 1.0, "b": 2.0}, time_ms=5_000.0)
    chart.append({"b": 3.0}, time_ms=6_000.0)
    chart.take()

    assert chart.last() == Last(2, 6_000.0, {"b": 3.0})


def test_a_source_that_is_started_again_begins_anew_and_is_told_the_last_tick(chart):
    source = Numbers(2)
    thread = SourceThread(chart, source)
    for fence in ("one", "two"):
        source.is_blocked.clear()
        chart.put_up_fence(fence)
        thread.start(fence)
        assert source.is_blocked.wait(LIMIT_S)
        assert values(chart)[-2:] == [1.0, 2.0]
        thread.stop()
    source.let_go.set()

    assert [last.offset for last in source.lasts] == [2]


def test_a_source_that_did_not_end_is_fenced_when_it_goes_on(chart):
    source = Numbers(1)
    thread = SourceThread(chart, source)
    chart.put_up_fence("one")
    thread.start("one")
    assert source.is_blocked.wait(LIMIT_S)
    left_behind = thread._thread
    thread.stop()
    thread.start("two", prepare=lambda stop: stop.wait())
    assert values(chart) == [1.0]

    chart.put_up_fence("two")
    source.let_go.set()
    left_behind.join(LIMIT_S)
    thread.stop()

    assert not left_behind.is_alive()
    assert values(chart) == [1.0]


def test_a_thread_is_prepared_before_its_source_begins(chart):
    source = Numbers(1)
    thread = SourceThread(chart, source)
    prepared = []

    thread.start(prepare=lambda stop: prepared.append(source.is_blocked.is_set()))
    assert source.is_blocked.wait(LIMIT_S)
    source.let_go.set()

    assert prepared == [False]
