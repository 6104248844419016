"""Runs pushed to a chart: taken whole, kept as they were meant, and told of."""

import math

import numpy as np
from push_bench import EPOCH, NOW_MS, Bench

from chartserver.status import Status
from chartserver.ticks import Position, Run


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
