"""What is refused of a push, in one line, with nothing of it taken."""

import math

import pytest
from push_bench import Bench

from chartserver.errors import (
    BadTick,
    ChartClosed,
    InboxFull,
    NotKept,
    NotPushable,
    PushedTooFast,
    RunTooLong,
)
from chartserver.inbox import INBOX_TICKS
from chartserver.ticks import RUN_TICKS_MAX


def test_a_thousand_new_series_are_refused_in_one_line_and_none_is_taken():
    bench = Bench("a", series=100)
    names = [f"new {i}" for i in range(1_000)]

    with pytest.raises(BadTick) as fault:
        bench.push([1], *[[1.0]] * 1_000, names=names)

    assert str(fault.value) == "chart 'lab' would have 1001 series; expected at most 100"
    assert len(bench.chart.series) == 1
    assert bench.chart.take() is None


def test_a_chart_that_has_more_series_than_pushes_may_add_takes_them_still():
    bench = Bench("a", "b", "c", series=2)

    bench.push([1], [1.0], names=["c"])

    with pytest.raises(BadTick, match="would have 4 series; expected at most 3"):
        bench.push([1], [1.0], names=["d"])


@pytest.mark.parametrize(
    ("names", "fault"),
    [
        (["a", ""], "series name is ''"),
        (["a", "line\nbreak"], "series name is"),
        (["a", "x" * 129], "series name is"),
        (["a", "a"], "series 'a' is named twice"),
        (["a"], "got 2 rows of values for 1 names"),
        (None, "got 2 values; expected 1, one for each of a"),
    ],
)
def test_names_that_are_none_are_refused_and_nothing_is_added(names, fault):
    bench = Bench("a")

    with pytest.raises(BadTick, match=fault):
        bench.push([1], [1.0], [2.0], names=names)

    assert len(bench.chart.series) == 1
    assert bench.chart.take() is None


def test_values_of_another_shape_than_the_times_are_refused():
    with pytest.raises(BadTick, match="a row for each series"):
        Bench("a").push([1, 2], [1.0, 2.0, 3.0])


def test_an_inbox_that_is_full_takes_all_of_a_run_later_or_nothing():
    bench = Bench("a")
    bench.push(range(RUN_TICKS_MAX - 1))

    with pytest.raises(InboxFull, match=r"'lab' already holds 19999.*push again") as fault:
        bench.push([1, 2])

    assert fault.value.retry_after_s > 0
    bench.chart.take()
    bench.push([RUN_TICKS_MAX, RUN_TICKS_MAX])
    assert bench.chart.pushes.runs_refused["inbox_full"] == 1


def test_a_source_has_no_more_room_than_before():
    bench = Bench("a")
    bench.push(range(INBOX_TICKS))

    with pytest.raises(InboxFull):
        bench.chart.append(1.0)


def test_a_run_that_could_never_fit_says_how_much_does():
    with pytest.raises(RunTooLong, match="expected at most 20000") as fault:
        Bench("a").push(range(RUN_TICKS_MAX + 1))

    assert fault.value.most == RUN_TICKS_MAX


def test_ticks_a_second_are_limited_on_the_average():
    bench = Bench("a", ticks_per_s=10.0)
    bench.push(range(25))

    with pytest.raises(PushedTooFast, match=r"more than 10 ticks a second; push again in 1\.6 s"):
        bench.push([30])
    bench.now_s += 1.61
    bench.push([30])

    assert bench.chart.pushes.runs_refused["too_fast"] == 1
    assert bench.chart.pushes.ticks_pushed == 26


def test_who_is_refused_pays_nothing():
    bench = Bench("a", ticks_per_s=2.0)

    for _ in range(100):
        with pytest.raises(BadTick):
            bench.push([math.inf])

    bench.push([1, 2])


def test_a_chart_with_a_source_of_its_own_takes_no_pushes():
    bench = Bench("a")
    bench.chart.is_pushable = False

    with pytest.raises(NotPushable, match=r"'lab' has a source of its own.*'lab=push'"):
        bench.push([1])


def test_nothing_is_pushed_while_nothing_can_be_kept():
    bench = Bench("a")
    bench.chart.fault = "the disk is full"

    with pytest.raises(NotKept, match="cannot be kept: the disk is full; push again") as fault:
        bench.push([1])

    assert fault.value.retry_after_s > 0
    assert bench.chart.pushes.runs_refused["not_kept"] == 1


def test_a_chart_that_is_closed_takes_no_pushes_but_tells_of_those_it_took():
    bench = Bench("a")
    bench.push([1], key="k")
    bench.chart.close()

    with pytest.raises(ChartClosed):
        bench.push([2])

    assert bench.push([1], key="k").is_repeat
