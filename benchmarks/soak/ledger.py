"""What one viewer has received of a chart: offsets without a gap, or how many ticks it lacks.

Pure bookkeeping: no socket, no clock.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

# A delay is counted by the whole millisecond up to here.
DELAY_MAX_MS = 60_000


class Run(NamedTuple):
    """The ticks `base` + 1 to `offset`, as one event told of them.

    `is_unbroken` is False where the server says that the position could not be gone on from.
    """

    event: str
    chart: str
    epoch: str
    base: int
    offset: int
    oldest_ms: float | None
    is_reduced: bool
    is_unbroken: bool

    @classmethod
    def of(cls, event: str, content: Mapping[str, Any]) -> "Run":
        """Return the run of a `snapshot`, `backfill` or `tick` as it stands on the wire."""
        times_ms, offset = content["t"], content["offset"]
        return cls(
            event=event,
            chart=content["chart"],
            epoch=content["epoch"],
            base=offset - len(times_ms),
            offset=offset,
            oldest_ms=times_ms[0] if times_ms else None,
            is_reduced=bool(content.get("reduced")),
            is_unbroken=content.get("recovered") is not False,
        )


class Delays:
    """How long ticks were under way, from when they were due; and the longest wait for the next.

    `longest_wait_ms` is the longest time in which a viewer received nothing new.
    """

    def __init__(self) -> None:
        self.by_ms: Counter[int] = Counter()
        self.longest_wait_ms = 0.0

    def note(self, delay_ms: float, wait_ms: float) -> None:
        """Count a frame whose oldest tick took `delay_ms`, `wait_ms` after the one before."""
        self.by_ms[min(DELAY_MAX_MS, max(0, int(delay_ms)))] += 1
        self.longest_wait_ms = max(self.longest_wait_ms, wait_ms)

    def percentile_ms(self, share: float) -> int | None:
        """Return the delay in whole ms that at least `share` of the frames do not exceed."""
        wanted, seen = share * self.by_ms.total(), 0
        for delay_ms in sorted(self.by_ms):
            seen += self.by_ms[delay_ms]
            if seen >= wanted:
                return delay_ms
        return None

    def count_above(self, limit_ms: int) -> int:
        """Return how many frames took longer than `limit_ms`, to the whole ms."""
        return sum(n for delay_ms, n in self.by_ms.items() if delay_ms > limit_ms)


@dataclass(slots=True)
class Ledger:
    """A viewer's position and what it got on the way there, over all its connections.

    Attributes:
        epoch, offset: the position; an empty epoch before the first ticks.
        joined_at: the offset of the first snapshot, from which on nothing may lack.
        received: ticks after that, each counted once.
        missed: ticks that a frame skipped.
        reduced: ticks that came only as minima and maxima.
        restarts: snapshots in place of a position that was too old.
    """

    delays: Delays | None = None
    epoch: str = ""
    offset: int = 0
    joined_at: int = 0
    received: int = 0
    missed: int = 0
    reduced: int = 0
    restarts: int = 0
    _last_ms: float = field(default=0.0, repr=False)

    @property
    def position(self) -> dict[str, Any] | None:
        """What to give as `since`; None before the first ticks."""
        return {"epoch": self.epoch, "offset": self.offset} if self.epoch else None

    def take(self, run: Run, now_ms: float) -> None:
        """Take a run of ticks that has come at `now_ms`."""
        if not self.epoch or not run.is_unbroken:
            self.restarts += bool(self.epoch)
            self.epoch, self.offset, self._last_ms = run.epoch, run.offset, now_ms
            self.joined_at = self.joined_at or run.offset
            return
        if run.epoch != self.epoch:
            # No server was restarted: the position is lost, and so is what led to it.
            self.missed += max(1, run.offset)
            self.epoch, self.offset = run.epoch, run.offset
            return
        passed = run.offset - self.offset
        if passed <= 0:
            return
        if run.is_reduced:
            self.reduced += passed
        else:
            skipped = max(0, run.base - self.offset)
            self.missed += skipped
            self.received += passed - skipped
        self.offset = run.offset
        if self.delays is not None and run.event == "tick" and run.oldest_ms is not None:
            self.delays.note(now_ms - run.oldest_ms, now_ms - self._last_ms)
        self._last_ms = now_ms
