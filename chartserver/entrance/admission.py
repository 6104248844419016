"""Which viewers are let in: as many as may watch, in all and from one address."""

import time
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from chartserver.entrance.http_answers import RETRY_AFTER
from chartserver.entrance.proxies import client_of
from chartserver.errors import Refused

# Who fills its address is looked for among all viewers this often, not at each request.
RECOUNT_S = 1.0
# Addresses of which it is kept how many came, until all viewers are looked at.
ADDRESSES_MAX = 10_000


class Admission:
    """Decides on one more viewer.

    How many came from an address is counted as they come. Only when that is too many are all
    viewers looked at: most will have left.

    Args:
        most: how many viewers there may be.
        most_of_address: how many there may be from one address.
        has_viewers: whether so many viewers are there.
        addresses: of all viewers that are there.
        is_free: whether an address is not limited by itself.
        clock: monotonic, in seconds.
    """

    def __init__(
        self,
        most: int,
        most_of_address: int,
        *,
        has_viewers: Callable[[int], bool],
        addresses: Callable[[], Iterable[str]],
        is_free: Callable[[str], bool],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most = most
        self._most_of_address = most_of_address
        self._has_viewers = has_viewers
        self._addresses = addresses
        self._is_free = is_free
        self._clock = clock
        self._came: Counter[str] = Counter()
        self._recount_s = -RECOUNT_S

    def check(self, environ: dict[str, Any]) -> None:
        """Count a viewer that comes; raise Refused when it is one too many."""
        if self._has_viewers(self._most):
            raise _refused("full", f"the server is full: {self._most} viewers watch")
        address = environ.get("REMOTE_ADDR", "")
        if self._is_free(address):
            return
        client = client_of(address)
        if self._is_over(client):
            raise _refused(
                "viewers_of_address",
                f"{self._most_of_address} viewers of your address watch already",
            )
        self._came[client] += 1

    def _is_over(self, client: str) -> bool:
        is_over = self._came[client] >= self._most_of_address
        if not is_over and len(self._came) < ADDRESSES_MAX:
            return False
        now_s = self._clock()
        if now_s - self._recount_s >= RECOUNT_S:
            self._recount_s = now_s
            self._came = Counter(map(client_of, self._addresses()))
        return self._came[client] >= self._most_of_address


def _refused(kind: str, what: str) -> Refused:
    return Refused(503, kind, f"{what}; expected fewer, try again in a moment", [RETRY_AFTER])
