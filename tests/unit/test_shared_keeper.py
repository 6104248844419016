"""Ticks by way of a log that two processes share: one order, one numbering, at both."""

import math

import numpy as np
import pytest
from memory_log import MemoryLog
from shared_process import Process, settle

from chartserver.errors import BadTick, NotKept
from chartserver.shared.keeper import LOST_S, PATIENCE_S
from chartserver.shared.news import Came, Told
from chartserver.status import LIVE, Status
from chartserver.ticks import Series, Tick


@pytest.fixture
def log():
    return MemoryLog()


@pytest.fixture
def two(log):
    """Two processes that have told what there is."""
    processes = Process(log), Process(log)
    for one in processes:
        one.beat()
        one.broadcast.sent.clear()
    return processes


def test_what_is_pushed_at_both_is_one_series_at_both(log, two):
    one, other = two
    receipts = [one.push(10.0, 30.0), other.push(30.0, 40.0)]

    settle(log, two)

    assert [receipt.position.offset for receipt in receipts] == [2, 4]
    assert one.held == other.held
    assert one.held[1] == [10.0, 30.0, 30.0, 40.0]
    assert one.broadcast.of("tick") == other.broadcast.of("tick")


def test_what_comes_after_a_quiet_time_is_given_to_the_log_at_once(log, two):
    one, other = two
    one.push(10.0)

    assert one.keeper.give(one.chart)
    log.decide()
    for each in two:
        each.beat()

    assert one.held == other.held
    assert one.held[1] == [10.0]


def test_what_comes_within_a_frame_is_given_with_all_else_of_it(log, two):
    one, _ = two
    one.push(10.0)
    one.keeper.give(one.chart)
    settle(log, two)
    n_given = len(log.runs)

    one.push(20.0)
    one.keeper.give(one.chart)
    one.push(30.0)
    assert not one.keeper.give(one.chart)
    settle(log, two)

    assert one.held[1] == [10.0, 20.0, 30.0]
    assert len(log.runs) == n_given + 2


def test_only_who_waits_for_its_ticks_is_called_between_beats(log, two):
    one, other = two
    one.push(10.0)
    one.beat()
    log.decide()
    one.called.clear()

    for each in two:
        each.hear()

    assert (one.called, other.called) == (["fx"], [])


def test_nothing_is_given_where_nothing_has_come(two):
    assert not two[0].keeper.give(two[0].chart)


def test_a_receipt_is_decided_once_the_history_here_has_the_ticks(log, two):
    one, _ = two
    receipt = one.push(10.0)
    one.beat()
    log.decide()

    one.ticker.beat()
    assert receipt.position is None
    one.beat()

    assert receipt.position == one.chart.history.position
    assert one.chart.n_waiting == 0


def test_a_push_with_a_time_that_another_has_passed_meanwhile_is_told_so(log, two):
    one, other = two
    first, late = one.push(50.0), other.push(10.0, 60.0, key="k/abc")
    stamped = other.push(None)
    other.now_ms = 20.0

    settle(log, two)

    assert first.position is not None
    assert stamped.position is not None
    assert isinstance(late.refusal, BadTick)
    assert (late.refusal.index, late.refusal.last_ms) == (0, 50.0)
    assert late.fault == ""
    assert one.held == other.held
    assert 10.0 not in one.held[1]
    assert other.keeper.late == 1
    assert other.chart.pushes.runs_refused["bad_tick"] == 1
    # The key is free: nothing was kept under it.
    assert other.push(2_000.0, key="k/abc").is_repeat is False


def test_ticks_of_now_are_never_late(log, two):
    one, other = two
    one.now_ms, other.now_ms = 500.0, 100.0

    receipts = [one.push(None), other.push(None, None)]
    other.chart.append({"a": 7.0})
    settle(log, two)

    assert all(receipt.position for receipt in receipts)
    assert one.held == other.held
    assert one.held[1] == [500.0] * 4


def test_a_key_that_comes_to_both_is_kept_once(log, two):
    one, other = two
    receipts = [process.push(10.0, 11.0, key="k/abc") for process in two]
    beside = other.push(12.0)

    settle(log, two)

    assert receipts[0].position == receipts[1].position == ("9f2c41aa", 2)
    assert beside.position == ("9f2c41aa", 3)
    assert one.held == other.held
    assert one.held[1] == [10.0, 11.0, 12.0]
    assert other.keeper.repeats == 1
    # And what comes later is known at both.
    assert one.push(10.0, 11.0, key="k/abc").is_repeat
    assert other.push(10.0, 11.0, key="k/abc").is_repeat


def test_series_that_come_to_both_at_once_have_one_order(log, two):
    one, other = two
    one.push(10.0, name="a")
    other.push(10.0, name="b")
    one.push(10.0, name="c")

    settle(log, two)

    names = [[series.name for series in process.chart.series] for process in two]
    assert names == [["a", "b", "c"]] * 2
    for process in two:
        np.testing.assert_array_equal(
            process.chart.history.all().values,
            [[10.0, math.nan, math.nan], [math.nan, math.nan, 10.0], [math.nan, 10.0, math.nan]],
        )


