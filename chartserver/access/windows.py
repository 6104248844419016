"""Counts in memory, each of a window of time, for the library that limits rates."""

import threading
import time
from collections.abc import Callable
from typing import Protocol

from limits.storage import Storage

# Of more keys than this the oldest counts are dropped: memory stays bounded.
KEYS_MAX = 100_000


class Tally(Protocol):
    """Counts of several processes together; learns of those of others now and then."""

    def add(self, who: str, n: int = 1) -> None:
        """Count `n` more of here."""

    def elsewhere(self, who: str) -> int:
        """Return how many others had counted in the same window."""


class Windows(Storage):
    """Counts in memory, one for each key, from its first to the end of its window.

    All windows are of one length, so the oldest count ends first, and those that have ended are
    dropped by the way. limits' own storage in memory starts a thread for that, a hundred times a
    second when there are many requests; and it goes by the clock that may be set.
    """

    STORAGE_SCHEME: list[str] | None = ["chartserver"]  # noqa: RUF012, the base has it so

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._lock = threading.Lock()
        self._counts: dict[str, tuple[int, float]] = {}

    @property
    def base_exceptions(self) -> type[Exception]:
        """Return what may go wrong in a storage; here, nothing that is expected."""
        return ValueError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count `amount` more for `key`; return how many there are in its window of `expiry` s."""
        now_s = self._clock()
        with self._lock:
            self._forget(now_s)
            count, end_s = self._counts.get(key, (0, now_s + expiry))
            self._counts[key] = count + amount, end_s
            return count + amount

    def get(self, key: str) -> int:
        """Return how many there are in the window of `key`."""
        with self._lock:
            self._forget(self._clock())
            return self._counts.get(key, (0, 0.0))[0]

    def get_expiry(self, key: str) -> float:
        """Return when the window of `key` ends, by the clock."""
        with self._lock:
            return self._counts.get(key, (0, self._clock()))[1]

    def check(self) -> bool:
        """Return whether the storage can be reached."""
        return True

    def reset(self) -> int:
        """Forget all; return how many there were."""
        with self._lock:
            n = len(self._counts)
            self._counts.clear()
            return n

    def clear(self, key: str) -> None:
        """Forget `key`."""
        with self._lock:
            self._counts.pop(key, None)

    def _forget(self, now_s: float) -> None:
        """Drop the windows that have ended: they stand first."""
        while self._counts:
            key = next(iter(self._counts))
            if self._counts[key][1] > now_s and len(self._counts) < KEYS_MAX:
                return
            del self._counts[key]
