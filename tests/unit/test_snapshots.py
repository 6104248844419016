"""Answers to joins are made once and shared, as long as they are true."""

import json

import pytest

from chartserver.broadcast.snapshots import KEPT_MAX, Snapshots
from chartserver.broadcast.subscription import Subscription
from chartserver.chart import Chart
from chartserver.history import MemoryHistory
from chartserver.status import Status
from chartserver.ticks import Position, Series


@pytest.fixture
def chart():
    made = Chart("fx", now_ms=lambda: 0.0, history=MemoryHistory(100), series=[Series("EURUSD")])
    append(made, 10)
    return made


def sent(message):
    return json.loads(message.payload[2:])[1]


def append(chart, n):
    end = chart.history.position.offset
    for i in range(end + 1, end + n + 1):
        chart.append(float(i), time_ms=float(i))
    chart.take()


def test_viewers_that_come_at_the_same_tick_share_one_message(chart):
    snapshots = Snapshots()

    first, second = (snapshots.answer(Subscription(chart, None, 50)) for _ in range(2))

    assert first[2] is second[2]
    assert (snapshots.encoded, snapshots.shared) == (1, 1)


def test_the_event_and_the_payload_are_those_of_the_message(chart):
    event, content, message = Snapshots().answer(Subscription(chart, None, 50))

    assert event == "snapshot"
    assert content["offset"] == 10
    assert message.payload.startswith(b'42["snapshot",{')


@pytest.mark.parametrize(
    "change",
    [
        lambda chart: append(chart, 1),
        lambda chart: chart.append({"USDJPY": 1.0}),
        lambda chart: chart.adopt("a title", [], 2.0),
        lambda chart: setattr(chart, "status", Status("stalled", "nothing comes")),
    ],
    ids=["tick", "series", "title", "status"],
)
def test_a_message_that_is_no_longer_true_is_made_anew(chart, change):
    snapshots = Snapshots()
    before = snapshots.answer(Subscription(chart, None, 50))

    change(chart)

    assert snapshots.answer(Subscription(chart, None, 50))[2] is not before[2]
    assert snapshots.encoded == 2


def test_another_width_and_another_position_have_messages_of_their_own(chart):
    snapshots = Snapshots()
    since = Position(chart.history.epoch, 5)

    answers = [
        snapshots.answer(Subscription(chart, None, 50)),
        snapshots.answer(Subscription(chart, None, 6)),
        snapshots.answer(Subscription(chart, since, 50)),
    ]

    assert [event for event, _, _ in answers] == ["snapshot", "snapshot", "backfill"]
    assert [len(sent(message)["t"]) for _, _, message in answers] == [10, 2, 5]


def test_more_points_than_there_are_ticks_make_no_other_message(chart):
    snapshots = Snapshots()

    answers = [snapshots.answer(Subscription(chart, None, points)) for points in (10, 99, 10**6)]

    assert len({id(message) for _, _, message in answers}) == 1


def test_no_more_messages_are_kept_than_the_limit_and_the_used_ones_stay(chart):
    snapshots = Snapshots()
    used = Subscription(chart, None, 2)

    kept = snapshots.answer(used)
    for offset in range(KEPT_MAX * 2):
        snapshots.answer(Subscription(chart, Position("elsewhere", offset), 50))
        assert snapshots.answer(used)[2] is kept[2]

    assert len(snapshots) == KEPT_MAX


def test_few_large_messages_are_kept(chart):
    snapshots = Snapshots(kept_bytes=2_000)

    for offset in range(10):
        snapshots.answer(Subscription(chart, Position("elsewhere", offset), 50))

    assert 1 <= len(snapshots) <= 8
    assert snapshots.kept_bytes <= 2_000


def test_what_is_kept_is_counted_as_it_is_held(chart):
    snapshots = Snapshots()
    messages = [snapshots.answer(Subscription(chart, None, n))[2] for n in (2, 5, 50)]

    sizes = [len(message.frame) for message in messages]

    assert sum(sizes) <= snapshots.kept_bytes <= sum(sizes) + 8 * len(sizes)
    assert snapshots.kept_bytes == sum(message.held_bytes for message in messages)


def test_an_answer_that_is_there_costs_nothing(chart):
    snapshots = Snapshots()
    costs = []
    snapshots.prepare(Subscription(chart, None, 50), costs.append)
    snapshots.answer(Subscription(chart, None, 50))

    snapshots.prepare(Subscription(chart, None, 99), costs.append)

    assert costs == [10 + 3 * 10]
