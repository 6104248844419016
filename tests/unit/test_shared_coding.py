"""Entries of a log: what is written is read again, also by a program of another version."""

import json

import numpy as np
import pytest

from chartserver.batch import KeptKey
from chartserver.errors import StoreFault
from chartserver.notes import Note
from chartserver.shared import coding
from chartserver.ticks import Limit, Series

EPOCH = "abcdef01"


def packed(time_ms, *rows):
    """Return ticks as bytes."""
    return coding.pack(EPOCH, np.array(time_ms, float), np.array(rows, float))


def test_ticks_come_back_as_they_went_to_the_last_bit():
    values = np.random.default_rng(1).normal(size=(3, 50))
    values[1, 7] = np.nan
    times = np.cumsum(np.random.default_rng(2).random(50)) + 1.7e12

    ticks = coding.unpack(coding.pack(EPOCH, times, values), 812)

    assert ticks.position == (EPOCH, 812)
    assert np.array_equal(ticks.time_ms, times)
    assert np.array_equal(ticks.values, values, equal_nan=True)


def test_the_bytes_of_a_run_are_those_that_the_docs_describe():
    raw = packed([1.0, 2.0], [3.0, 4.0])

    assert raw == (
        bytes([1, 0, 0, 0]) + bytes.fromhex(EPOCH) + bytes([2, 0, 0, 0, 1, 0, 0, 0])
        + np.array([1, 2, 3, 4], "<f8").tobytes()
    )  # fmt: skip


@pytest.mark.parametrize("n_series", [0, 1, 100, 20_000])
def test_runs_fit_an_entry_and_leave_nothing_out(n_series):
    times, values = np.arange(2_500.0), np.zeros((n_series, 2_500))

    runs = list(coding.runs(EPOCH, times, values))

    assert sum(n for n, _ in runs) == 2_500
    assert all(len(raw) <= coding.BYTES_MAX + coding.HEAD.size or n == 1 for n, raw in runs)
    read = [coding.unpack(raw, 1).time_ms for _, raw in runs]
    assert np.array_equal(np.concatenate(read), times)


def test_an_entry_of_ticks_says_who_wrote_it_and_which_pushes_end_in_it():
    raw = {b"d": packed([1.0], [2.0]), b"w": b"abc 12", b"k": b"7 3 2 name/content\n8 1 1 other"}

    entry = coding.entry(b"8-0", raw)

    assert (entry.id, entry.epoch, entry.writer, entry.number) == ((8, 0), EPOCH, "abc", 12)
    assert entry.keys == [KeptKey("name/content", 7, 3, 2), KeptKey("other", 8, 1, 1)]


def test_an_entry_of_no_known_kind_is_none_and_other_fields_are_passed_by():
    assert coding.entry(b"8-1", {b"z": b"?"}) is None
    assert coding.entry(b"8-0", {b"d": packed([1.0], [2.0]), b"q": b"?"}).number == 0


def test_ticks_in_another_way_than_this_program_knows_are_said_to_be():
    with pytest.raises(StoreFault, match="is of version 2; this program knows version 1"):
        coding.unpack(b"\x02" + packed([1.0], [2.0])[1:], 1)


def test_a_later_minor_version_may_say_more_of_series_and_notes():
    series = Series("a", label="Euro", digits=4, limits=(Limit(above=1.5),))
    given = [one | {"hue": "blue"} for one in json.loads(coding.series_text([series]))]
    note = Note(1, 5.0, "text", "me", 2)

    assert coding.series_of(given) == [series]
    assert coding.note_of(json.loads(coding.note_text(note)) | {"mood": "good"}) == note


def test_single_ticks_are_read_as_one_run():
    raw = [(f"{i}-0".encode(), {b"d": packed([10.0 * i], [i], [np.nan])}) for i in range(3, 9)]
    raw.insert(2, (b"4-1", {b"x": b"status", b"c": b"{}", b"e": b"abcdef01"}))

    (run,) = coding.ticks_of(raw)

    assert (run.offset, len(run)) == (8, 6)
    assert run.time_ms.tolist() == [30, 40, 50, 60, 70, 80]
    assert run.values[0].tolist() == [3, 4, 5, 6, 7, 8]
    assert np.isnan(run.values[1]).all()


@pytest.mark.parametrize(
    "entries",
    [
        [(1, packed([1], [1])), (2, packed([2], [1], [2]))],
        [(1, packed([1], [1])), (3, packed([2, 3], [1, 2]))],
        [(1, packed([1], [1])), (3, packed([2], [1]))],
        [(1, packed([1], [1])), (2, coding.pack("00000000", np.ones(1), np.ones((1, 1))))],
    ],
    ids=["a new series", "several ticks", "a gap", "another epoch"],
)
def test_entries_that_are_not_alike_are_read_one_by_one(entries):
    raw = [(f"{offset}-0".encode(), {b"d": data}) for offset, data in entries]

    runs = coding.ticks_of(raw)

    assert [run.offset for run in runs] == [offset for offset, _ in entries]


@pytest.mark.parametrize(
    "damaged",
    [b"", b"\1", packed([2], [2])[:-1], packed([2], [2]) + b"more", packed([], [])],
    ids=["nothing", "no head", "too short", "too long", "no ticks"],
)
@pytest.mark.parametrize("at", [0, 1])
def test_an_entry_that_is_damaged_is_left_out(damaged, at):
    raw = [(b"1-0", {b"d": packed([1], [1])}), (b"3-0", {b"d": packed([3], [3])})]
    raw.insert(at, (b"2-0", {b"d": damaged}))

    runs = coding.ticks_of(raw)

    assert [(run.offset, run.time_ms.tolist()) for run in runs] == [(1, [1]), (3, [3])]
