"""What a soaked server serves: two charts whose values can be checked, and its own insides."""

import gc
import time
from collections.abc import Iterator
from itertools import compress

from greenlet import greenlet

from benchmarks.ticks import tick
from chartserver.ticks import Tick

CALM_HZ, CALM_SERIES = 10.0, 2
BUSY_HZ, BUSY_SERIES = 100.0, 1
INSIDES_INTERVAL_S = 5.0
# As many as the server keeps of each chart are there from the start: what grows is not the history.
HISTORY_TICKS = 2_000


def calm() -> Iterator[Tick]:
    """Yield ten ticks a second of two series."""
    yield from _paced(CALM_HZ, CALM_SERIES)


def busy() -> Iterator[Tick]:
    """Yield a hundred ticks a second of one series."""
    yield from _paced(BUSY_HZ, BUSY_SERIES)


def insides() -> dict[str, int]:
    """Return how many greenlets live in this process, and how many objects the collector knows.

    A walk over all objects: for a soak, not for a server at work.
    """
    objects = gc.get_objects()
    types = list(map(type, objects))
    kinds = {one for one in set(types) if issubclass(one, greenlet)}
    found = list(compress(objects, map(kinds.__contains__, types)))
    return {"greenlets": sum(bool(one) for one in found), "objects": len(objects)}


def _paced(rate_hz: float, n_series: int) -> Iterator[Tick]:
    """Yield ticks on a grid, a history of them at once.

    Each has the time at which it was due, be it late or not.
    """
    began_s, offset = time.time() - HISTORY_TICKS / rate_hz, 0
    while True:
        offset += 1
        due_s = began_s + offset / rate_hz
        time.sleep(max(0.0, due_s - time.time()))
        one = tick(offset, due_s, n_series)
        yield Tick(one.time_ms, one.values)
