"""Counts of what strangers do, of all processes together: exchanged now and then, never waited for.

Between two exchanges each process goes by its own and by what the others had done until the last.
"""

import threading
import time
from collections.abc import Callable
from hashlib import sha256

from chartserver.errors import StoreFault
from chartserver.shared.lease import Ask

# Of one exchange. What does not fit is exchanged the next time.
KEYS_MAX = 200
KNOWN_MAX = 10_000

# Adds to a count that ends when its window does; returns the sum, and for how long it holds.
ADD = """
local sum = redis.call('INCRBY', KEYS[1], ARGV[1])
if sum == tonumber(ARGV[1]) then
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
return {sum, redis.call('PTTL', KEYS[1])}
"""


class Tallies:
    """What is counted of one `kind` in windows of `window_s`, by whom it is of."""

    def __init__(
        self, kind: str, window_s: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._kind = kind
        self._window_ms = round(window_s * 1000)
        self._clock = clock
        self._lock = threading.Lock()
        self._new: dict[str, int] = {}
        # By whom: what was sent from here in the window, what there is elsewhere, until when.
        self._known: dict[str, tuple[int, int, float]] = {}

    def add(self, who: str, n: int = 1) -> None:
        """Count `n` more; cheap."""
        with self._lock:
            if who in self._new or len(self._new) < KNOWN_MAX:
                self._new[who] = self._new.get(who, 0) + n

    def elsewhere(self, who: str) -> int:
        """Return how many others had counted in the same window; cheap."""
        _, n, end_s = self._known.get(who, (0, 0, 0.0))
        return n if end_s > self._clock() else 0

    def exchange(self, ask: Ask) -> None:
        """Add to the counts of all, and learn of theirs; blocks. What is lost is lost."""
        with self._lock:
            sent = dict(list(self._new.items())[:KEYS_MAX])
            for who in sent:
                del self._new[who]
        if not sent:
            return
        try:
            answers = ask(
                *(("EVAL", ADD, 1, self._key(who), n, self._window_ms) for who, n in sent.items())
            )
        except StoreFault:
            return
        now_s = self._clock()
        with self._lock:
            for (who, n), (total, left_ms) in zip(sent.items(), answers, strict=True):
                before, _, end_s = self._known.pop(who, (0, 0, 0.0))
                own = n if total == n or end_s <= now_s else before + n
                self._known[who] = own, total - own, now_s + left_ms / 1000
            for who in list(self._known)[: max(0, len(self._known) - KNOWN_MAX)]:
                del self._known[who]

    def _key(self, who: str) -> str:
        # Of whom it is stands nowhere, as the keys of a Redis are seen by many.
        return f"chartserver:count:{self._kind}:{sha256(who.encode()).hexdigest()[:16]}"
