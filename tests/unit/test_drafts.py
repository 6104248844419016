"""Large answers are made ahead, in turns, and joined to what has come since in one step."""

import json
import threading
import time

import numpy as np
import pytest

from chartserver.broadcast.drafts import TURN_S, Drafts
from chartserver.broadcast.snapshots import COARSE_VALUES, Snapshots
from chartserver.broadcast.subscription import ANSWER_VALUES, Subscription
from chartserver.chart import Chart
from chartserver.history import MemoryHistory
from chartserver.ticks import Position, Series

N_TICKS = 60_000
STEP_LIMIT_S = 0.02


class Loop:
    """What the loop does while an answer is made: `between` is called at each turn.

    By its clock, whatever is done takes as long as a turn.
    """

    def __init__(self):
        self.turns = 0
        self.now_s = 0.0
        self.between = lambda: None
        self.held_s = []
        self.began_s = time.thread_time()

    def clock(self):
        self.now_s += 2 * TURN_S
        return self.now_s

    def sleep(self, _seconds):
        self.turns += 1
        self.held_s.append(time.thread_time() - self.began_s)
        self.between()
        self.began_s = time.thread_time()


@pytest.fixture
def loop():
    return Loop()


@pytest.fixture
def snapshots(loop):
    return Snapshots(drafts=Drafts(loop.sleep, clock=loop.clock))


def chart_of(n_series, n_ticks=N_TICKS, capacity=N_TICKS):
    history = MemoryHistory(capacity)
    series = [Series(f"s{i}") for i in range(n_series)]
    chart = Chart("fx", now_ms=lambda: 0.0, history=history, series=series)
    append(chart, n_ticks)
    return chart


def append(chart, n):
    """Append `n` ticks whose time is their offset; each series has one peak in a thousand."""
    first = chart.history.position.offset + 1
    offsets = np.arange(first, first + n, dtype=float)
    values = np.where(offsets % 1_000 == 7, 1e6 + offsets, np.sin(offsets))
    chart.history.append(offsets, np.tile(values, (chart.history.n_series, 1)))


def answer(snapshots, subscription, costs=None):
    snapshots.prepare(subscription, (costs if costs is not None else []).append)
    event, told, message = snapshots.answer(subscription)
    content = json.loads(message.payload[2:])[1]
    assert told["offset"] == content["offset"]
    return event, content


def test_a_large_answer_leads_to_the_last_tick_and_is_no_more_than_asked_for(snapshots):
    chart = chart_of(2)

    event, content = answer(snapshots, Subscription(chart, None, 1_000))

    assert event == "snapshot"
    assert content["offset"] == content["t"][-1] == N_TICKS
    assert content["t"][0] == 1
    assert 200 < len(content["t"]) <= 1_000
    assert [len(row) for row in content["y"]] == [len(content["t"])] * 2
    assert content["reduced"] is True
    assert content["description"]["offset"] == N_TICKS


def test_the_extremes_of_the_whole_history_are_in_it(snapshots):
    chart = chart_of(2)

    _, content = answer(snapshots, Subscription(chart, None, 1_000))

    peaks = [value for value in content["y"][0] if value > 1e6]
    assert peaks == [1e6 + offset for offset in range(7, N_TICKS, 1_000)]


def test_missing_values_are_null(snapshots):
    chart = chart_of(1)
    chart.history.add_series()
    append_missing(chart, 70_000)

    _, content = answer(snapshots, Subscription(chart, None, 10**6))

    assert content["y"][1] == [None] * len(content["t"])


def append_missing(chart, n):
    end = chart.history.position.offset
    chart.history.append(np.arange(end, end + n, dtype=float), np.zeros((1, n)))


def test_ticks_that_come_while_it_is_made_are_in_it_once(snapshots, loop):
    chart = chart_of(4)
    loop.between = lambda: append(chart, 3)

    _, content = answer(snapshots, Subscription(chart, None, 10**6))

    assert loop.turns > 0
    assert chart.history.position.offset == N_TICKS + 3 * loop.turns
    assert content["offset"] == chart.history.position.offset
    assert len(set(content["t"])) == len(content["t"])
    assert content["t"][-1] == content["offset"]


def test_all_that_is_asked_for_exactly_is_sent_exactly(snapshots):
    chart = chart_of(2)

    _, content = answer(snapshots, Subscription(chart, None, N_TICKS))
    append(chart, 5)
    _, later = answer(snapshots, Subscription(chart, Position(chart.history.epoch, 1), 10**6))

    assert content["t"] == list(range(1, N_TICKS + 1))
    assert "reduced" not in content
    # Of what was kept the first tick has gone: what is sent goes on from there.
    assert later["t"][-1] == N_TICKS + 5


