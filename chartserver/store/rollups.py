"""The roll-ups of a chart as they grow: a bucket is made once it is complete, and never changes.

Pure: what comes in are ticks, what comes out are complete buckets and what is still under way. A
bucket is complete when a tick has come that is not before its end, for times never fall.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from chartserver.store.buckets import NO_BUCKETS, Buckets, each, joined, widened
from chartserver.store.levels import ROLL_UPS
from chartserver.ticks import Ticks

# Ticks wait for the end of their minute, or until there are so many.
TICKS_MAX = 4_096
FINEST_MS = ROLL_UPS[0].width_ms


@dataclass(frozen=True, slots=True)
class Rollups:
    """What no complete bucket holds yet.

    Attributes:
        ticks: those that are in no bucket at all.
        parts: for each level of `ROLL_UPS` the finer buckets of which its next one will be made;
            for the finest, buckets of parts of a minute.
    """

    ticks: Sequence[Ticks] = ()
    parts: Sequence[Buckets] = field(default=(NO_BUCKETS,) * len(ROLL_UPS))

    def take(self, ticks: Ticks) -> tuple["Rollups", Mapping[int, Buckets]]:
        """Return what is under way after `ticks`, and the buckets of each level now complete."""
        waiting = [*self.ticks, ticks]
        first_ms = self.parts[0].start_ms[0] if len(self.parts[0]) else waiting[0].time_ms[0]
        is_same_minute = ticks.time_ms[-1] // FINEST_MS == first_ms // FINEST_MS
        if is_same_minute and sum(map(len, waiting)) < TICKS_MAX:
            return Rollups(waiting, self.parts), {}
        fresh = [widened(each(one), FINEST_MS) for one in waiting]
        return self._raised(joined(fresh), float(ticks.time_ms[-1]))

    def _raised(self, fresh: Buckets, last_ms: float) -> tuple["Rollups", Mapping[int, Buckets]]:
        parts: list[Buckets] = []
        complete: dict[int, Buckets] = {}
        for level, under_way in zip(ROLL_UPS, self.parts, strict=True):
            of_level = joined([one for one in (under_way, fresh) if len(one)])
            end_ms = last_ms // level.width_ms * level.width_ms
            n_done = int(np.searchsorted(of_level.start_ms, end_ms, "left"))
            parts.append(of_level.slice(n_done, None))
            fresh = widened(of_level.slice(None, n_done), level.width_ms)
            if len(fresh):
                complete[level.number] = fresh
        return Rollups((), parts), complete
