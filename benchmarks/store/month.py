"""A store with a month of ticks: two series, one tick a second, written in bulk."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from chartserver.batch import Batch
from chartserver.store.opening import open_store
from chartserver.store.store import Store
from chartserver.ticks import Series

CHART = "month"
FIRST_MS, STEP_MS = 1.7e12, 1_000.0
BATCH_TICKS = 20_000
SERIES = (Series("EURUSD"), Series("EURGBP"))


@dataclass(frozen=True)
class Month:
    """A store that is open, the times of its first and last tick, and how it was filled."""

    store: Store
    n: int
    filled_s: float

    @property
    def last_ms(self) -> float:
        """When the last tick came."""
        return FIRST_MS + STEP_MS * (self.n - 1)


def filled(url: str, n: int) -> Month:
    """Make a store of `n` ticks, in batches as large pushes would bring them."""
    store = open_store(url)
    assert store is not None
    chance = np.random.default_rng(1)
    begin_s, level = time.perf_counter(), np.array([[1.08], [0.86]])
    for begin in range(0, n, BATCH_TICKS):
        numbers = np.arange(begin, min(begin + BATCH_TICKS, n))
        walk = level + chance.normal(0, 1e-5, (2, len(numbers))).cumsum(axis=1)
        level = walk[:, -1:]
        kept(store.submit, Batch(CHART, FIRST_MS + STEP_MS * numbers, walk, series=SERIES))
    return Month(store, n, time.perf_counter() - begin_s)


def kept(submit: Callable[[Batch, Callable[[], None]], None], batch: Batch) -> None:
    """Have a batch kept and wait for it."""
    done = threading.Event()
    submit(batch, done.set)
    if not done.wait(60):
        raise TimeoutError("a batch was not kept within 60 s")
