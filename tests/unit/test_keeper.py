"""Ticks by way of a store: shown once they are kept, one batch of a chart at a time."""

import logging
import math

import numpy as np
import pytest
from fake_store import FakeStore
from ticker_bench import BEAT_S, Bench

from chartserver.alarm import ThreadAlarm
from chartserver.calls import Calls
from chartserver.errors import NotKept
from chartserver.inbox import INBOX_TICKS
from chartserver.keeper import Keeper
from chartserver.status import Status
from chartserver.ticker import REST_LIMIT_S, STATUS_INTERVAL_S
from chartserver.ticks import Run


@pytest.fixture
def store():
    return FakeStore()


@pytest.fixture
def bench(store):
    return told(Bench("fx", keeper=Keeper(store, lambda name: None)))


def told(bench):
    """Let the first beat tell what there is; the tests are about what follows."""
    bench.ticker.beat()
    bench.broadcast.sent.clear()
    bench.now_s += 10.0
    return bench


def push(chart, *values, key=""):
    """Push ticks of now to a chart of one series."""
    return chart.push(Run(None, np.full(len(values), math.nan), np.array([values], float)), key)


def test_ticks_are_shown_and_confirmed_once_they_are_kept(bench, store):
    receipt = push(bench.charts["fx"], 1.0, 2.0)

    bench.ticker.beat()
    bench.ticker.beat()
    assert bench.broadcast.of("tick") == []
    assert bench.charts["fx"].history.position.offset == 0
    store.keep()
    bench.ticker.beat()

    assert bench.broadcast.of("tick") == [[1.0, 2.0]]
    assert receipt.position == bench.charts["fx"].history.position
    assert bench.charts["fx"].ticks_taken == 2


def test_what_comes_while_a_batch_is_on_its_way_is_the_next(bench, store):
    chart = bench.charts["fx"]
    for value in (1.0, 2.0, 3.0):
        chart.append(value)
        bench.ticker.beat()
    assert [len(batch) for batch, _ in store.waiting] == [1]

    store.keep()
    bench.ticker.beat()
    store.keep()
    bench.ticker.beat()

    assert bench.broadcast.of("tick") == [[1.0], [2.0, 3.0]]


def test_a_series_that_comes_while_a_batch_is_on_its_way_is_missing_in_it(bench, store):
    chart = bench.charts["fx"]
    chart.append({"a": 1.0})
    bench.ticker.beat()
    chart.append({"a": 2.0, "b": 20.0})

    store.keep()
    bench.ticker.beat()
    store.keep()
    bench.ticker.beat()

    np.testing.assert_array_equal(chart.history.all().values, [[1.0, 2.0], [math.nan, 20.0]])
    assert [[one.name for one in batch.series] for batch in store.kept] == [["a"], ["a", "b"]]
    assert [what for what, *_ in bench.broadcast.sent if what != "status"] == [
        "chart",
        "tick",
        "tick",
    ]


def test_a_store_at_fault_is_told_and_its_healing_too(bench, store):
    chart = bench.charts["fx"]
    chart.append(1.0)
    bench.ticker.beat()

    store.fault = "the disk is full"
    bench.beat_after(STATUS_INTERVAL_S)
    with pytest.raises(NotKept, match="the disk is full"):
        push(chart, 2.0)
    chart.append(3.0)  # a source goes on until its inbox is full, and stays at fault
    bench.beat_after(STATUS_INTERVAL_S)
    store.fault = ""
    store.keep()
    bench.beat_after(STATUS_INTERVAL_S)

    assert [status.status for status in bench.broadcast.of("status")] == ["live", "failed", "live"]
    assert bench.broadcast.of("status")[1].reason == (
        "the history cannot be kept: the disk is full; ticks wait"
    )
    assert bench.broadcast.of("tick") == [[1.0]]
    push(chart, 4.0)


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("is locked by another program", "the store is locked by another program"),
        ("cannot grow: the disk is full", "the store cannot grow: the disk is full"),
        ("the file was moved", "the file was moved"),
        ("", ""),
    ],
)
def test_a_fault_is_told_as_a_sentence(bench, store, fault, told):
    store.fault = fault

    bench.ticker.beat()

    assert bench.charts["fx"].fault == told


