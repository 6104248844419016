"""Requests a second from one address: too many are refused, and told when to come back."""

import math
import time
from collections.abc import Callable
from typing import Any

from limits import RateLimitItemPerSecond
from limits.strategies import FixedWindowRateLimiter

from chartserver.access.windows import Tally, Windows
from chartserver.entrance.proxies import client_of
from chartserver.errors import Refused

WINDOW_S = 10
# What has not come to this part of the limit here is not told to other processes.
TOLD_FROM = 0.1


class RequestLimits:
    """Lets so many requests a second through, averaged over `WINDOW_S`.

    With a `tally` those at other processes count as well, from some on.

    Args:
        is_free: whether an address is not limited.
        clock: monotonic, in seconds.
    """

    tally: Tally | None = None

    def __init__(
        self,
        per_s: float,
        is_free: Callable[[str], bool],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._item = RateLimitItemPerSecond(math.ceil(per_s * WINDOW_S), WINDOW_S)
        self._windows = Windows(clock)
        self._limiter = FixedWindowRateLimiter(self._windows)
        self._per_s = per_s
        self._is_free = is_free
        self._clock = clock

    def check(self, environ: dict[str, Any]) -> None:
        """Count a request; raise Refused when it is one too many."""
        address = environ.get("REMOTE_ADDR", "")
        if self._is_free(address):
            return
        client = client_of(address)
        if self._limiter.hit(self._item, client) and self._is_below_with_others(client):
            return
        end_s = self._windows.get_expiry(self._item.key_for(client))
        retry_after_s = max(1, math.ceil(end_s - self._clock()))
        raise Refused(
            429,
            "requests_of_address",
            f"too many requests from your address; expected {self._per_s:g} a second at most,"
            f" averaged over {WINDOW_S} s",
            [("Retry-After", str(retry_after_s))],
        )

    def _is_below_with_others(self, client: str) -> bool:
        if self.tally is None:
            return True
        n = self._windows.get(self._item.key_for(client))
        told_from = math.ceil(TOLD_FROM * self._item.amount)
        if n >= told_from:
            self.tally.add(client, n if n == told_from else 1)
        return n + self.tally.elsewhere(client) <= self._item.amount
