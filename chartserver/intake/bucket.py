"""A token bucket: so many a second, and a burst of some more at once."""

import time
from collections.abc import Callable


class Bucket:
    """Holds up to `burst` tokens, begins full, and regains `rate_per_s` of them a second.

    A rate of 0 regains nothing. `clock` returns seconds that never fall.
    """

    __slots__ = ("_burst", "_clock", "_rate_per_s", "_seen_s", "_tokens")

    def __init__(
        self, rate_per_s: float, burst: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._rate_per_s = rate_per_s
        self._burst = burst
        self._clock = clock
        self._tokens = float(burst)
        self._seen_s = clock()

    def take(self, tokens: float = 1.0) -> bool:
        """Take `tokens` out; False, and nothing is taken, when there are not so many."""
        self._regain()
        if self._tokens < tokens:
            return False
        self._tokens -= tokens
        return True

    def draw(self, tokens: float) -> None:
        """Take `tokens` out, even where there are not so many: what is owed is regained first."""
        self._regain()
        self._tokens -= tokens

    @property
    def wait_s(self) -> float:
        """In how many seconds at least one token will be there; 0 when there is."""
        self._regain()
        if self._tokens >= 1:
            return 0.0
        return (1 - self._tokens) / self._rate_per_s if self._rate_per_s else float("inf")

    def _regain(self) -> None:
        now_s = self._clock()
        self._tokens = min(self._burst, self._tokens + (now_s - self._seen_s) * self._rate_per_s)
        self._seen_s = now_s
