"""One of several processes that share a store: what it puts in, and what it hears."""

import threading
import time

import numpy as np

from chartserver.batch import Batch
from chartserver.shared.link import Link
from chartserver.shared.news import Came, Renewed
from chartserver.shared.store import SharedStore
from chartserver.ticks import Series

LIMIT_S = 60.0
HISTORY_TICKS = 10_000


class Sharer:
    """One process of several, by its store; it need not be a process of its own to be one."""

    def __init__(self, url, *, capacity=HISTORY_TICKS, grace_ms=300, is_following=True):
        self.store = SharedStore(Link(url), lambda chart: capacity, grace_ms)
        self.news = []
        self._changed = threading.Condition()
        if is_following:
            self.store.follow(self._hear)

    def _hear(self, chart, news):
        with self._changed:
            self.news.append((chart, news))
            self._changed.notify_all()

    def serve(self, chart="fx", epoch="abcdef01", names="a", title="", is_pushed=False):
        """Join a chart and follow it; return it as it was."""
        series = [Series(name) for name in names]
        restored = self.store.join(chart, epoch, series, title, is_pushed)
        self.store.watch(chart, restored.ticks.position)
        return restored

    def submit(self, times_ms, *rows, chart="fx", names="abcdefgh", **others):
        """Submit ticks, a row of values for each series; return the batch, and what is set."""
        series = [Series(name) for name in names[: len(rows)]]
        values = np.array(rows, float).reshape(len(rows), len(times_ms))
        batch = Batch(chart, np.array(times_ms, float), values, series=series, **others)
        done = threading.Event()
        self.store.submit(batch, done.set)
        return batch, done

    def put(self, times_ms, *rows, **others):
        """Have ticks appended or refused; return the batch."""
        batch, done = self.submit(times_ms, *rows, **others)
        assert done.wait(LIMIT_S), self.store.fault
        return batch

    def heard(self, kind, chart="fx"):
        """Return the news of one kind."""
        with self._changed:
            return [news for of, news in self.news if of == chart and isinstance(news, kind)]

    def until(self, is_so):
        """Wait until `is_so()`, which is asked after each news."""
        until_s = time.monotonic() + LIMIT_S
        with self._changed:
            while not is_so():
                left_s = until_s - time.monotonic()
                assert left_s > 0, (self.store.fault, self.news[-3:])
                self._changed.wait(min(left_s, 0.1))

    def history(self, chart="fx"):
        """Return what a viewer of this process would have: epoch, offset, times, rows."""
        epoch, offset, times, rows = "", 0, [], []
        with self._changed:
            heard = [news for of, news in self.news if of == chart]
        for news in heard:
            if isinstance(news, Renewed):
                ticks = news.restored.ticks
                times, rows = [], []
                epoch, offset = ticks.epoch, ticks.offset - len(ticks)
            elif isinstance(news, Came):
                ticks = news.ticks
            else:
                continue
            assert not epoch or ticks.epoch == epoch
            assert ticks.offset - len(ticks) == offset, "a gap, or what was there already"
            epoch, offset = ticks.position
            times += ticks.time_ms.tolist()
            rows += ticks.values.T.tolist()
        return epoch, offset, times, rows

    def until_offset(self, offset, chart="fx"):
        """Wait until all ticks up to `offset` were heard; return the history."""
        self.until(lambda: self.history(chart)[1] >= offset)
        return self.history(chart)

    def close(self):
        """End, as a process does that was told to."""
        self.store.close(1.0)