def test_a_source_is_held_while_nothing_can_be_kept(bench, store):
    chart = bench.charts["fx"]
    chart.append(0.0)
    bench.ticker.beat()

    for value in range(INBOX_TICKS):
        chart.append(value)
        if value % 100 == 0:
            bench.ticker.beat()

    assert chart.is_full
    assert chart.n_waiting == INBOX_TICKS + 1


def test_ticks_that_are_kept_and_find_no_memory_are_shown_later(bench, store, monkeypatch):
    chart = bench.charts["fx"]
    chart.append(1.0)
    bench.ticker.beat()
    store.keep()

    def out_of_memory(*_):
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr(chart.history, "append", out_of_memory)
        bench.ticker.beat()
    bench.ticker.beat()

    assert bench.broadcast.of("tick") == [[1.0]]
    assert bench.ticker.failures == 1


def test_a_store_that_numbers_otherwise_is_a_failure_and_nothing_is_shown(bench, store, caplog):
    store.offsets["fx"] = 7
    bench.charts["fx"].append(1.0)
    bench.ticker.beat()
    store.keep()

    with caplog.at_level(logging.ERROR):
        bench.ticker.beat()

    assert bench.broadcast.of("tick") == []
    assert "start the server again" in caplog.text


# Between two beats.


class FakeAlarm:
    """An alarm whose wait moves the bench's time."""

    def __init__(self):
        self.on_wait = []
        self.bench = None

    def set(self):
        """Do nothing: the wait is over when it is over."""

    def wait(self, timeout_s):
        """Have something happen, or let time go on."""
        if self.on_wait:
            self.on_wait.pop(0)()
        else:
            self.bench.now_s += timeout_s


@pytest.fixture
def alarm():
    return FakeAlarm()


@pytest.fixture
def hurried(store, alarm):
    """Return a bench whose charts call the ticker."""
    calls = Calls(alarm)
    bench = alarm.bench = Bench("fx", keeper=Keeper(store, calls.call), calls=calls)
    return told(bench)


def test_what_is_pushed_is_confirmed_before_the_next_beat_and_shown_with_it(hurried, store, alarm):
    chart, receipts, positions = hurried.charts["fx"], [], []
    began_s = hurried.now_s
    for value in (1.0, 2.0):
        alarm.on_wait += [
            lambda value=value: receipts.append(push(chart, value)),
            store.keep,
            lambda: positions.append(receipts[-1].position),
        ]

    hurried.ticker._rest_until(began_s + BEAT_S)
    assert [position.offset for position in positions] == [1, 2]
    assert hurried.broadcast.of("tick") == []
    hurried.ticker.beat()

    assert hurried.broadcast.of("tick") == [[1.0, 2.0]]
    assert hurried.now_s == pytest.approx(began_s + BEAT_S)


def test_the_lag_of_a_frame_is_that_of_the_first_tick_that_was_taken_early(hurried, store, alarm):
    chart = hurried.charts["fx"]
    alarm.on_wait += [
        lambda: push(chart, 1.0),
        store.keep,
        lambda: setattr(hurried, "now_s", hurried.now_s + 0.02),
        lambda: push(chart, 2.0),
        store.keep,
    ]
    hurried.ticker._rest_until(hurried.now_s + BEAT_S)

    hurried.ticker.beat()

    assert hurried.ticker.lag.sum == pytest.approx(BEAT_S)
    assert hurried.charts["fx"].frames == 1


def test_a_new_series_waits_for_the_beat_that_tells_of_it(hurried, store, alarm):
    chart = hurried.charts["fx"]
    alarm.on_wait += [
        lambda: chart.push(Run(["new"], np.array([1.0]), np.array([[1.0]]))),
        store.keep,
    ]

    hurried.ticker._rest_until(hurried.now_s + BEAT_S)

    assert chart.history.position.offset == 0
    hurried.ticker.beat()
    store.keep()
    hurried.ticker.beat()
    assert [what for what, *_ in hurried.broadcast.sent if what != "status"] == ["chart", "tick"]


