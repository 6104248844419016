"""Extracts: what one answer tells, read from the history in pieces."""

from dataclasses import replace

import numpy as np
import pytest

from chartserver import frames
from chartserver.errors import PositionLost
from chartserver.history import MemoryHistory
from chartserver.web import extracts
from chartserver.web.extracts import Kept

ALL = slice(None)


def history_of(n, capacity=1_000, n_series=3):
    history = MemoryHistory(capacity, n_series)
    append(history, n)
    return history


def append(history, n):
    first = history.position.offset
    offsets = np.arange(first + 1.0, first + n + 1)
    waves = [np.sin(offsets * (i + 1)) * offsets for i in range(history.n_series)]
    history.append(offsets * 1000.0, np.array(waves).reshape(history.n_series, n))


def joined(extract, rows=ALL, n=7):
    """Return the times and the values of all pieces."""
    pieces = list(extract.pieces(rows, n))
    assert all(0 < len(piece) <= n for piece in pieces)
    times = np.concatenate([piece.time_ms for piece in pieces])
    return times, np.concatenate([piece.values for piece in pieces], axis=1)


def elsewhere(function):
    return function()


def assert_same(extract, ticks):
    times, values = joined(extract)
    assert (times == ticks.time_ms).all()
    assert np.array_equal(values, ticks.values, equal_nan=True)
    assert (extract.epoch, extract.offset) == (ticks.epoch, ticks.offset)
    assert extract.is_reduced == ticks.is_reduced


def test_the_pieces_are_what_is_kept_series_by_series_too():
    history = history_of(50)
    extract = Kept(history, 10, 45, 3)

    times, values = joined(extract)

    assert times[0] == 11_000.0
    assert times[-1] == 45_000.0
    assert_same(extract.held(), history.part(10, 45))
    for i in range(3):
        assert (joined(extract, slice(i, i + 1))[1] == values[i]).all()
    assert joined(extract, slice(0, 0))[1].shape == (0, 35)


@pytest.mark.parametrize("points", [2, 10, 37, 200, 999])
@pytest.mark.parametrize("is_long", [True, False])
def test_what_is_reduced_is_what_frames_reduces_to(monkeypatch, points, is_long):
    monkeypatch.setattr(extracts, "NUMBERS_AT_ONCE", 0 if is_long else 10**9)
    history = history_of(400)
    calls = []

    extract = Kept(history, 0, 400, 3).reduced(points, lambda f: calls.append(f) or f())

    assert_same(extract, frames.reduce(history.all(), points))
    assert len(calls) == (3 if is_long and points < 400 else 0)


def test_a_reduced_extract_can_be_held():
    history = history_of(400)
    extract = Kept(history, 0, 400, 3).reduced(10, elsewhere)
    before = joined(extract)
    held = extract.held()

    append(history, 5_000)

    assert (joined(held)[1] == before[1]).all()
    assert held.is_reduced


def test_a_reader_is_not_outrun_at_once_and_fails_when_it_is():
    history = history_of(1_000)
    pieces = Kept(history, 0, 1_000, 3).pieces(ALL, 100)
    next(pieces)

    append(history, 900)
    assert next(pieces).time_ms[0] == 101_000.0

    append(history, 500)
    with pytest.raises(PositionLost, match="read too late"):
        list(pieces)


def test_a_run_longer_than_the_history_leaves_no_old_ticks_in_between():
    history = history_of(100, capacity=1_000)

    append(history, 1_500)

    with pytest.raises(PositionLost):
        history.part(599, 601)
    assert history.part(600, 1_600).time_ms[0] == 601_000.0


def test_pieces_and_held_have_the_name_of_what_is_in_them():
    history = history_of(50)

    assert Kept(history, 10, 20, 3).name == f"{history.epoch}:10:20"
    assert Kept(history, 10, 20, 3).held().name == f"{history.epoch}:10:20"


def test_a_span_of_times_is_that_of_the_ticks_between():
    history = history_of(5_000)

    for times in ((0, 1e9), (4_500_500.0, 4_600_000.0), (9e9, 9e9), (0, 1)):
        after, until = history.span(*times)
        ticks = history.between(*times)
        assert (until, until - after) == (ticks.offset, len(ticks))


@pytest.mark.parametrize("points", [1_000, 10])
def test_a_history_that_begins_anew_is_not_told_as_the_one_before(points):
    history = history_of(100)
    extract = Kept(history, 10, 100, 3).reduced(points, elsewhere)
    pieces = extract.pieces(ALL, 2)
    next(pieces)

    history.reset(3, replace(history.all(), epoch="aaaa0001"))

    with pytest.raises(PositionLost, match="read too late"):
        list(pieces)
