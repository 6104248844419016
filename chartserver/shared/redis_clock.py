"""What time it is for all processes: by the clock of Redis, for theirs may differ by minutes."""

import time
from collections import deque
from collections.abc import Callable

from chartserver.shared.link import Client, faults

READ_S = 10.0
READ_AT_FIRST, KEPT = 3, 6


class RedisClock:
    """Asks Redis for the time now and then; the answer that took least counts.

    Attributes:
        offset_ms: by how much the clock of Redis is ahead of that of this machine.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        now_ms: Callable[[], float] = lambda: time.time() * 1000,
    ) -> None:
        self.offset_ms = 0.0
        self._clock = clock
        self._now_ms = now_ms
        self._read_s = float("-inf")
        # How far wrong each may be, and what it says.
        self._found: deque[tuple[float, float]] = deque(maxlen=KEPT)

    def read(self, client: Client) -> None:
        """Ask, if it is time to.

        Raises:
            StoreFault: Redis cannot be asked now.
        """
        if self._clock() - self._read_s < READ_S:
            return
        for _ in range(1 if self._found else READ_AT_FIRST):
            self._found.append(self._ask(client))
        self.offset_ms = min(self._found)[1]
        self._read_s = self._clock()

    def _ask(self, client: Client) -> tuple[float, float]:
        own_ms, began_s = self._now_ms(), self._clock()
        with faults():
            seconds, micros = client.time()
        half_ms = (self._clock() - began_s) * 500
        return half_ms, seconds * 1000 + micros / 1000 - (own_ms + half_ms)
