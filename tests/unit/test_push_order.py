"""The order of what is pushed: sorted, merged, held back, and never before the last."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from push_bench import EPOCH, NOW_MS, Bench

from chartserver.errors import BadTick
from chartserver.ticks import Position, Tick


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


def test_a_time_far_ahead_of_the_clock_is_named_and_blocks_nobody():
    bench = Bench("a", future_s=600.0)

    with pytest.raises(
        BadTick, match=r"tick 1: time is \d+ ms, 601 s ahead .* 600 s at most"
    ) as it:
        bench.push([NOW_MS, NOW_MS + 601_000])

    assert (it.value.index, it.value.last_ms) == (1, None)
    bench.push([NOW_MS + 599_000])
    bench.chart.take()
    # Its own time is no reason to refuse what has none.
    bench.push([math.nan])
    assert len(bench.chart.take()) == 1


def test_a_clock_that_is_set_back_does_not_refuse_who_knows_the_time():
    bench = Bench("a", future_s=600.0)
    bench.push([NOW_MS])
    bench.now_s += 3_600.0
    bench.now_ms -= 86_400_000.0

    bench.push([NOW_MS + 3_600_000.0])

    with pytest.raises(BadTick, match="ahead of"):
        bench.push([NOW_MS + 4_300_000.0])


def test_a_clock_that_is_set_forward_takes_what_is_of_its_time():
    bench = Bench("a", future_s=600.0)
    bench.push([NOW_MS])
    bench.now_ms += 86_400_000.0

    bench.push([bench.now_ms])

    assert len(bench.chart.take()) == 2


def test_a_source_of_its_own_may_have_any_time():
    bench = Bench("a", future_s=600.0)

    bench.chart.put(Tick(NOW_MS + 1e12, [1]))

    assert len(bench.chart.take()) == 1


def test_ticks_of_the_past_wait_for_nobody_and_younger_ones_until_they_are_old():
    bench = Bench("a", reorder_s=2.0)
    bench.now_ms = NOW_MS
    bench.push([NOW_MS - 86_400_000, NOW_MS - 2_000])
    bench.push([NOW_MS - 1_500])

    assert len(bench.chart.take()) == 2
    bench.now_s += 0.4
    assert bench.chart.take() is None
    bench.now_s += 0.2
    assert len(bench.chart.take()) == 1


def test_a_tick_that_is_ahead_waits_no_longer_than_any_other():
    bench = Bench("a", reorder_s=2.0)
    bench.push([NOW_MS + 86_400_000])

    bench.now_s += 2.0

    assert len(bench.chart.take()) == 1
