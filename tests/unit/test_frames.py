"""Frames: what stands on the wire, and what reduction keeps."""

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chartserver import frames
from chartserver.ticks import Ticks

FINITE = st.floats(allow_nan=False, allow_infinity=False)


def ticks_of(values, offset=None):
    """Return ticks one millisecond apart with these rows, or this one row."""
    values = np.atleast_2d(np.array(values, dtype=float))
    n = values.shape[1]
    return Ticks("9f2c41aa", n if offset is None else offset, np.arange(float(n)), values)


def refuse_constant(name):
    """Fail on the NaN and Infinity that Python's json would take."""
    raise AssertionError(f"{name} is no JSON")


def strictly(text):
    """Return what JSON text holds, as a browser would take it."""
    return json.loads(text, parse_constant=refuse_constant)


def test_a_frame_has_the_fields_of_the_contract():
    content = frames.frame("fx", ticks_of([[1.5, 2.0], [3.0, math.nan]], offset=812))

    assert strictly(frames.dumps(content)) == {
        "v": 1,
        "chart": "fx",
        "epoch": "9f2c41aa",
        "offset": 812,
        "t": [0.0, 1.0],
        "y": [[1.5, 2.0], [3.0, None]],
    }


def test_a_frame_without_ticks_still_has_a_row_for_each_series():
    content = strictly(frames.dumps(frames.frame("fx", ticks_of(np.empty((2, 0)), offset=7))))

    assert (content["t"], content["y"], content["offset"]) == ([], [[], []], 7)


def test_only_a_reduced_frame_says_so():
    short, long = ticks_of([1.0, 2.0]), ticks_of(np.arange(100.0))

    assert "reduced" not in frames.frame("fx", frames.reduce(short, 10))
    assert frames.frame("fx", frames.reduce(long, 10))["reduced"] is True


@given(st.lists(st.floats(), max_size=20))
def test_every_float_comes_back_bit_for_bit_and_what_is_no_number_as_null(values):
    text = frames.dumps({"y": np.array(values)})

    back = strictly(text)["y"]

    wanted = [value if math.isfinite(value) else None for value in values]
    assert [repr(value) for value in back] == [repr(value) for value in wanted]


def test_nan_and_infinities_outside_arrays_are_null_as_well():
    assert frames.dumps({"a": math.nan, "b": [math.inf, -math.inf]}) == '{"a":null,"b":[null,null]}'


@pytest.mark.parametrize("text", ["NaN", "[Infinity]", "{", "", "01", "'a'"])
def test_what_is_no_json_is_refused_with_a_value_error(text):
    with pytest.raises(ValueError):  # noqa: PT011 - Socket.IO asks for no more than that
        frames.loads(text)


@settings(max_examples=150, deadline=None)
@given(
    rows=st.integers(1, 4).flatmap(
        lambda n: st.lists(
            st.lists(FINITE | st.just(math.nan), min_size=n, max_size=n), min_size=1, max_size=200
        )
    ),
    points=st.integers(frames.POINTS_MIN, 250),
)
def test_reduction_keeps_ends_and_extremes_of_every_series(rows, points):
    ticks = ticks_of(np.array(rows).T, offset=10_000)

    reduced = frames.reduce(ticks, points)

    n_series = len(ticks.values)
    assert len(reduced) <= max(points, 2 + 2 * n_series)
    assert reduced.position == ticks.position
    assert reduced.is_reduced == (len(reduced) < len(ticks))
    assert reduced.time_ms[0] == ticks.time_ms[0]
    assert reduced.time_ms[-1] == ticks.time_ms[-1]
    assert (np.diff(reduced.time_ms) > 0).all()
    # Every column that is left is one that was there.
    columns = reduced.time_ms.astype(int)
    np.testing.assert_array_equal(reduced.values, ticks.values[:, columns])
    for all_of_it, left in zip(ticks.values, reduced.values, strict=True):
        if not np.isnan(all_of_it).all():
            assert np.nanmin(left) == np.nanmin(all_of_it)
            assert np.nanmax(left) == np.nanmax(all_of_it)


def test_what_is_short_enough_comes_back_unchanged():
    ticks = ticks_of(np.arange(50.0))

    assert frames.reduce(ticks, 50) is ticks


def test_a_spike_of_one_tick_survives_among_a_million():
    values = np.random.default_rng(1).random((2, 1_000_000))
    values[1, 777_777] = 5.0

    reduced = frames.reduce(ticks_of(values), 800)

    assert 700 < len(reduced) <= 800
    assert reduced.values[1].max() == 5.0


def test_a_spike_survives_when_there_are_more_series_than_points():
    values = np.zeros((100, 1_000))
    values[99, 500] = 5.0

    assert frames.reduce(ticks_of(values), 20).values[99].max() == 5.0


def test_the_name_of_a_file_that_is_no_text_is_escaped():
    content = {"title": "a\udcff", "reasons": ["\udc80", 1.5], "y": np.array([1.0])}

    assert strictly(frames.dumps(content)) == {
        "title": r"a\udcff",
        "reasons": [r"\udc80", 1.5],
        "y": [1.0],
    }


def test_what_is_short_is_not_conflated_however_many_the_series():
    ticks = Ticks("0" * 8, 3, np.array([1.0, 2.0, 3.0]), np.ones((240, 3)))

    assert frames.conflate(ticks, 16) is ticks


def test_conflating_many_series_keeps_the_extremes_of_each_and_the_last_tick():
    values = np.random.default_rng(1).random((240, 6_000))
    values[3, 100], values[9, 4_000], values[7, :50] = 99.0, -5.0, np.nan
    ticks = Ticks("0" * 8, 6_000, np.arange(6_000.0), values)

    conflated = frames.conflate(ticks, 16)

    assert len(conflated) <= 16
    assert conflated.is_reduced
    assert (conflated.offset, conflated.time_ms[-1]) == (6_000, 5_999.0)
    assert (np.diff(conflated.time_ms) >= 0).all()
    assert (np.nanmax(conflated.values, axis=1) == np.nanmax(values, axis=1)).all()
    assert (np.nanmin(conflated.values, axis=1) == np.nanmin(values, axis=1)).all()
    assert (conflated.values[:, -1] == values[:, -1]).all()
