"""How long a window takes as a picture of 1,200 points, against reading and reducing all ticks."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

from benchmarks.store.month import CHART, Month
from chartserver.frames import conflate
from chartserver.store.levels import DAY_MS, HOUR_MS, MINUTE_MS
from chartserver.ticks import Ticks

POINTS = 1_200
REPEATS, WHOLE_REPEATS = 31, 7
AT_RANDOM, AT_RANDOM_REPEATS = 200, 5
WIDTHS_MS = {
    "1 minute": MINUTE_MS,
    "10 minutes": 10 * MINUTE_MS,
    "1 hour": HOUR_MS,
    "5 hours": 5 * HOUR_MS,
    "6 hours": 6 * HOUR_MS,
    "12 hours": 12 * HOUR_MS,
    "1 day": DAY_MS,
    "2 days": 2 * DAY_MS,
    "4 days": 4 * DAY_MS,
    "7 days": 7 * DAY_MS,
    "14 days": 14 * DAY_MS,
    "21 days": 21 * DAY_MS,
    "30 days": 30 * DAY_MS,
}


@dataclass(frozen=True)
class Window:
    """A window and the median of what it took."""

    name: str
    took_s: float
    columns: int


def measure_whole(month: Month) -> float:
    """Return the seconds in which all ticks are read and reduced in Python, the median."""

    def whole() -> Ticks:
        pieces = list(month.store.pieces(CHART, -np.inf, np.inf))
        times = np.concatenate([piece.time_ms for piece in pieces])
        values = np.concatenate([piece.values for piece in pieces], axis=1)
        return conflate(Ticks(pieces[-1].epoch, pieces[-1].offset, times, values), POINTS)

    return _timed(whole, WHOLE_REPEATS)[0]


def measure_windows(month: Month) -> Iterator[Window]:
    """Yield windows of many widths, their edges on no grid, and the last one to the end."""
    for name, width_ms in WIDTHS_MS.items():
        end_ms = max(month.last_ms - 3 * HOUR_MS - 123_456, month.last_ms - 30 * DAY_MS + width_ms)
        took_s, ticks = _timed(_reader(month, end_ms - width_ms, end_ms), REPEATS)
        yield Window(name, took_s, len(ticks))


def measure_at_random(month: Month) -> Sequence[float]:
    """Return what windows took whose edges lie anywhere, the widths spread over all orders."""
    chance = np.random.default_rng(2)
    found = []
    for _ in range(AT_RANDOM):
        width_ms = MINUTE_MS * (30 * DAY_MS / MINUTE_MS) ** chance.random()
        end_ms = month.last_ms - chance.random() * (30 * DAY_MS - width_ms)
        reader = _reader(month, end_ms - width_ms, end_ms)
        found.append(_timed(reader, AT_RANDOM_REPEATS)[0])
    return found


def _reader(month: Month, from_ms: float, to_ms: float) -> Callable[[], Ticks]:
    return lambda: month.store.reduced(CHART, from_ms, to_ms, POINTS)


def _timed(read: Callable[[], Ticks], repeats: int) -> tuple[float, Ticks]:
    took = []
    for _ in range(repeats):
        begin_s = time.perf_counter()
        ticks = read()
        took.append(time.perf_counter() - begin_s)
    return median(took), ticks
