"""Viewers that read on by themselves: each a position, a task that waits, and nothing queued.

A viewer of `/publish` is one, and who takes events over HTTP. Who takes nothing for too long is
cut off here, for all of them.
"""

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Protocol

from chartserver.refusals import Refusals

SWEEP_S = 0.5
# A stop waits no longer for what was given to be taken.
STOP_PATIENCE_S = 1.0

log = logging.getLogger(__name__)


class Cuttable(Protocol):
    """A connection."""

    def cut(self) -> None:
        """End it; who waits for it wakes up."""


class Reader:
    """One viewer: where it is, and since when it has not taken what it was given.

    Attributes:
        kind: of the viewer, as metrics name it.
        line: its connection, None as long as that is not known.
    """

    __slots__ = ("address", "kind", "line", "stuck_since_s")

    def __init__(self, kind: str, address: str) -> None:
        self.kind = kind
        self.address = address
        self.line: Cuttable | None = None
        self.stuck_since_s: float | None = None


class Readers:
    """All viewers of these kinds.

    Args:
        kinds: all that there are.
        evict_after_s: for how long a viewer may take nothing.
        is_stopping: whether the server stops.
        clock: monotonic, in seconds.
    """

    def __init__(
        self,
        kinds: Iterable[str],
        *,
        evict_after_s: float,
        is_stopping: Callable[[], bool],
        refusals: Refusals,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.clock = clock
        self._kinds = tuple(kinds)
        self._evict_after_s = evict_after_s
        self._is_stopping = is_stopping
        self._refusals = refusals
        # Ordered as they came; a set could not be copied while it changes.
        self._there: dict[Reader, None] = {}

    def __len__(self) -> int:
        return len(self._there)

    @property
    def is_stopping(self) -> bool:
        """Whether the server stops."""
        return self._is_stopping()

    def enter(self, kind: str, address: str) -> Reader:
        """Count a viewer from now on until it has to `leave`."""
        reader = Reader(kind, address)
        self._there[reader] = None
        return reader

    def leave(self, reader: Reader) -> bool:
        """Count a viewer no more; False when it has left before."""
        return self._there.pop(reader, True) is None

    def addresses(self) -> list[str]:
        """Return the address of each viewer."""
        return [reader.address for reader in self._there.copy()]

    def counts(self) -> dict[str, int]:
        """Return how many there are of each kind."""
        there = Counter(reader.kind for reader in self._there.copy())
        return {kind: there[kind] for kind in self._kinds}

    def run(self, sleep: Callable[[float], object]) -> None:
        """Look at the viewers now and then, for ever."""
        while True:
            sleep(SWEEP_S)
            self.sweep()

    def sweep(self) -> None:
        """Cut off who takes nothing for too long."""
        now_s = self.clock()
        patience_s = self._evict_after_s
        if self.is_stopping:
            patience_s = min(STOP_PATIENCE_S, patience_s)
        for reader in self._there.copy():
            since_s = reader.stuck_since_s
            if since_s is not None and now_s - since_s > patience_s and reader.line is not None:
                what = f"takes nothing that it is sent ({reader.kind})"
                self._refusals.note("slow_viewer", what, reader.address)
                try:
                    reader.line.cut()
                except OSError:
                    log.exception("a viewer that takes nothing was not cut off")
