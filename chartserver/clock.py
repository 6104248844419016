"""The time that is put on ticks which bring none: the wall clock, but never falling."""

import threading
import time
from collections.abc import Callable

import numpy as np

CATCH_UP_RATE = 0.5


class StampClock:
    """Milliseconds since the Unix epoch that rise with every call.

    While the wall clock is behind what has been given out (it was set back), time goes on at half
    speed until the wall clock has caught up, as `adjtime` does it: order is kept, and the error
    shrinks.
    """

    def __init__(
        self,
        wall_s: Callable[[], float] = time.time,
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._wall_s = wall_s
        self._monotonic_s = monotonic_s
        self._lock = threading.Lock()
        self._last_ms = 0.0
        self._last_monotonic_s = monotonic_s()

    def now_ms(self) -> float:
        """Return the time now, above every time returned before."""
        with self._lock:
            monotonic_s = self._monotonic_s()
            slowed_ms = (
                self._last_ms + (monotonic_s - self._last_monotonic_s) * 1000 * CATCH_UP_RATE
            )
            floor_ms = float(np.nextafter(self._last_ms, np.inf))
            # Microseconds are all that the clock can tell and all that JSON need carry.
            self._last_ms = max(round(self._wall_s() * 1000, 3), slowed_ms, floor_ms)
            self._last_monotonic_s = monotonic_s
            return self._last_ms
