"""Pushes that are repeated under their key: taken once, also after a restart."""

import math

import pytest
from push_bench import EPOCH, Bench

from chartserver.batch import KeptKey
from chartserver.errors import BadTick
from chartserver.ticks import Position


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
