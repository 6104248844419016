"""Whether a process need read a log that it alone adds to: what it appends it knows already.

Plain bookkeeping; asks Redis nothing.
"""

import time
from collections.abc import Callable

# After an append with nothing of others before it. What they add then, such as a note, is found by
# the next append, or when this is over: nobody is to notice that it was not there at once.
REST_S = 0.25
# Where others add as well: to be woken for each of theirs would cost more than to read.
AWAKE_S = 3.0


class Lead:
    """Says until when one log need not be read; for any thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._rest_until_s = self._awake_until_s = float("-inf")

    def keep(self) -> None:
        """Take note of an append right behind what was read."""
        now_s = self._clock()
        if now_s >= self._awake_until_s:
            self._rest_until_s = now_s + REST_S

    def pause(self) -> None:
        """Take note that the log is to be read once more."""
        self._rest_until_s = float("-inf")

    def lose(self) -> None:
        """Take note of something in the log that was not read: others add to it, too."""
        self.pause()
        self._awake_until_s = self._clock() + AWAKE_S

    def left_s(self) -> float:
        """Return for how many seconds more the log need not be read; 0 when it is to be."""
        return max(0.0, self._rest_until_s - self._clock())
