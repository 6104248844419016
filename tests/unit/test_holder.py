"""A holder of leases: sources run while that of their chart is held, and go on after others."""

import itertools
import threading
import time

import numpy as np
import pytest

from chartserver.chart import Chart
from chartserver.history import MemoryHistory
from chartserver.shared.holder import Holder
from chartserver.shared.lease import Tenure
from chartserver.source_thread import SourceThread
from chartserver.ticks import Series, Tick

LIMIT_S = 60.0


class Counting:
    """A source that goes on counting after the last tick, until it is stopped."""

    title = ""
    series = (Series("a"),)
    interval_s = None

    def __init__(self):
        self.last = None
        self.has_begun, self.has_ended = threading.Event(), threading.Event()

    def resume(self, last):
        self.last = last

    def ticks(self, stop):
        yield Tick(None, [self.last.values["a"] + 1 if self.last else 1.0])
        self.has_begun.set()
        stop.wait(LIMIT_S)
        self.has_ended.set()


@pytest.fixture
def chart():
    ticking = itertools.count(1_000.0)
    return Chart(
        "fx",
        now_ms=lambda: next(ticking),
        history=MemoryHistory(100, epoch="0123abcd"),
        series=[Series("a")],
    )


@pytest.fixture
def source():
    return Counting()


@pytest.fixture
def holder(chart, source):
    holder = Holder()
    thread = SourceThread(chart, source)
    holder.add(thread)
    yield holder
    thread.stop()
    assert not source.has_begun.is_set() or source.has_ended.wait(LIMIT_S)


def waits(is_so):
    deadline_s = time.monotonic() + LIMIT_S
    while not is_so() and time.monotonic() < deadline_s:
        time.sleep(0.005)
    assert is_so()


def come(chart, *values):
    """Have ticks come that another process has appended."""
    times = np.arange(len(values)) + 100.0
    chart.history.append(times, np.array([values], dtype=float))


def test_the_source_runs_under_the_token_of_the_lease(holder, chart, source):
    holder.begin("fx", Tenure("token", "0123abcd", 0))
    assert source.has_begun.wait(LIMIT_S)

    batch = chart.collect()

    assert (batch.fence, batch.values.tolist()) == ("token", [[1.0]])


def test_it_begins_when_all_that_others_appended_is_here_and_goes_on_after_it(
    holder, chart, source
):
    come(chart, 7.0)
    holder.begin("fx", Tenure("token", "0123abcd", 2))
    assert not source.has_begun.wait(0.05)

    come(chart, 8.0)
    assert source.has_begun.wait(LIMIT_S)

    assert chart.collect().values.tolist() == [[9.0]]


def test_it_waits_for_the_history_that_the_others_have(holder, chart, source):
    come(chart, 7.0, 8.0)
    holder.begin("fx", Tenure("token", "another0", 1))

    assert not source.has_begun.wait(0.05)
    holder.leave("fx")
    waits(lambda: holder.is_through("fx"))


def test_a_chart_that_nobody_has_made_yet_is_not_waited_for(holder, source):
    holder.begin("fx", Tenure("token", "", 0))

    assert source.has_begun.wait(LIMIT_S)


def test_it_waits_until_what_is_on_its_way_is_settled_and_is_not_held_back_by_it(
    holder, chart, source
):
    chart.put_up_fence("before")
    chart.put(Tick(9_000.0, [5.0]), "before")
    chart.collect()
    holder.leave("fx")
    holder.begin("fx", Tenure("token", "0123abcd", 0))
    assert not source.has_begun.wait(0.05)

    chart.batch = None  # it was refused
    assert source.has_begun.wait(LIMIT_S)

    [time_ms] = chart.collect().time_ms
    assert time_ms < 9_000.0


def test_a_lease_that_is_lost_meanwhile_puts_up_no_fence(holder, chart, source):
    holder.begin("fx", Tenure("token", "0123abcd", 5))
    holder.leave("fx")
    come(chart, 1.0, 2.0, 3.0, 4.0, 5.0)

    waits(lambda: not holder._threads["fx"].is_alive)
    assert chart.fence == ""
    assert not source.has_begun.is_set()


def test_ticks_that_wait_when_the_lease_is_lost_are_dropped(holder, chart, source):
    holder.begin("fx", Tenure("token", "0123abcd", 0))
    assert source.has_begun.wait(LIMIT_S)

    holder.leave("fx")

    assert source.has_ended.wait(LIMIT_S)
    assert (chart.collect(), chart.ticks_fenced) == (None, 1)


def test_ticks_that_wait_when_it_is_to_be_given_back_still_get_in(holder, chart, source):
    holder.begin("fx", Tenure("token", "0123abcd", 0))
    assert source.has_begun.wait(LIMIT_S)

    holder.stop("fx")
    assert source.has_ended.wait(LIMIT_S)
    assert not holder.is_through("fx")
    batch = chart.collect()
    assert not holder.is_through("fx")
    chart.settle(chart.history.append(batch.time_ms, batch.values))

    assert batch.fence == "token"
    waits(lambda: holder.is_through("fx"))
    holder.leave("fx")
    assert chart.fence == ""


def test_the_source_begins_anew_with_each_lease(holder, chart, source):
    for number in (1.0, 2.0, 3.0):
        source.has_begun.clear()
        source.has_ended.clear()
        holder.begin("fx", Tenure(f"token {number}", "0123abcd", 0))
        assert source.has_begun.wait(LIMIT_S)
        chart.take()
        assert chart.last().values == {"a": number}
        holder.leave("fx")
        assert source.has_ended.wait(LIMIT_S)
