"""A picture from roll-ups has the very extremes of the ticks, in any window."""

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chartserver.store import tables
from chartserver.store.levels import DAY_MS, HOUR_MS, LEVELS, MINUTE_MS
from chartserver.store.pages import joined

STEPS_MS = (0.0, 1_000.0, 20_000.0, MINUTE_MS, 11 * MINUTE_MS, 5 * HOUR_MS, 3 * DAY_MS)
ONE_STORE = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@st.composite
def histories(draw):
    """Return times, values with missing ones, and the sizes of the batches in which they come."""
    seed = np.random.default_rng(draw(st.integers(0, 2**32)))
    n = draw(st.integers(2, 60).map(lambda n: n * 15))
    often = draw(st.lists(st.sampled_from(STEPS_MS), min_size=1, max_size=4))
    times = 1.7e12 + draw(st.integers(0, 10**8)) + np.cumsum(seed.choice(often, n))
    values = seed.integers(-1_000, 1_000, size=(2, n)).astype(float)
    values[seed.random(size=values.shape) < draw(st.sampled_from([0.0, 0.1, 0.9]))] = np.nan
    return times, values, draw(st.integers(max(1, n // 20), 200))


def within(times_ms, values, from_ms, to_ms):
    """Return the ticks between two times."""
    is_in = (times_ms >= from_ms) & (times_ms <= to_ms)
    return times_ms[is_in], values[:, is_in]


def extremes(values):
    """Return the lowest and the highest of each series, None when all are missing."""
    return [
        (None, None) if np.isnan(row).all() else (np.nanmin(row), np.nanmax(row)) for row in values
    ]


class TestAnyWindow:
    """One store for all examples, a chart for each: opening takes longer than the rest."""

    charts = iter(range(10**6))

    @ONE_STORE
    @given(histories(), st.data())
    def test_it_has_the_extremes_and_the_ends_of_its_ticks(self, kept, history, data):
        times_ms, values, size = history
        chart = f"chart-{next(self.charts)}"
        for begin in range(0, len(times_ms), size):
            part = slice(begin, begin + size)
            kept.put(times_ms[part], *values[:, part], chart=chart)

        moments = st.tuples(st.sampled_from(times_ms), st.sampled_from([-1, 0, 1, 30_000]))
        for _ in range(6):
            from_ms, to_ms = sorted(data.draw(st.tuples(moments.map(sum), moments.map(sum))))
            points = data.draw(st.integers(3, 12))
            self.check(kept, chart, (times_ms, values), from_ms, to_ms, points)
        self.check(kept, chart, (times_ms, values), -np.inf, np.inf, 5)

    def check(self, kept, chart, history, from_ms, to_ms, points):
        """Compare a window with its ticks."""
        inside_ms, inside = within(*history, from_ms, to_ms)

        ticks = kept.store.reduced(chart, from_ms, to_ms, points)

        assert ticks.offset == np.searchsorted(history[0], to_ms, "right")
        assert extremes(ticks.values) == extremes(inside)
        if not len(inside_ms):
            assert len(ticks) == 0
            return
        assert len(ticks) <= max(points, 6) or not ticks.is_reduced
        assert (np.diff(ticks.time_ms) >= 0).all()
        assert (ticks.time_ms[0], ticks.time_ms[-1]) == (inside_ms[0], inside_ms[-1])


def test_a_month_has_the_points_that_are_asked_for(kept):
    times_ms = 1.7e12 + 10_000.0 * np.arange(30 * 8_640)
    values = np.random.default_rng(3).normal(size=(2, len(times_ms))).cumsum(axis=1)
    for begin in range(0, len(times_ms), 40_000):
        part = slice(begin, begin + 40_000)
        kept.put(times_ms[part], *values[:, part])

    for days in (0.1, 0.5, 1, 2, 5, 10, 20, 30):
        from_ms = times_ms[-1] - days * DAY_MS
        ticks = kept.store.reduced("fx", from_ms, times_ms[-1], 1_200)

        assert 500 <= len(ticks) <= 1_200
        assert extremes(ticks.values) == extremes(
            within(times_ms, values, from_ms, times_ms[-1])[1]
        )


def test_lowest_and_highest_stand_in_the_order_in_which_they_came(kept):
    saw = np.tile([0.0, 9.0, 1.0], 1_000)
    kept.put(np.arange(3_000) * 20_000.0, saw, -saw)

    ticks = kept.store.reduced("fx", 0, np.inf, 100)

    assert (ticks.values[0, :-1:2] < ticks.values[0, 1:-1:2]).all()
    assert (ticks.values[1, :-1:2] > ticks.values[1, 1:-1:2]).all()


def test_a_series_that_came_late_is_missing_before(kept):
    kept.put(np.arange(3_000) * 20_000.0, np.arange(3_000))
    kept.put(np.arange(3_000, 6_000) * 20_000.0, np.arange(3_000), np.arange(3_000))

    ticks = kept.store.reduced("fx", 0, np.inf, 100)

    assert np.isnan(ticks.values[1, :40]).all()
    assert (np.nanmin(ticks.values[1]), np.nanmax(ticks.values[1])) == (0, 2_999)


def test_roll_ups_are_the_same_over_restarts(kept):
    times_ms = 1.7e12 + 23_456.0 * np.arange(30_000)
    values = np.random.default_rng(6).normal(size=(2, len(times_ms)))
    values[:, ::7] = np.nan
    for begin in range(0, len(times_ms), 1_500):
        part = slice(begin, begin + 1_500)
        kept.put(times_ms[part], *values[:, part], chart="often")
        kept.open()
    kept.put(times_ms, *values, chart="once")

    with kept.store._readers.reading() as connection:
        for level in LEVELS:
            once, often = (
                joined(tables.pages_between(connection, about, level.number, -np.inf, np.inf))
                for about in (tables.find_chart(connection, name) for name in ("once", "often"))
            )
            assert len(once) == len(often) > 5
            assert np.array_equal(once.columns, often.columns, equal_nan=True)