def test_a_call_of_a_chart_that_is_not_there_is_nothing(hurried, alarm):
    alarm.on_wait.append(lambda: hurried.ticker._calls.call("gone"))

    hurried.ticker._rest_until(hurried.now_s + BEAT_S)

    assert hurried.ticker.failures == 0


def test_a_rest_ends_when_the_ticker_is_stopped(hurried, alarm):
    began_s = hurried.now_s
    alarm.on_wait.append(hurried.ticker.stop)

    hurried.ticker._rest_until(began_s + 60.0)

    assert hurried.now_s <= began_s + 1.0


# The end.


def test_at_the_end_what_was_taken_is_kept_and_shown_first(bench, store):
    receipts = []

    def stop():
        receipts.append(push(bench.charts["fx"], 7.0))
        bench.charts["fx"].close()
        bench.ticker.stop()
        bench.on_sleep = store.keep

    bench.on_sleep = stop

    bench.ticker.run()

    assert bench.broadcast.of("tick") == [[7.0]]
    assert receipts[0].position.offset == 1
    assert bench.ticker.is_stopped


def test_at_the_end_a_store_is_not_waited_for_for_ever(bench, store, caplog):
    store.fault = "the disk is full"
    on_its_way = push(bench.charts["fx"], 1.0)
    bench.ticker.beat()
    began_s = bench.now_s
    bench.ticker.stop()

    with caplog.at_level(logging.ERROR):
        bench.ticker.run()

    assert bench.now_s - began_s == pytest.approx(REST_LIMIT_S, abs=0.1)
    assert "push again" in on_its_way.fault
    assert "chart fx: 1 ticks could not be kept" in caplog.text


def test_a_chart_that_stops_says_that_it_stops_whatever_waits(bench, store):
    chart = bench.charts["fx"]
    chart.append(1.0)
    bench.ticker.beat()
    store.fault = "the disk is full"
    bench.ticker.beat()

    chart.status = Status("stopping", "a stop", 5.0)

    assert chart.status.status == "stopping"


def test_who_has_pushed_is_told_of_a_fault_at_once_and_may_ask_again(bench, store):
    chart = bench.charts["fx"]
    on_its_way = push(chart, 1.0, key="k")
    bench.ticker.beat()
    behind_it = push(chart, 2.0)

    store.fault = "the disk is full"
    bench.ticker.beat()

    for receipt in (on_its_way, behind_it):
        assert not receipt.wait(60.0)
        assert receipt.fault == "the disk is full"
    assert not push(chart, 1.0, key="k").wait(60.0)
    store.fault = ""
    for _ in range(2):
        store.keep()
        bench.ticker.beat()
    again = push(chart, 1.0, key="k")
    assert (again.is_repeat, again.wait(0), again.fault) == (True, True, "")
    assert chart.history.position.offset == 2


def test_what_a_beat_has_kept_is_shown_at_once_and_not_a_beat_later(store):
    calls = Calls(ThreadAlarm())
    bench = told(Bench("fx", keeper=Keeper(store, calls.call), calls=calls))
    for value in (1.0, 2.0):
        bench.charts["fx"].append(value)
        bench.ticker.beat()
        store.keep()
        for name in calls.take():
            bench.ticker._take_early(bench.charts[name])

    assert bench.broadcast.of("tick") == [[1.0], [2.0]]

    # What comes between two beats waits for the next one.
    bench.charts["fx"].append(3.0)
    bench.ticker._take_early(bench.charts["fx"])
    store.keep()
    bench.ticker._take_early(bench.charts["fx"])
    assert bench.broadcast.of("tick") == [[1.0], [2.0]]
    bench.ticker.beat()
    assert bench.broadcast.of("tick") == [[1.0], [2.0], [3.0]]