def test_the_same_draft_serves_until_too_much_has_come(snapshots):
    chart = chart_of(2)
    costs = []

    for _ in range(4):
        _, content = answer(snapshots, Subscription(chart, None, 1_000), costs)
        append(chart, 100)
        assert len(content["t"]) <= 1_000

    first, *others = costs
    assert first > 10 * others[0]
    assert costs[1:] == [2 * 1_000, 2 * 1_000, first]


def test_viewers_of_all_widths_share_few_drafts(snapshots):
    chart = chart_of(2)

    for points in range(2, 20_000, 61):
        append_rarely = points % 10 == 0
        if append_rarely:
            append(chart, 1)
        answer(snapshots, Subscription(chart, None, points))

    assert snapshots._drafts.made <= 30


def test_a_new_series_makes_a_new_draft(snapshots):
    chart = chart_of(2)
    answer(snapshots, Subscription(chart, None, 1_000))

    chart.append({"s2": 1.0}, time_ms=1e6)
    chart.take()
    _, content = answer(snapshots, Subscription(chart, None, 1_000))

    assert len(content["y"]) == len(content["description"]["series"]) == 3


def test_no_step_takes_long_with_fifty_series(snapshots, loop):
    chart = chart_of(50)
    for points in (2, 1_000, 10_000, 10**6):
        loop.began_s = time.thread_time()

        _, content = answer_timed(snapshots, loop, Subscription(chart, None, points))

        assert len(content["t"]) * 50 <= ANSWER_VALUES
    assert loop.turns > 10
    assert sorted(loop.held_s)[-4] < STEP_LIMIT_S  # the collector may have run in some


def answer_timed(snapshots, loop, subscription):
    snapshots.prepare(subscription, lambda _: None)
    event, _, message = snapshots.answer(subscription)
    loop.held_s.append(time.thread_time() - loop.began_s)
    return event, json.loads(message.payload[2:])[1]


def test_without_a_draft_the_answer_is_coarse_and_still_right(snapshots):
    chart = chart_of(2)

    event, _, message = snapshots.answer(Subscription(chart, None, 40_000))
    content = json.loads(message.payload[2:])[1]

    assert event == "snapshot"
    assert (content["t"][0], content["t"][-1]) == (1, N_TICKS)
    assert len(content["t"]) <= COARSE_VALUES // 2
    assert content["reduced"] is True


def test_what_fits_into_one_step_needs_no_draft(snapshots, loop):
    chart = chart_of(1, n_ticks=5_000)

    answer(snapshots, Subscription(chart, None, 100))

    assert (snapshots._drafts.made, loop.turns) == (0, 0)


def test_a_far_position_is_answered_by_a_reduced_backfill(snapshots):
    chart = chart_of(2)

    since = Position(chart.history.epoch, 1_000)
    event, content = answer(snapshots, Subscription(chart, since, 2_000))

    assert event == "backfill"
    assert (content["t"][0], content["t"][-1]) == (1_001, N_TICKS)
    assert len(content["t"]) <= 2_000
    assert content["reduced"] is True


def test_a_position_that_is_lost_while_the_draft_is_made_is_answered_by_a_snapshot(snapshots, loop):
    chart = chart_of(4)
    since = Position(chart.history.epoch, 5)
    loop.between = lambda: append(chart, 10)

    event, content = answer(snapshots, Subscription(chart, since, 1_000))

    assert event == "snapshot"
    assert content["recovered"] is False
    assert content["t"][-1] == chart.history.position.offset


def test_drafts_take_no_more_memory_than_they_may():
    chart = chart_of(2)
    drafts = Drafts(lambda _: None, kept_bytes=200_000)

    for points in (1_000, 1_500, 2_000, 3_000, 5_000):
        drafts.prepare(Subscription(chart, None, points))

    assert drafts.made == 5
    assert 0 < drafts.kept_bytes <= 200_000


def test_who_comes_while_the_same_is_made_waits_for_it(loop):
    chart = chart_of(8)
    began, goes_on = threading.Event(), threading.Event()

    def sleep(_seconds):
        began.set()
        goes_on.wait(60)

    drafts = Drafts(sleep, clock=loop.clock)
    asked = Subscription(chart, None, 10_000)
    threads = [threading.Thread(target=drafts.prepare, args=[asked]) for _ in range(3)]
    threads[0].start()
    assert began.wait(60)
    for thread in threads[1:]:
        thread.start()
    goes_on.set()
    for thread in threads:
        thread.join(60)

    assert drafts.made == 1
    assert drafts.has(asked)


def test_a_draft_that_fails_holds_up_nobody(loop):
    chart = chart_of(8)
    drafts = Drafts(loop.sleep, clock=loop.clock)

    def fail():
        raise RuntimeError("a fault")

    loop.between = fail
    with pytest.raises(RuntimeError):
        drafts.prepare(Subscription(chart, None, 10_000))
    loop.between = lambda: None
    drafts.prepare(Subscription(chart, None, 10_000))

    assert drafts.made == 1
