"""Server-sent events for one viewer: what it is sent, in which order, and when that ends."""

import itertools
import random

import pytest
from event_reader import parse

from chartserver.access.rules import ALL_CHARTS, Permit
from chartserver.broadcast.event_lines import event_lines
from chartserver.broadcast.readers import Readers
from chartserver.broadcast.subscription import Subscription
from chartserver.broadcast.tides import Tides
from chartserver.chart import Chart
from chartserver.history import MemoryHistory
from chartserver.refusals import Refusals
from chartserver.stack.connection import WRITER, line_of
from chartserver.status import Status
from chartserver.store.store import Restored
from chartserver.ticks import Position, Series, Ticks
from chartserver.web.event_stream import HEARTBEAT_S, EventStreams


class Bell:
    """Does a step of the test when somebody waits for it."""

    def __init__(self, room):
        self.room = room
        self.is_rung = False

    def set(self):
        self.is_rung = True

    def wait(self, timeout=None):
        self.room.waited_s.append(timeout)
        if not self.is_rung and self.room.steps:
            self.room.steps.pop(0)()
        if not self.is_rung:
            self.room.now_s += timeout
        return self.is_rung


class Room:
    """A chart whose ticks come when a viewer waits for some."""

    def __init__(self, history=100, exact_ticks=10):
        self.now_s = 1_000.0
        self.is_stopping = False
        self.steps = []
        self.waited_s = []
        self.counted = []
        self.answered = []
        self.refusals = Refusals()
        self.chart = Chart(
            "fx",
            now_ms=lambda: 1_500.0,
            history=MemoryHistory(history, epoch="9f2c41aa"),
            series=[Series("a")],
        )
        self.readers = Readers(
            ["sse"],
            evict_after_s=60.0,
            is_stopping=lambda: self.is_stopping,
            refusals=self.refusals,
            clock=lambda: self.now_s,
        )
        self.tides = Tides(lambda: Bell(self), exact_ticks)
        self.streams = EventStreams(
            self.readers,
            self.tides,
            count=lambda chart, more: self.counted.append((chart.name, more)),
            answered=self.answered.append,
            clock=lambda: self.now_s,
            spread=lambda low, high: (low + high) / 2,
        )

    def tick(self, *values):
        for value in values:
            self.chart.append(value)
            self.tides.tick(self.chart, self.chart.take())

    def stream(self, since=None, permit=ALL_CHARTS, line=None):
        subscription = Subscription(self.chart, since, 1_000)
        return self.streams.answer(subscription, permit, "127.0.0.2", line or line_of({}))


@pytest.fixture
def room():
    return Room()


def read(stream, n):
    """Return the next events, heartbeats left out."""
    events = []
    while len(events) < n:
        event = parse(next(stream).decode())
        if event.name:
            events.append(event)
    return events


def test_a_viewer_gets_a_snapshot_and_then_each_tick_with_its_position(room):
    room.tick(1, 2)
    room.steps = [lambda: room.tick(3), lambda: room.tick(4)]

    snapshot, *ticks = read(room.stream(), 3)

    assert (snapshot.name, snapshot.id) == ("snapshot", "9f2c41aa:2")
    assert snapshot.content["y"] == [[1, 2]]
    assert snapshot.content["description"]["name"] == "fx"
    assert snapshot.retry_ms == 2_000
    assert [(one.name, one.id, one.content["y"]) for one in ticks] == [
        ("tick", "9f2c41aa:3", [[3]]),
        ("tick", "9f2c41aa:4", [[4]]),
    ]
    assert room.answered == ["snapshot"]


def test_who_comes_back_gets_what_it_has_missed(room):
    room.tick(1, 2, 3)

    (backfill,) = read(room.stream(Position("9f2c41aa", 1)), 1)

    assert (backfill.name, backfill.id) == ("backfill", "9f2c41aa:3")
    assert backfill.content["y"] == [[2, 3]]


def test_a_position_that_is_lost_is_answered_by_a_snapshot_that_says_so(room):
    room.tick(1)

    (snapshot,) = read(room.stream(Position("00000000", 1)), 1)

    assert snapshot.name == "snapshot"
    assert snapshot.content["recovered"] is False


def test_what_comes_between_the_answer_and_the_wait_is_not_missed(room):
    stream = room.stream()
    next(stream)
    room.tick(1)

    (tick,) = read(stream, 1)

    assert tick.id == "9f2c41aa:1"
    assert room.waited_s == []


def test_a_slow_viewer_is_led_on_exactly_while_that_is_little_then_reduced(room):
    stream = room.stream()
    next(stream)
    room.tick(*range(10))
    exact = read(stream, 1)[0]
    room = Room(history=5_000)
    stream = room.stream()
    next(stream)
    room.tick(*range(2_000))
    reduced = read(stream, 1)[0]

    assert (exact.name, len(exact.content["t"])) == ("tick", 10)
    assert "reduced" not in exact.content
    assert (reduced.name, reduced.content["reduced"]) == ("backfill", True)
    assert len(reduced.content["t"]) <= 1_000
    assert reduced.id == "9f2c41aa:2000"
    assert room.tides.catch_ups.conflated == 1


def test_viewers_at_one_position_are_given_the_very_same_bytes(room):
    streams = [room.stream() for _ in range(3)]
    for stream in streams:
        next(stream)
    room.tick(1)

    pieces = [next(stream) for stream in streams]

    assert pieces[0] is pieces[1] is pieces[2]


