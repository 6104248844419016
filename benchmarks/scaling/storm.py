"""What happens when many viewers come back at once: simulated, process by process.

Steps of time; each process has one core, of which broadcasts to those who are in take their share
first, and joins the rest, one after the other. Who lost its process goes to another one: by chance,
as behind a balancer that looks at nothing, or to the one that has the fewest. Deterministic: the
same `seed`, the same storm.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from benchmarks.scaling.need import Need

STEP_S = 0.05
# Tasks of the loop take turns: joins get so much even where broadcasts want all.
JOINS_LEAST = 0.1
# From the start of a process until it answers.
START_S = 2.0
# After it answers until the next ones are replaced.
CALM_S = 5.0
# A viewer that lost its process without a word comes back within these; after a notice within the
# longest.
LOST_S = (0.5, 1.5)
TOLD_S = (0.0, 5.0)
LIMIT_S = 3_600.0


@dataclass
class Result:
    """What a storm was like.

    Attributes:
        over_s: until all were in again, since it began.
        waits_s, counts: how long joins took from when the viewer came back, and of how many.
        moved: comings back in all.
        fullest: viewers of the fullest process at the end, against the mean.
        busiest: the most that broadcasts wanted of a core; above 1 frames were merged or late.
    """

    over_s: float = 0.0
    moved: int = 0
    fullest: float = 1.0
    busiest: float = 0.0
    waits_s: list[NDArray[np.float64]] = field(default_factory=list)
    counts: list[NDArray[np.int64]] = field(default_factory=list)

    def wait_s(self, share: float) -> float:
        """Return in how many seconds that share of all joins was done."""
        waits, counts = np.concatenate(self.waits_s), np.concatenate(self.counts)
        order = np.argsort(waits)
        place = np.searchsorted(np.cumsum(counts[order]), share * counts.sum())
        return float(waits[order][min(place, len(order) - 1)])


class Storm:
    """Viewers on processes, as `need` says; `spare` more processes than that.

    `to_fewest`: the balancer sends each to the process that has the fewest, else by chance.
    """

    def __init__(
        self, need: Need, spare: int = 0, *, to_fewest: bool = False, seed: int = 1
    ) -> None:
        self.need = need
        self._to_fewest = to_fewest
        self.chance = np.random.default_rng(seed)
        n = need.processes + spare
        self.live = np.full(n, need.viewers // n, dtype=np.int64)
        self.live[: need.viewers % n] += 1
        self.waiting = np.zeros(n)
        self.is_up = np.ones(n, dtype=bool)
        self.result = Result()
        self._now_s = 0.0
        # By step from now on: how many viewers come back then.
        self._returning = np.zeros(int(TOLD_S[1] / STEP_S) + 2, dtype=np.int64)

    def kill(self, n: int) -> Result:
        """Have the first `n` processes die, for good, and let it blow over."""
        self._send_away(np.arange(n), LOST_S)
        return self._until_calm()

    def replace(self, at_once: int) -> Result:
        """Replace all processes, so many at a time, as a deployment does."""
        n = len(self.live)
        for first in range(0, n, at_once):
            batch = np.arange(first, min(n, first + at_once))
            self._send_away(batch, TOLD_S)
            self._pass(START_S)
            self.is_up[batch] = True
            if first + at_once < n:
                self._pass(CALM_S)
        return self._until_calm()

    def _send_away(self, batch: NDArray[np.int64], within_s: tuple[float, float]) -> None:
        """End processes: their viewers, and those who wait there, come back after a while."""
        gone = int(self.live[batch].sum() + round(float(self.waiting[batch].sum())))
        self.is_up[batch] = False
        self.live[batch] = 0
        self.waiting[batch] = 0
        self._come_back(gone, within_s)

    def _come_back(self, n: int, within_s: tuple[float, float]) -> None:
        first, last = (int(moment / STEP_S) for moment in within_s)
        slots = last - first
        self._returning[first:last] += self.chance.multinomial(n, [1 / slots] * slots)

    def _pass(self, seconds: float) -> None:
        end_s = self._now_s + seconds
        while self._now_s < end_s - STEP_S / 2:
            self._step()

    def _until_calm(self) -> Result:
        while self._returning.any() or self.waiting.sum() >= 1:
            self._step()
            if self._now_s > LIMIT_S:
                break
        self.result.over_s = self._now_s
        up = self.live[self.is_up]
        self.result.fullest = float(up.max() / up.mean())
        return self.result

    def _step(self) -> None:
        self._arrive()
        joined = np.minimum(self.waiting, self._joins_per_s() * STEP_S)
        self.waiting -= joined
        # What is left of a viewer at the end of a queue is one that is in.
        is_empty = self.waiting < 0.5
        whole = np.where(is_empty, np.rint(joined + self.waiting), np.floor(joined))
        self.waiting = np.where(is_empty, 0.0, self.waiting + joined - whole)
        self.live += whole.astype(np.int64)
        self.result.busiest = max(self.result.busiest, float(self._busy().max()))
        self._now_s += STEP_S

    def _arrive(self) -> None:
        coming, self._returning[:-1] = int(self._returning[0]), self._returning[1:].copy()
        if not coming:
            return
        up = np.flatnonzero(self.is_up)
        if not len(up):
            # Nobody answers: they try again, as those do who were told nothing.
            self._come_back(coming, LOST_S)
            return
        if self._to_fewest:
            dealt = to_fewest(self.live[up] + self.waiting[up], coming)
        else:
            dealt = self.chance.multinomial(coming, [1 / len(up)] * len(up))
        self.waiting[up] += dealt
        self.result.waits_s.append(self.waiting[up] / self._joins_per_s()[up])
        self.result.counts.append(dealt)
        self.result.moved += coming

    def _joins_per_s(self) -> NDArray[np.float64]:
        """Return how many joins each process gets done a second, beside its broadcasts."""
        left = np.maximum(1.0 - self._busy(), JOINS_LEAST)
        return np.where(self.is_up, left / self.need.measured.join_us * 1e6, 0.0)

    def _busy(self) -> NDArray[np.float64]:
        """Return what broadcasts want of each core."""
        of, need = self.need.measured, self.need
        each_us = self.live * of.message_us + need.charts * of.shared_us
        return np.asarray(need.frames_per_s * each_us / 1e6)


def to_fewest(loads: NDArray[np.float64], n: int) -> NDArray[np.int64]:
    """Return how many of `n` go to each, when each goes to the one that has the fewest."""
    order = np.argsort(loads, kind="stable")
    sorted_loads = loads[order]
    # What it takes to bring the first few up to the load of the next.
    places = np.arange(1, len(loads) + 1)
    levels = (np.cumsum(sorted_loads) + n) / places
    n_filled = int(np.flatnonzero(levels >= sorted_loads)[-1]) + 1
    level = levels[n_filled - 1]
    dealt = np.zeros(len(loads), dtype=np.int64)
    dealt[order[:n_filled]] = np.floor(level - sorted_loads[:n_filled]).astype(np.int64)
    # What rounding has left goes to one after the other.
    dealt[order[: n - int(dealt.sum())]] += 1
    return dealt
