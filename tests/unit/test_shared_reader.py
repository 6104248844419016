"""A log that is read on: what is new of what comes, in its order."""

import json

import numpy as np
import pytest

from chartserver.batch import KeptKey
from chartserver.shared.coding import EntryId, TicksEntry, ToldEntry, series_text
from chartserver.shared.news import Came, SeriesCame, Told
from chartserver.shared.reader import Missed, Reader
from chartserver.shared.tail import RECENT_BYTES, Tail
from chartserver.ticks import Position, Series, Ticks

EPOCH = "abcdef01"
ENDLESS = {"id": 1, "time_ms": float("inf"), "text": "a", "by": "b", "offset": 0}


@pytest.fixture
def tail():
    tail = Tail("fx")
    tail.start(EPOCH, 10)
    tail.series = [Series("a")]
    return tail


@pytest.fixture
def reader(tail):
    return Reader(tail, Position(EPOCH, 10), lambda: [Series("a"), Series("b")])


def ticks(begin, end, rows=1, epoch=EPOCH):
    """Return the ticks after `begin` up to `end`."""
    times = np.arange(begin + 1.0, end + 1.0)
    return Ticks(epoch, end, times, np.tile(times, (rows, 1)))


def entry(begin, end, *, keys=(), number=0, **others):
    """Return an entry of ticks with its id."""
    entry_id = EntryId(end, 0)
    writer = "me" if number else ""
    return entry_id, TicksEntry(entry_id, ticks(begin, end, **others), keys, writer, number)


def told(offset, number, kind, content):
    entry_id = EntryId(offset, number)
    return entry_id, ToldEntry(entry_id, EPOCH, kind, content)


def test_ticks_that_are_known_are_passed_by_where_they_follow_what_was_read(reader):
    assert reader.pass_by(EntryId(10, 0), ticks(10, 12))

    assert (reader.last, reader.offset) == (EntryId(12, 0), 12)
    (came,) = reader.take([entry(12, 13)])
    assert came.ticks.time_ms.tolist() == [13]


@pytest.mark.parametrize(
    ("before", "known"),
    [
        pytest.param(EntryId(11, 0), ticks(11, 12), id="ticks of others before"),
        pytest.param(EntryId(10, 1), ticks(10, 12), id="something told before"),
        pytest.param(EntryId(10, 0), ticks(10, 12, epoch="00000000"), id="another epoch"),
        pytest.param(EntryId(10, 0), ticks(10, 12, rows=2), id="a series that was not told"),
    ],
)
def test_what_does_not_follow_is_not_passed_by(reader, before, known):
    assert not reader.pass_by(before, known)

    assert (reader.last, reader.offset) == (EntryId(10, 0), 10)


def test_a_reader_knows_what_it_has_read(reader):
    list(reader.take([entry(10, 12)]))

    assert reader.has_read(ticks(10, 12))
    assert not reader.has_read(ticks(12, 13))
    assert not reader.has_read(ticks(10, 12, epoch="00000000"))


def test_runs_that_follow_each_other_come_together(reader):
    key = KeptKey("one", 12, 1, 1)

    (came,) = reader.take([entry(10, 11), entry(11, 12, keys=[key]), entry(12, 15)])

    assert isinstance(came, Came)
    assert (came.ticks.offset, came.ticks.time_ms.tolist()) == (15, [11, 12, 13, 14, 15])
    assert came.keys == (key,)
    assert reader.last == (15, 0)


def test_of_an_entry_that_begins_before_only_the_rest_comes(reader):
    (came,) = reader.take([entry(5, 12)])

    assert came.ticks.time_ms.tolist() == [11, 12]


def test_what_was_read_already_does_not_come_again(reader):
    list(reader.take([entry(10, 12)]))

    assert list(reader.take([entry(10, 12)])) == []


def test_what_is_told_stands_between_the_ticks_around_it(reader):
    news = list(reader.take([entry(10, 11), told(11, 1, "status", {"n": 1}), entry(11, 12)]))

    assert [type(one) for one in news] == [Came, Told, Came]
    assert news[1] == Told("status", {"n": 1})


def test_a_series_is_told_before_the_ticks_that_need_it(reader):
    series = json.loads(series_text([Series("a"), Series("b")]))

    news = list(reader.take([told(10, 1, "series", series), entry(10, 11, rows=2)]))

    assert [type(one) for one in news] == [SeriesCame, Came]


def test_a_series_whose_telling_was_missed_is_asked_for(reader):
    news = list(reader.take([entry(10, 11), entry(11, 12, rows=2)]))

    assert [type(one) for one in news] == [Came, SeriesCame, Came]
    assert [one.name for one in news[1].series] == ["a", "b"]


@pytest.mark.parametrize(
    ("missing", "why"),
    [(entry(12, 14), "no longer kept"), (entry(11, 14, epoch="00000000"), "another epoch")],
)
def test_what_comes_before_something_that_is_missing_is_handed_on(reader, missing, why):
    heard = []

    with pytest.raises(Missed, match=why):
        heard.extend(reader.take([entry(10, 11), missing]))
    came = list(heard)

    assert [one.ticks.offset for one in came] == [11]
    assert reader.last == (11, 0)


def test_a_tail_holds_what_follows_and_waits_for_what_is_between(tail):
    tail.hold(ticks(12, 14))
    assert tail.offset == 10
    tail.hold(ticks(9, 12))

    assert tail.offset == 14
    assert tail.after(10, None).time_ms.tolist() == [11, 12, 13, 14]
    assert tail.after(9, None) is None


def test_a_tail_gives_the_older_ticks_of_the_history_before_its_own(tail):
    tail.hold(ticks(10, 14))

    assert tail.all(ticks(3, 12)).time_ms.tolist() == list(range(4, 15))
    assert tail.all(ticks(3, 9)).time_ms.tolist() == [11, 12, 13, 14]
    assert tail.all(ticks(3, 12, epoch="00000000")).time_ms.tolist() == [11, 12, 13, 14]


def test_a_tail_holds_no_more_than_some_bytes(tail):
    for i in range(200):
        tail.hold(ticks(10 + 1_000 * i, 1_010 + 1_000 * i))

    held = tail.all(None)
    assert held.offset == 200_010
    assert 0.9 < (held.time_ms.nbytes + held.values.nbytes) / RECENT_BYTES <= 1


def test_the_last_number_of_a_writer_counts(tail):
    tail.hold_writer("one", 7, 14)
    tail.hold_writer("one", 6, 12)

    assert tail.writers == {"one": (7, 14)}


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("note", [1]),
        ("note", {"revision": 1, "note": {"id": 1}}),
        ("note", {"revision": 1, "note": ENDLESS}),
        ("series", 5),
        ("series", [{"name": "a"}, {"name": "\n"}]),
        ("status", "fine"),
    ],
)
def test_what_is_told_and_damaged_does_not_hold_up_the_ticks_behind_it(reader, kind, content):
    news = list(reader.take([told(10, 1, kind, content), entry(10, 12)]))

    assert [type(one) for one in news] == [Came]
    assert reader.has_missed_notes == (kind == "note")
    assert reader.last == (12, 0)
