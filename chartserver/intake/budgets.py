"""What answers to viewers may cost: each viewer has a budget, and each address.

The price of an answer is how many values have to be looked at for it, so that many small ones are
held to the same as few large ones. An answer that is there already, for somebody else, is free.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from chartserver.entrance.proxies import client_of
from chartserver.errors import TooCostly
from chartserver.intake.bucket import Bucket
from chartserver.refusals import Refusals

# About 7 ns each: a viewer has a fiftieth of the loop, and 0.4 s of it at once.
VIEWER_VALUES_PER_S, VIEWER_VALUES = 2e6, 5e7
# Of an address, with all viewers who share it.
ADDRESS_VALUES_PER_S, ADDRESS_VALUES = 2e7, 2e8
# Of more than this the one that was quiet for longest is forgotten.
ADDRESSES_MAX = 10_000
KIND = "too_costly"


class Budgets:
    """The budgets of viewers, by session, and of their addresses, for which `is_free` may say no.

    What is over budget is noted in `refusals`.
    """

    def __init__(
        self,
        refusals: Refusals,
        is_free: Callable[[str], bool] = lambda _: False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._refusals = refusals
        self._is_free = is_free
        self._clock = clock
        self._lock = threading.Lock()
        self._viewers: dict[str, tuple[str, Bucket]] = {}
        self._addresses: OrderedDict[str, Bucket] = OrderedDict()

    def open(self, sid: str, address: str) -> None:
        """Give a viewer that comes from `address` a budget."""
        with self._lock:
            bucket = Bucket(VIEWER_VALUES_PER_S, VIEWER_VALUES, self._clock)
            self._viewers[sid] = address, bucket

    def close(self, sid: str) -> None:
        """Forget a viewer. Its address is not, so that to come again brings nothing."""
        with self._lock:
            self._viewers.pop(sid, None)

    def spend(self, sid: str, cost: int) -> None:
        """Take what an answer costs out of the budgets; they may be overdrawn once.

        Raises:
            TooCostly: a budget is used up; nothing is taken.
        """
        address, own = self._viewers.get(sid, ("", None))
        self._take(address, own, cost)

    def spend_of(self, address: str, cost: int) -> None:
        """Take what an answer costs out of the budget of an address; as `spend`."""
        self._take(address, None, cost)

    def _take(self, address: str, own: Bucket | None, cost: int) -> None:
        with self._lock:
            buckets = [one for one in (own, self._of_address(address)) if one is not None]
            wait_s = max((one.wait_s for one in buckets), default=0.0)
            if wait_s <= 0:
                for one in buckets:
                    one.draw(cost)
                return
        self._refusals.note(KIND, f"an answer of {cost} values, with the budget used up", address)
        raise TooCostly(
            "got too many requests for different parts of the history; expected fewer, or the same"
            f" as others ask for: try again in {wait_s:.0f} s",
            wait_s,
        )

    def _of_address(self, address: str) -> Bucket | None:
        if not address or self._is_free(address):
            return None
        client = client_of(address)
        bucket = self._addresses.setdefault(
            client, Bucket(ADDRESS_VALUES_PER_S, ADDRESS_VALUES, self._clock)
        )
        self._addresses.move_to_end(client)
        while len(self._addresses) > ADDRESSES_MAX:
            self._addresses.popitem(last=False)
        return bucket
