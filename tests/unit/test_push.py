"""Runs pushed to a chart: all or none, in order, held to limits, and never taken twice."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chartserver.batch import KeptKey
from chartserver.chart import Chart
from chartserver.errors import (
    BadTick,
    ChartClosed,
    InboxFull,
    NotKept,
    NotPushable,
    PushedTooFast,
    RunTooLong,
)
from chartserver.history import MemoryHistory
from chartserver.inbox import INBOX_TICKS, PUSHED_TICKS
from chartserver.pushes import PushLimits
from chartserver.status import Status
from chartserver.ticks import Position, Run, Series, Tick

NOW_MS = 1_763_829_000_000.0
EPOCH = "9f2c41aa"


class Bench:
    """A chart whose clocks stand where a test puts them."""

    def __init__(self, *names, **limits):
        self.now_s = 100.0
        self.now_ms = NOW_MS
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


def test_a_run_is_in_the_history_when_its_receipt_is_done():
    bench = Bench("a", "b")

    receipt = bench.push([1, 2], [1.0, 2.0], [3.0, math.nan])

    assert (receipt.n, receipt.position, receipt.is_repeat) == (2, None, False)
    assert not receipt.wait(0)
    bench.chart.take()
    assert receipt.wait(0)
    assert receipt.position == Position(EPOCH, 2)
    np.testing.assert_array_equal(bench.rows, [[1.0, 2.0], [3.0, math.nan]])
    assert bench.calls == ["lab"]
    assert bench.chart.status == Status("live")
    assert bench.chart.pushes.ticks_pushed == 2


def test_values_by_name_go_to_their_series_and_new_names_are_added():
    bench = Bench("a", "b")
    bench.push([1], [7.0], names=["b"])
    version = bench.chart.version

    bench.push([2], [5.0], [6.0], names=["c", "a"])
    bench.chart.take()

    assert [series.name for series in bench.chart.series] == ["a", "b", "c"]
    assert bench.chart.version > version
    np.testing.assert_array_equal(bench.rows, [[math.nan, 6.0], [7.0, math.nan], [math.nan, 5.0]])


def test_the_first_run_names_the_series_of_a_chart_that_has_none():
    bench = Bench()

    bench.push([1], [1.0], [2.0])

    assert [series.name for series in bench.chart.series] == ["value 1", "value 2"]


def test_a_run_without_ticks_takes_nothing_and_names_nothing():
    bench = Bench("a")

    receipt = bench.push([], [], names=["new"])

    assert (receipt.n, receipt.position) == (0, Position(EPOCH, 0))
    assert len(bench.chart.series) == 1
    assert bench.chart.take() is None


def test_ticks_without_a_time_are_of_now():
    bench = Bench("a")

    bench.push([math.nan, math.nan])
    bench.chart.take()

    assert bench.times == [NOW_MS, NOW_MS]


def test_ticks_without_a_time_are_never_before_the_last():
    bench = Bench("a")
    bench.push([NOW_MS + 60_000])
    bench.chart.take()

    bench.push([math.nan])
    bench.chart.take()

    assert bench.times == [NOW_MS + 60_000] * 2


def test_infinite_values_are_missing_and_counted():
    bench = Bench("a")

    bench.push([1, 2], [math.inf, -math.inf])
    bench.chart.take()

    np.testing.assert_array_equal(bench.rows, [[math.nan, math.nan]])
    assert bench.chart.values_refused == 2


def test_the_arrays_of_who_pushes_stay_theirs():
    bench = Bench("a")
    run = Run(None, np.array([2.0, 1.0]), np.array([[1.0, 2.0]]))
    bench.chart.push(run)

    run.time_ms[:], run.values[:] = 9.0, 9.0
    bench.chart.take()

    assert (bench.times, bench.rows) == ([1.0, 2.0], [[2.0, 1.0]])


# Order.


def test_a_run_is_sorted_and_says_how_many_were_moved():
    bench = Bench("a")

    receipt = bench.push([5, 3, 4, 6, 6])
    bench.chart.take()

    assert bench.times == [3, 4, 5, 6, 6]
    assert bench.rows == [[1, 2, 0, 3, 4]]
    assert receipt.n_moved == 2


def test_a_run_is_merged_with_what_still_waits_and_its_position_is_after_its_own_last_tick():
    bench = Bench("a")
    late = bench.push([10, 30], [1, 3])
    early = bench.push([5, 20], [0, 2])

    bench.chart.take()

    assert bench.times == [5, 10, 20, 30]
    assert bench.rows == [[0, 1, 2, 3]]
    assert (early.position.offset, late.position.offset) == (3, 4)


def test_equal_times_stay_in_the_order_in_which_they_came():
    bench = Bench("a")
    bench.push([7, 7], [0, 1])
    bench.push([7], [2])

    bench.chart.take()

    assert bench.rows == [[0, 1, 2]]


def test_ticks_of_a_source_and_pushed_ones_are_merged():
    bench = Bench("a")
    bench.chart.put(Tick(10.0, [1]))
    bench.push([5, 20], [0, 2])
    bench.chart.put(Tick(25.0, [3]))

    bench.chart.take()

    assert bench.times == [5, 10, 20, 25]
    assert bench.rows == [[0, 1, 2, 3]]


def test_a_tick_before_the_last_in_the_history_is_named_and_nothing_is_taken():
    bench = Bench("a")
    bench.push([1_000])
    bench.chart.take()

    with pytest.raises(BadTick, match="tick 1: time is 900 ms, 100 ms before the last") as fault:
        bench.push([2_000, 900, 950])

    assert (fault.value.index, fault.value.text[:4]) == (1, "time")
    assert bench.chart.take() is None
    assert bench.chart.pushes.runs_refused["bad_tick"] == 1


def test_what_is_on_its_way_to_a_store_counts_as_the_last():
    bench = Bench("a")
    bench.push([1_000])
    bench.chart.collect()

    with pytest.raises(BadTick, match="1 ms before the last"):
        bench.push([999])


@pytest.mark.parametrize("time_ms", [math.inf, -math.inf, 1e300, -1e15])
def test_a_time_that_is_none_is_named(time_ms):
    with pytest.raises(BadTick, match=r"tick 2: time is .*; expected milliseconds") as fault:
        Bench("a").push([1, 2, time_ms])

    assert fault.value.index == 2


def test_pushed_ticks_wait_for_earlier_ones_as_long_as_they_are_asked_to():
    bench = Bench("a", reorder_s=2.0)
    bench.push([10])
    bench.now_s += 1.9
    assert bench.chart.take() is None
    bench.push([5])

    bench.now_s += 0.1
    bench.chart.take()

    assert bench.times == [5, 10]
    with pytest.raises(BadTick):
        bench.push([9])


def test_what_is_not_after_a_tick_that_is_due_goes_with_it_and_the_rest_waits():
    bench = Bench("a", reorder_s=2.0)
    bench.push([10])
    bench.now_s += 1.0
    torn = bench.push([9, 10, 11], [1, 2, 3])

    bench.now_s += 1.0
    bench.chart.take()

    assert bench.times == [9, 10, 10]
    assert not torn.wait(0)
    bench.now_s += 1.0
    bench.chart.take()
    assert bench.times == [9, 10, 10, 11]
    assert torn.position.offset == 4


def test_ticks_of_a_source_are_not_held():
    bench = Bench("a", reorder_s=2.0)
    bench.chart.put(Tick(10.0, [1]))

    bench.chart.take()

    assert bench.times == [10.0]


def test_a_chart_that_is_closed_holds_nothing_back():
    bench = Bench("a", reorder_s=2.0)
    bench.push([10])

    bench.chart.close()
    bench.chart.take()

    assert bench.times == [10]


# Limits.


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
    bench.push(range(PUSHED_TICKS - 1))

    with pytest.raises(InboxFull, match=r"'lab' already holds 19999.*push again") as fault:
        bench.push([1, 2])

    assert fault.value.retry_after_s > 0
    bench.chart.take()
    bench.push([PUSHED_TICKS, PUSHED_TICKS])
    assert bench.chart.pushes.runs_refused["inbox_full"] == 1


def test_a_source_has_no_more_room_than_before():
    bench = Bench("a")
    bench.push(range(INBOX_TICKS))

    with pytest.raises(InboxFull):
        bench.chart.append(1.0)


def test_a_run_that_could_never_fit_says_how_much_does():
    with pytest.raises(RunTooLong, match="expected at most 20000") as fault:
        Bench("a").push(range(PUSHED_TICKS + 1))

    assert fault.value.most == PUSHED_TICKS


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


# Keys.


def test_a_push_that_is_repeated_is_taken_once_and_answered_the_same():
    bench = Bench("a")
    first = bench.push([2, 1], key="k")
    while_on_its_way = bench.push([2, 1], key="k")

    bench.chart.take()
    bench.push([3])
    bench.chart.take()
    afterwards = bench.push([2, 1], key="k")

    assert bench.times == [1, 2, 3]
    for receipt in (while_on_its_way, afterwards):
        assert (receipt.is_repeat, receipt.n, receipt.n_moved) == (True, 2, 1)
        assert receipt.wait(0)
        assert receipt.position == first.position == Position(EPOCH, 2)
    assert not first.is_repeat


def test_a_push_that_was_refused_may_come_again_under_its_key():
    bench = Bench("a")
    with pytest.raises(BadTick):
        bench.push([math.inf], key="k")

    receipt = bench.push([1], key="k")

    assert not receipt.is_repeat


def test_a_repeat_is_answered_while_nothing_can_be_kept_and_costs_nothing():
    bench = Bench("a", ticks_per_s=1.0)
    bench.push([1, 2, 3], key="k")
    bench.chart.fault = "the disk is full"

    assert bench.push([1, 2, 3], key="k").is_repeat
    assert bench.chart.pushes.ticks_pushed == 3


def test_keys_go_with_the_ticks_to_who_keeps_them():
    bench = Bench("a")
    bench.push([10, 30], key="late")
    bench.push([5, 20], key="early")
    bench.push([7])

    batch = bench.chart.collect()

    assert [(key.digest, key.end, key.n, key.n_kept) for key in batch.keys] == [
        ("late", 5, 2, 2),
        ("early", 4, 2, 2),
    ]
    assert (batch.epoch, [series.name for series in batch.series]) == (EPOCH, ["a"])


def test_keys_that_were_kept_are_known_after_a_restart():
    bench = Bench("a")
    bench.chart.restore_keys([KeptKey("k", 812, 3, 3)])

    receipt = bench.push([1, 2, 3], key="k")

    assert (receipt.is_repeat, receipt.n) == (True, 3)
    assert receipt.position == Position(EPOCH, 812)
    assert bench.chart.take() is None


def test_of_a_run_in_which_a_server_ended_only_the_rest_is_taken():
    torn = Bench("a", reorder_s=2.0)
    torn.push([10], key="first")
    torn.now_s += 1.0
    torn.push([11, 9], [1, 0], key="k")
    torn.now_s += 1.0
    kept = torn.chart.collect()
    bench = Bench("a")
    bench.push(kept.time_ms, *kept.values)
    bench.chart.take()
    bench.chart.restore_keys(KeptKey(key.digest, key.end, key.n, key.n_kept) for key in kept.keys)

    receipt = bench.push([11, 9], [1, 0], key="k")
    bench.chart.take()

    assert bench.times == [9, 10, 11]
    assert (receipt.is_repeat, receipt.n, receipt.position.offset) == (False, 2, 3)
    assert bench.push([11, 9], [1, 0], key="k").is_repeat


def test_the_rest_of_a_torn_run_that_is_late_by_now_is_refused():
    bench = Bench("a")
    bench.push([9, 50])
    bench.chart.take()
    bench.chart.restore_keys([KeptKey("k", 1, 2, 1)])

    with pytest.raises(BadTick, match="tick 0: time is 11 ms, 39 ms before"):
        bench.push([11, 9], key="k")


# What is told while ticks wait.


def test_a_chart_whose_ticks_cannot_be_kept_says_so_until_they_can():
    bench = Bench("a")
    bench.push([1])
    bench.chart.fault = "the disk is full"

    told = "the history cannot be kept: the disk is full; ticks wait"
    assert bench.chart.status == Status("failed", told)
    assert bench.chart.describe()["reason"] == told
    bench.chart.fault = ""
    assert bench.chart.status == Status("live")


def test_a_chart_without_ticks_that_wait_is_as_its_source_is():
    bench = Bench("a")
    bench.chart.status = Status("ended", "no more")

    bench.chart.fault = "the disk is full"

    assert bench.chart.status == Status("ended", "no more")


def test_who_waits_when_all_is_given_up_is_told():
    bench = Bench("a")
    on_its_way = bench.push([1])
    bench.chart.collect()
    waiting = bench.push([2])

    bench.chart.give_up("the server has stopped")

    for receipt in (on_its_way, waiting):
        assert not receipt.wait(60)
        assert receipt.fault == "the server has stopped"


RUNS = st.lists(
    st.tuples(
        st.lists(st.integers(0, 40), max_size=6),
        st.sampled_from(["", "k1", "k2", "k3"]),
        st.booleans(),
    ),
    max_size=12,
)


@settings(deadline=None, max_examples=150)
@given(RUNS, st.sampled_from([0.0, 1.5]))
def test_whatever_is_pushed_each_tick_taken_is_there_once_and_in_order(runs, reorder_s):
    bench = Bench("a", reorder_s=reorder_s)
    taken, seen = [], {}
    number = 0
    for times, key, is_beat in runs:
        values = list(range(number, number + len(times)))
        number += len(times)
        try:
            receipt = bench.push(times, values, key=key)
        except BadTick:
            pass
        else:
            assert receipt.is_repeat == (key in seen)
            if not receipt.is_repeat:
                taken += [(time, value, receipt) for time, value in zip(times, values, strict=True)]
                if key and times:
                    seen[key] = receipt
        bench.now_s += 0.5
        if is_beat:
            bench.chart.take()
    bench.chart.close()
    bench.chart.take()

    ticks = bench.chart.history.all()
    assert (np.diff(ticks.time_ms) >= 0).all()
    there = dict(zip(ticks.values[0].tolist(), ticks.time_ms.tolist(), strict=True))
    assert there == {value: time for time, value, _ in taken}
    # Each receipt leads just behind the last of its own ticks.
    offsets = {value: i + 1 for i, value in enumerate(ticks.values[0].tolist())}
    for receipt in {id(one): one for *_, one in taken}.values():
        own = [offsets[value] for _, value, of in taken if of is receipt]
        assert receipt.position == Position(EPOCH, max(own))