def test_notices_come_before_the_ticks_and_only_the_last_of_each_kind(room):
    stream = room.stream()
    next(stream)
    room.chart.viewers = 3
    room.tides.viewers(room.chart)
    room.tides.viewers(room.chart)
    room.tides.description(room.chart)
    room.tick(1)

    viewers, chart, tick = read(stream, 3)

    assert (viewers.name, viewers.id, viewers.content) == (
        "viewers",
        "",
        {"chart": "fx", "viewers": 3},
    )
    assert (chart.name, chart.id) == ("chart", "")
    assert tick.name == "tick"


def test_a_notice_is_told_once(room):
    stream = room.stream()
    next(stream)
    room.tides.viewers(room.chart)
    room.steps = [lambda: room.tick(1)]

    assert [event.name for event in read(stream, 2)] == ["viewers", "tick"]


def test_silence_is_broken_by_a_comment(room):
    stream = room.stream()
    next(stream)

    assert next(stream) == b":\n\n"
    assert room.waited_s == [HEARTBEAT_S]


def test_the_answer_ends_when_the_permit_does(room):
    stream = room.stream(permit=Permit("fx", room.now_s + 20.0))

    pieces = list(stream)

    assert len(pieces) == 3  # with two heartbeats
    assert room.waited_s == [HEARTBEAT_S, 5.0]


def test_a_stop_is_told_last_with_a_moment_to_come_back_at(room):
    stream = room.stream()
    next(stream)

    def stop():
        room.tick(1)
        room.chart.status = Status("stopping", "the server is stopping", 5.0)
        room.tides.status(room.chart)

    room.steps = [stop]
    *rest, last = [parse(piece.decode()) for piece in stream]

    assert [event.name for event in rest] == ["tick"]
    assert last.name == "status"
    assert last.content["status"] == "stopping"
    assert last.content["return_within_s"] == 5.0
    assert last.retry_ms == 2_500


def test_a_viewer_counts_until_it_is_closed_and_once(room):
    stream = room.stream()
    assert (len(room.readers), room.readers.counts()) == (1, {"sse": 1})

    stream.close()
    stream.close()

    assert room.counted == [("fx", 1), ("fx", -1)]
    assert len(room.readers) == 0
    assert room.tides.of(room.chart).n_readers == 0


class Writer:
    """What the listener writes with."""

    def __init__(self):
        self.patience_s = 10.0
        self.sock = self
        self.is_cut = False

    def setsockopt(self, *option):
        pass

    def shutdown(self, how):
        self.is_cut = True


@pytest.mark.parametrize(
    ("is_stopping", "after_s", "is_cut"),
    [(False, 59.0, False), (False, 61.0, True), (True, 0.5, False), (True, 1.5, True)],
)
def test_who_takes_nothing_for_too_long_is_cut_off(room, is_stopping, after_s, is_cut):
    writer = Writer()
    stream = room.stream(line=line_of({WRITER: writer}))
    next(stream)

    room.now_s += after_s
    room.is_stopping = is_stopping
    room.readers.sweep()

    assert writer.patience_s is None
    assert (writer.is_cut, room.refusals.counts["slow_viewer"]) == (is_cut, is_cut)


def test_who_takes_what_there_is_waits_as_long_as_nothing_comes(room):
    writer = Writer()
    stream = room.stream(line=line_of({WRITER: writer}))
    room.steps = [lambda: room.readers.sweep()]
    next(stream)
    room.now_s += 59.0

    next(stream)

    assert not writer.is_cut


def test_without_viewers_nothing_is_encoded(room):
    room.tides.viewers(room.chart)

    assert room.tides.of(room.chart).notices_after(0) == []


def test_an_event_is_one_line_whatever_stands_in_it():
    reason = "a\nb\r\nc\u2028d \u6771"

    lines = event_lines("status", {"reason": reason})

    assert lines.count(b"\n") == 3
    assert parse(lines.decode()).content == {"reason": reason}


@pytest.mark.parametrize("seed", range(5))
def test_a_viewer_holds_what_is_in_the_history_however_it_is_woken(seed):
    chance = random.Random(seed)
    room = Room(history=100_000, exact_ticks=100_000)
    stream = room.stream()
    value = itertools.count()
    held = []
    room.steps = [
        lambda: room.tick(*(next(value) for _ in range(chance.choice([0, 1, 3, 40]))))
        for _ in range(50)
    ]

    while room.steps:
        event = parse(next(stream).decode())
        if event.name in ("snapshot", "tick"):
            held += event.content["y"][0]

    assert held == list(range(len(held)))
    assert len(held) > 100


def test_a_history_that_begins_anew_is_told_as_a_snapshot(room):
    room.tick(1, 2)

    def renew():
        ticks = room.chart.history.all()
        kept = Ticks("aaaa0001", ticks.offset, ticks.time_ms, ticks.values)
        room.chart.renew(Restored("", room.chart.series, kept, ()), "lost")
        room.tides.renew(room.chart)

    room.steps = [lambda: room.tick(3), renew, lambda: room.tick(4)]

    _, third, anew, fourth = read(room.stream(), 4)

    assert (third.name, third.id) == ("tick", "9f2c41aa:3")
    assert (anew.name, anew.id) == ("snapshot", "aaaa0001:3")
    assert (anew.content["recovered"], anew.content["reason"]) == (False, "lost")
    assert anew.content["y"] == [[1, 2, 3]]
    assert (fourth.name, fourth.id) == ("tick", "aaaa0001:4")
