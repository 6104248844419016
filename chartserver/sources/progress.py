"""How far a long replay is: one line on a terminal, rewritten at most once a second."""

import time
from collections.abc import Callable
from typing import TextIO

QUIET_S = 3.0
INTERVAL_S = 1.0
ERASE = "\r\x1b[K"


class Progress:
    """Tells `stream` how many of `total` rows were played; silent unless it is a terminal.

    Says nothing in the first seconds, so that short replays leave the terminal alone.
    """

    def __init__(
        self,
        what: str,
        total: int,
        stream: TextIO | None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._what = what
        self._total = total
        self._stream = stream if stream is not None and stream.isatty() else None
        self._clock = clock
        self._due_s = clock() + QUIET_S
        self._is_shown = False

    def show(self, done: int) -> None:
        """Show that `done` rows were played, if it is time to."""
        if self._stream is None or self._clock() < self._due_s:
            return
        self._due_s = self._clock() + INTERVAL_S
        self._is_shown = True
        lap, row = divmod(done, self._total)
        again = f", round {lap + 1}" if lap else ""
        self._stream.write(
            f"{ERASE}{self._what}: {row:,} of {self._total:,} rows, {row / self._total:.0%}{again}"
        )
        self._stream.flush()

    def end(self) -> None:
        """Take the line away, if there is one."""
        if self._stream is not None and self._is_shown:
            self._stream.write(ERASE)
            self._stream.flush()
            self._is_shown = False
