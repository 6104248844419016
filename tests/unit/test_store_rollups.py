"""Roll-ups hold exactly what their ticks are, however the ticks came."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from chartserver.store import buckets
from chartserver.store.levels import DAY_MS, HOUR_MS, MINUTE_MS, ROLL_UPS
from chartserver.store.rollups import Rollups
from chartserver.ticks import Ticks

STEPS_MS = (0.0, 250.0, 1_000.0, 59_999.0, MINUTE_MS, 7 * MINUTE_MS, HOUR_MS, 2.5 * DAY_MS)
VALUES = st.none() | st.integers(-5, 5)


@st.composite
def runs(draw):
    """Return runs of ticks of two series, the second new after some of them."""
    first_ms = draw(st.sampled_from([0.0, -3 * DAY_MS - 1, 1.7e12]))
    steps = draw(st.lists(st.sampled_from(STEPS_MS), min_size=1, max_size=60))
    times = first_ms + np.cumsum(steps)
    values = np.array(
        draw(st.lists(st.tuples(VALUES, VALUES), min_size=len(steps), max_size=len(steps)))
    )
    values = values.astype(float).T
    cuts = sorted(draw(st.sets(st.integers(1, len(steps)), max_size=8)) | {len(steps)})
    n_narrow = draw(st.integers(0, len(cuts)))
    begin, made = 0, []
    for i, end in enumerate(cuts):
        n_series = 1 if i < n_narrow else 2
        made.append(Ticks("", end, times[begin:end], values[:n_series, begin:end]))
        if i < n_narrow:
            values[1, begin:end] = np.nan
        begin = end
    return made, Ticks("", len(times), times, values)


def expected(ticks, width_ms):
    """Return the facts of each bucket but the last, which is not complete, as lists."""
    found = {}
    for i, time in enumerate(ticks.time_ms):
        found.setdefault(math.floor(time / width_ms) * width_ms, []).append(i)
    for start, which in list(found.items())[:-1]:
        head = [start, ticks.time_ms[which[0]], ticks.time_ms[which[-1]], which[-1] + 1]
        facts = []
        for row in ticks.values:
            there = [i for i in which if not math.isnan(row[i])]
            low = min(there, key=lambda i: row[i], default=None)
            high = max(there, key=lambda i: row[i], default=None)
            values = [row[i] for i in (there[0], low, high, there[-1])] if there else [None] * 4
            times = [ticks.time_ms[i] for i in (low, high)] if there else [None] * 2
            facts += [len(there), *values, *times]
        yield head + facts


def as_lists(made, n_series):
    """Return complete buckets as lists, None for what is missing; a count that is, is 0."""
    wide = buckets.all_series(made, n_series)
    rows = [[None if math.isnan(number) else number for number in row] for row in wide.columns.T]
    for row in rows:
        row[buckets.HEAD :: buckets.FACTS] = [n or 0 for n in row[buckets.HEAD :: buckets.FACTS]]
    return rows


@given(runs())
def test_each_complete_bucket_is_what_its_ticks_are(case):
    parts, whole = case
    rollups, complete = Rollups(), {level.number: [] for level in ROLL_UPS}

    for ticks in parts:
        rollups, made = rollups.take(ticks)
        for number, one in made.items():
            complete[number] += as_lists(one, 2)

    for level in ROLL_UPS:
        assert complete[level.number] == list(expected(whole, level.width_ms))


def test_a_minute_of_very_many_ticks_is_put_together_from_parts():
    times, values = np.arange(30_000.0), np.random.default_rng(2).normal(size=(1, 30_000))
    rollups = Rollups()

    for i in range(0, 30_000, 1_000):
        part = slice(i, i + 1_000)
        rollups, made = rollups.take(Ticks("", i + 1_000, times[part], values[:, part]))
        assert not made
    _, made = rollups.take(Ticks("", 30_001, np.array([MINUTE_MS]), np.array([[0.0]])))

    minute = made[1]
    assert sum(map(len, rollups.ticks)) < 5_000
    assert minute.fact(buckets.COUNT).tolist() == [[30_000]]
    assert minute.fact(buckets.LOW).tolist() == [[values.min()]]
    assert minute.fact(buckets.HIGH_MS).tolist() == [[times[values.argmax()]]]
