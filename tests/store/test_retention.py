"""What is too old is dropped, the finest first; what is left stays whole."""

import numpy as np
import pytest
from recorder import until

from chartserver.batch import PushKey
from chartserver.errors import PositionLost
from chartserver.store import writer
from chartserver.store.levels import DAY_MS, HOUR_MS, LEVELS, MINUTE_MS, Retention
from chartserver.ticks import Position

STEP_MS = 30_000.0
FIRST_MS = 1.7e12 + 12_345


@pytest.fixture(autouse=True)
def often(monkeypatch):
    """Have the writer look for what is too old all the time."""
    monkeypatch.setattr(writer, "PRUNE_INTERVAL_S", 0.02)
    monkeypatch.setattr(writer, "PRUNE_PAUSE_S", 0.001)


def fill(kept, days):
    """Put ticks of so many days; return their times and values."""
    times_ms = FIRST_MS + STEP_MS * np.arange(days * DAY_MS / STEP_MS)
    values = np.random.default_rng(5).normal(size=(1, len(times_ms))).cumsum(axis=1)
    for begin in range(0, len(times_ms), 10_000):
        part = slice(begin, begin + 10_000)
        kept.put(times_ms[part], *values[:, part])
    return times_ms, values


def pages(kept, level):
    """Return when the pages of a level that are left begin."""
    with kept.store._readers.reading() as connection:
        rows = connection.rows(
            "SELECT from_ms FROM chartserver_pages WHERE level = ? ORDER BY last", level
        )
    return [from_ms for (from_ms,) in rows]


def test_ticks_beyond_their_days_are_dropped_and_the_rest_is_whole(kept):
    kept.retention = Retention(ticks_days=2)
    times_ms, values = fill(kept, 6)
    kept.open()

    until(lambda: pages(kept, 0)[0] > times_ms[-1] - 2.5 * DAY_MS, "nothing was dropped")

    read_ms, read = kept.ticks()
    assert read_ms[0] <= times_ms[-1] - 2 * DAY_MS
    assert np.array_equal(read_ms, times_ms[-len(read_ms) :])
    assert np.array_equal(read, values[:, -len(read_ms) :])


def test_a_long_read_ends_when_its_ticks_are_dropped_meanwhile(kept):
    times_ms, _ = fill(kept, 12)
    pieces = kept.store.pieces("fx", -np.inf, np.inf)
    next(pieces)
    kept.retention = Retention(ticks_days=2)
    until(lambda: pages(kept, 0)[0] > times_ms[-1] - 3 * DAY_MS, "nothing was dropped")

    with pytest.raises(PositionLost, match="ask anew"):
        next(pieces)


def test_a_position_before_what_is_kept_is_lost(kept):
    kept.retention = Retention(ticks_days=1)
    times_ms, _ = fill(kept, 4)
    kept.open()
    # Until no more is: pages are of 17 hours.
    until(lambda: pages(kept, 0)[0] > times_ms[-1] - 1.5 * DAY_MS, "nothing was dropped")
    restored = kept.store.restore("fx", 10**6)
    gone = restored.offset - len(restored.ticks)

    with pytest.raises(PositionLost, match=f"begins after {gone}"):
        next(kept.store.since("fx", Position(restored.epoch, gone - 1)))

    assert next(kept.store.since("fx", Position(restored.epoch, gone)))


def test_where_ticks_are_dropped_the_roll_ups_have_their_extremes(kept):
    kept.retention = Retention(ticks_days=1, minutes_days=3, hours_days=6)
    times_ms, values = fill(kept, 24)
    kept.open()
    until(lambda: pages(kept, 4)[0] > times_ms[-1] - 18 * DAY_MS, "nothing was dropped")
    until(lambda: pages(kept, 1)[0] > times_ms[-1] - 5 * DAY_MS, "nothing was dropped")
    until(lambda: pages(kept, 0)[0] > times_ms[-1] - 2 * DAY_MS, "nothing was dropped")

    widest = {1.5: MINUTE_MS, 2.9: MINUTE_MS, 5.9: HOUR_MS, 23.5: DAY_MS}
    for days, width_ms in widest.items():
        from_ms = times_ms[-1] - days * DAY_MS
        bound_ms = np.floor(from_ms / width_ms) * width_ms
        for points in (10, 1_200):
            ticks = kept.store.reduced("fx", from_ms, np.inf, points)
            inside = values[0, times_ms >= from_ms]
            widened = values[0, times_ms >= bound_ms]
            assert widened.min() <= ticks.values.min() <= inside.min()
            assert widened.max() >= ticks.values.max() >= inside.max()
            assert bound_ms <= ticks.time_ms[0] <= from_ms + max(width_ms, STEP_MS)
            assert ticks.offset == len(times_ms)


def test_a_window_in_the_far_past_is_what_the_roll_ups_have(kept):
    kept.retention = Retention(ticks_days=1, minutes_days=2, hours_days=3)
    times_ms, values = fill(kept, 20)
    kept.open()
    until(lambda: pages(kept, 4)[0] > times_ms[-1] - 15 * DAY_MS, "nothing was dropped")
    from_ms = np.ceil(times_ms[0] / DAY_MS) * DAY_MS

    ticks = kept.store.reduced("fx", from_ms + 1, from_ms + 2, 100)

    inside = (times_ms >= from_ms) & (times_ms < from_ms + DAY_MS)
    assert ticks.values.min() == values[0, inside].min()
    assert ticks.values.max() == values[0, inside].max()


def test_a_history_of_the_past_keeps_its_last_days(kept):
    kept.retention = Retention(ticks_days=2)
    kept.put(np.arange(5_000) * 60_000.0, np.arange(5_000))
    kept.put([1.0 * 60_000 * 5_000], [1], chart="other")

    until(lambda: pages(kept, 0)[0] > 0, "nothing was dropped")
    assert kept.ticks()[0][0] <= 5_000 * 60_000.0 - 2 * DAY_MS


def test_keys_of_pushes_are_dropped_after_a_day(kept, run_sql):
    kept.put([1_000], [1], keys=[PushKey("old", 1, 1, 1)])
    kept.close()
    run_sql(f"UPDATE chartserver_keys SET kept_ms = kept_ms - {DAY_MS + 1_000}")
    kept.open()
    kept.put([2_000], [2], keys=[PushKey("new", 1, 1, 1)])

    assert [key.digest for key in kept.store.restore("fx", 1).keys] == ["new"]

    def count():
        with kept.store._readers.reading() as connection:
            return connection.rows("SELECT count(*) FROM chartserver_keys")[0][0]

    until(lambda: count() == 1, "nothing was dropped")


def test_a_wider_level_is_kept_as_long_as_a_finer_one():
    retention = Retention(ticks_days=10, minutes_days=1, hours_days=5, days_days=20)

    assert [retention.kept_ms(level) / DAY_MS for level in LEVELS] == [10, 10, 10, 10, 10, 10, 20]
