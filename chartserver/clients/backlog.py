"""Ticks that were read and are not confirmed yet: a bounded queue between who reads and who sends.

Knows neither files nor sockets. What is taken stays until it is confirmed.
"""

import threading
from collections import deque
from itertools import islice
from typing import NamedTuple

from chartserver.ticks import Tick

TEXT_BYTES_MAX = 64_000_000
# Of a batch; as JSON it may become some times more, and servers take 4 MB.
BATCH_TEXT_BYTES = 500_000


class Entry(NamedTuple):
    """A tick, the number of the line that it came in, and the size of that.

    Attributes:
        is_stamped: its time stood in no line, but is that of its reading.
    """

    tick: Tick
    line: int
    text_bytes: int
    is_stamped: bool = False


class Backlog:
    """At most `ticks_max` entries, in order; who adds one more waits, so that a pipe waits, too."""

    def __init__(self, ticks_max: int, text_bytes_max: int = TEXT_BYTES_MAX) -> None:
        self._ticks_max = ticks_max
        self._text_bytes_max = text_bytes_max
        self._entries: deque[Entry] = deque()
        self._text_bytes = 0
        self._has_ended = False
        self._is_closed = False
        self._changed = threading.Condition()

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will be added."""
        return self._has_ended

    @property
    def first_line(self) -> int | None:
        """The line of the oldest entry; None when there is none."""
        with self._changed:
            return self._entries[0].line if self._entries else None

    def add(self, entry: Entry) -> bool:
        """Add an entry, once there is room; return False when nobody will take it any more."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_closed or self._has_room())
            if self._is_closed:
                return False
            self._entries.append(entry)
            self._text_bytes += entry.text_bytes
            self._changed.notify_all()
            return True

    def end(self) -> None:
        """Tell that nothing more will be added."""
        with self._changed:
            self._has_ended = True
            self._changed.notify_all()

    def close(self) -> None:
        """Tell that nothing more will be taken."""
        with self._changed:
            self._has_ended = self._is_closed = True
            self._changed.notify_all()

    def take(self, n_max: int, linger_s: float) -> list[Entry]:
        """Return the oldest entries, at most `n_max`, and leave them; none when all is done.

        Waits for the first, and from that on for `linger_s` whether there come more.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._entries or self._has_ended)
            self._changed.wait_for(
                lambda: self._has_ended or len(self._entries) >= n_max or not self._has_room(),
                linger_s,
            )
            return [] if self._is_closed else self._oldest(n_max)

    def drop(self, n: int) -> None:
        """Drop the oldest `n` entries: they are confirmed."""
        with self._changed:
            for _ in range(n):
                self._text_bytes -= self._entries.popleft().text_bytes
            self._changed.notify_all()

    def drop_one(self, i: int) -> None:
        """Drop the entry at `i`, counted from the oldest: nobody wants it."""
        with self._changed:
            self._text_bytes -= self._entries[i].text_bytes
            del self._entries[i]
            self._changed.notify_all()

    def _has_room(self) -> bool:
        return len(self._entries) < self._ticks_max and self._text_bytes < self._text_bytes_max

    def _oldest(self, n_max: int) -> list[Entry]:
        batch: list[Entry] = []
        text_bytes = 0
        for entry in islice(self._entries, n_max):
            text_bytes += entry.text_bytes
            if batch and text_bytes > BATCH_TEXT_BYTES:
                break
            batch.append(entry)
        return batch