def test_series_are_agreed_on_before_a_tick_and_not_for_a_bad_one(log, two):
    one, _ = two
    with pytest.raises(BadTick):
        one.chart.put(Tick(None, {"a": "seven"}))
    assert log.series == []

    one.chart.put(Tick(None, (7.0,)))

    assert log.series == [Series("value")]


def test_what_comes_after_a_lease_was_lost_is_dropped_and_counted(log, two):
    one, other = two
    log.token = "t1"
    one.chart.put_up_fence("t1")
    one.chart.put(Tick(None, {"a": 1.0}), "t1")
    one.beat()
    log.token = "t2"

    settle(log, two)

    assert one.chart.ticks_fenced == 1
    assert one.held == other.held
    assert one.held[1] == []
    assert one.chart.n_waiting == 0


def test_the_status_of_the_source_is_that_of_who_runs_it(log, two):
    one, other = two
    one.chart.put_up_fence("t1")
    log.token = "t1"
    one.chart.status = Status("failed", "no such file")
    one.beat()
    other.beat()
    assert other.chart.status == Status("failed", "no such file")

    one.chart.put(Tick(None, {"a": 1.0}), "t1")
    settle(log, two)

    assert other.chart.status == one.chart.status == LIVE
    assert [content["status"] for _, content in one.side.told] == ["failed", "live"]
    assert other.side.told == []


def test_a_status_of_a_newer_version_changes_nothing(two):
    one, _ = two
    before = one.chart.status

    one.keeper.hear("fx", Told("status", {"status": "dreaming"}))
    one.keeper.hear("fx", Told("weather", {"status": "failed"}))
    one.ticker.beat()

    assert one.chart.status == before


def test_a_log_out_of_reach_is_told_to_all_and_pushes_wait(log, two):
    one, _ = two
    receipt = one.push(10.0)
    one.beat()
    one.side.fault = "is not reachable: timed out"
    one.beat()
    assert receipt.fault == ""
    one.now_s += PATIENCE_S
    one.beat()

    assert one.chart.status == Status(
        "failed", "history not reachable: is not reachable: timed out"
    )
    assert "timed out" in receipt.fault
    with pytest.raises(NotKept, match="timed out"):
        one.push(11.0)

    one.side.fault = ""
    settle(log, two)

    assert receipt.position == one.chart.history.position
    assert one.chart.status == LIVE
    assert one.chart.history.position.offset == 1


def test_a_history_that_begins_anew_is_told_as_a_snapshot(log, two):
    one, other = two
    one.push(10.0, 11.0)
    settle(log, two)
    one.broadcast.sent.clear()

    log.renew("Redis has lost its data")
    settle(log, two)
    receipt = other.push(12.0)
    settle(log, two)

    assert one.broadcast.of("renew") == ["Redis has lost its data"]
    assert one.broadcast.of("tick") == [[12.0]]
    assert one.held == other.held
    assert one.held[0] == (log.epoch, 3)
    assert receipt.position == (log.epoch, 3)


def test_a_push_that_was_kept_before_the_history_began_anew_is_confirmed_there(log, two):
    one, other = two
    receipt = one.push(10.0)
    one.beat()
    log.decide()
    one.side.untold.clear()

    log.renew()
    settle(log, two)

    assert receipt.position == (log.epoch, 1)
    assert one.held == other.held


def test_a_push_that_was_lost_with_its_log_is_not_taken_for_another(log, two):
    one, other = two
    other.push(9.0)
    settle(log, two)
    receipt = one.push(10.0)
    one.beat()
    log.decide()
    for process in two:
        process.side.untold.clear()

    log.renew(n_lost=1)
    other.push(11.0)
    settle(log, two)
    assert receipt.position is None
    one.now_s += LOST_S
    settle(log, two)

    # It is late by now, for which who pushed it with its time is refused.
    assert isinstance(receipt.refusal, BadTick)
    assert one.held == other.held


def test_what_does_not_follow_is_asked_for_again(log, two):
    one, other = two
    for time_ms in (10.0, 20.0):
        other.push(time_ms)
        settle(log, [other])
    del one.side.untold[0:2]

    one.beat()

    assert one.chart.history.position.offset == 0
    assert one.side.watched == [one.chart.history.position]


def test_ticks_that_are_told_twice_come_once(log, two):
    one, other = two
    one.push(10.0, 11.0)
    settle(log, two)

    one.keeper.hear("fx", Came(log.runs[0], ()))
    one.ticker.beat()

    assert one.held == other.held


def test_series_that_have_moved_give_up_what_waits_for_them(log, two):
    one, _ = two
    one.push(10.0)
    settle(log, two)
    log.agree([Series("b")])
    receipt = one.push(11.0, key="k/abc", name="b")

    log.series = [Series("b"), Series("a")]
    log.renew()
    one.hear()
    one.ticker.beat()

    assert "push again" in receipt.fault
    assert [series.name for series in one.chart.series] == ["b", "a"]
    assert one.push(12.0, key="k/abc", name="b").is_repeat is False
