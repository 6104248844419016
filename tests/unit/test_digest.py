"""The digest of ticks: that of the browser's, and different where anything differs."""

import json
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chartserver.digest import SEEDS, digest
from chartserver.ticks import Ticks

VECTORS = json.loads((Path(__file__).parents[1] / "digest_vectors.json").read_text())
NUMBER = st.none() | st.floats(allow_nan=False, allow_infinity=False)


def ticks_of(offset, times, rows):
    values = [[np.nan if value is None else value for value in row] for row in rows]
    shape = (len(rows), len(times))
    return Ticks("e", offset, np.array(times, float), np.array(values, float).reshape(shape))


def plain(offset, times, rows):
    """Return the digest as it is described, tick by tick."""
    first = offset - len(times) + 1
    return "".join(
        f"{sum(_of(seed, first + i, t, [row[i] for row in rows]) for i, t in enumerate(times)) & 0xFFFFFFFF:08x}"  # noqa: E501
        for seed in SEEDS
    )


def _of(seed, offset, time_ms, values):
    state = seed
    for word in (offset & 0xFFFFFFFF, offset >> 32, *_words(time_ms)):
        state = _mix(state ^ word)
    for i, value in enumerate(values):
        if value is not None:
            for word in (i + 1, *_words(value)):
                state = _mix(state ^ word)
    return state


def _words(number):
    return struct.unpack("<II", struct.pack("<d", number + 0.0))


def _mix(state):
    state = ((state ^ state >> 16) * 0x85EBCA6B) & 0xFFFFFFFF
    state = ((state ^ state >> 13) * 0xC2B2AE35) & 0xFFFFFFFF
    return state ^ state >> 16


@pytest.mark.parametrize("vector", VECTORS)
def test_a_digest_is_the_one_that_the_browser_works_out(vector):
    ticks = ticks_of(vector["offset"], vector["t"], vector["y"])

    assert digest(ticks) == vector["digest"]


@given(st.data(), st.integers(0, 4), st.integers(0, 6), st.integers(0, 2**53 - 1))
def test_all_ticks_at_once_have_the_digest_of_one_after_the_other(data, n, n_series, before):
    times = data.draw(st.lists(NUMBER.filter(lambda t: t is not None), min_size=n, max_size=n))
    row = st.lists(NUMBER, min_size=n, max_size=n)
    rows = data.draw(st.lists(row, min_size=n_series, max_size=n_series))
    offset = min(before + n, 2**53 - 1)

    assert digest(ticks_of(max(offset, n), times, rows)) == plain(max(offset, n), times, rows)


def test_two_signs_that_are_turned_are_found():
    one = ticks_of(2, [1, 2], [[10, 20], [30, None]])
    other = ticks_of(2, [1, 2], [[-10, -20], [30, None]])

    assert digest(one) != digest(other)


def test_a_series_that_comes_later_changes_nothing_of_before():
    before = ticks_of(2, [1, 2], [[10, 20]])
    after = ticks_of(2, [1, 2], [[10, 20], [None, None]])

    assert digest(before) == digest(after)
