"""Places for answers that are long on their way: as many as may be, in all and for one address."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from chartserver.entrance.http_answers import RETRY_AFTER
from chartserver.entrance.proxies import client_of
from chartserver.errors import Refused

MOST = 16
MOST_OF_ADDRESS = 4


@dataclass(frozen=True, eq=False, slots=True)
class Place:
    """A place that somebody has, since a moment."""

    client: str
    since_s: float


class Places:
    """Gives places out and takes them back; thread-safe.

    Args:
        is_free: whether an address is not limited by itself.
        longest_s: after which a place is taken away, should nobody give it back.
        clock: monotonic, in seconds.
    """

    def __init__(
        self,
        is_free: Callable[[str], bool],
        longest_s: float,
        most: int = MOST,
        most_of_address: int = MOST_OF_ADDRESS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._is_free = is_free
        self._longest_s = longest_s
        self._most = most
        self._most_of_address = most_of_address
        self._clock = clock
        self._lock = threading.Lock()
        self._taken: set[Place] = set()

    def __len__(self) -> int:
        return len(self._taken)

    def enter(self, address: str) -> Place:
        """Return a place; it must be given to `leave`.

        Raises:
            Refused: none is left.
        """
        client, now_s = client_of(address), self._clock()
        with self._lock:
            self._taken = {one for one in self._taken if now_s - one.since_s <= self._longest_s}
            if len(self._taken) >= self._most:
                raise _refused("long_answers", f"{self._most} long answers are on their way")
            n_own = Counter(one.client for one in self._taken)[client]
            if n_own >= self._most_of_address and not self._is_free(address):
                text = f"{n_own} long answers are on their way to your address"
                raise _refused("long_answers_of_address", text)
            place = Place(client, now_s)
            self._taken.add(place)
            return place

    def leave(self, place: Place) -> None:
        """Take a place back; it may have been taken away."""
        with self._lock:
            self._taken.discard(place)


def _refused(kind: str, what: str) -> Refused:
    text = f"{what}; expected fewer at a time, try again in a moment"
    return Refused(503, kind, text, [RETRY_AFTER])
