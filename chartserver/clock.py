"""The time that is put on ticks which bring none, never falling; and time that nobody had."""

import threading
import time
from collections.abc import Callable

import numpy as np

CATCH_UP_RATE = 0.5
# As late is nobody who only has much to do.
OVERSLEPT_S = 2.0


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


def oversleeps(
    sleep: Callable[[float], object],
    seconds: float,
    monotonic_s: Callable[[], float] = time.monotonic,
) -> bool:
    """Sleep, and return whether it took far longer: the process was stopped, or the machine slept.

    Nobody could be served meanwhile, so that nobody's silence tells anything.
    """
    before_s = monotonic_s()
    sleep(seconds)
    return monotonic_s() - before_s > seconds + OVERSLEPT_S
