"""What this process holds of the end of a log: to go on from, and to give back what Redis loses.

Plain bookkeeping, for the threads that write and follow; asks Redis nothing.
"""

import threading
from collections import OrderedDict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from chartserver.batch import KeptKey
from chartserver.notes import NO_NOTES, NOTES_MAX, KeptNotes, Note
from chartserver.push_keys import KEYS_MAX, OF
from chartserver.store.store import Restored
from chartserver.ticks import Series, Ticks, joined

# What came last, until the chart's own history has it.
RECENT_BYTES = 1_048_576
WRITERS_MAX = 1_000


class Tail:
    """The end of one log, as far as it is known without a gap.

    Attributes:
        lock: held while Redis is given back what it has lost, and by whoever changes the tail.
        epoch, offset: of the last tick that is known.
        came_from, came_at: the epoch before, and up to where it is the same.
        series, title, is_pushed, notes, told: as all have them.
        keys: the last pushes, by their names.
        writers: the last batch of each writer: its number, and the offset that it led to.
    """

    def __init__(self, chart: str) -> None:
        self.chart = chart
        self.lock = threading.RLock()
        self.epoch, self.offset = "", 0
        self.came_from, self.came_at = "", 0
        self.title = ""
        self.is_pushed = False
        self.series: Sequence[Series] = ()
        self.notes: KeptNotes = NO_NOTES
        self.told: dict[str, Mapping[str, Any]] = {}
        self.keys: OrderedDict[str, KeptKey] = OrderedDict()
        self.writers: dict[str, tuple[int, int]] = {}
        self._recent: deque[Ticks] = deque()
        self._recent_bytes = 0
        self._apart: list[Ticks] = []

    def begin(
        self, restored: Restored, is_pushed: bool, writers: Mapping[str, tuple[int, int]]
    ) -> None:
        """Hold a chart as Redis has it."""
        with self.lock:
            if (restored.epoch, restored.offset) != (self.epoch, self.offset):
                self.start(restored.epoch, restored.offset)
                self._keep(_last_bytes(restored.ticks))
            self.came_from, self.came_at = restored.came_from, restored.came_at
            self.title, self.series = restored.title, restored.series
            self.is_pushed = is_pushed
            self.notes, self.told = restored.notes, dict(restored.told)
            self.keys.clear()
            self.hold_keys(restored.keys)
            for name, last in writers.items():
                self.hold_writer(name, *last)

    def start(self, epoch: str, offset: int) -> None:
        """Hold what comes after this position."""
        with self.lock:
            if epoch == self.epoch and offset <= self.offset:
                return
            self.epoch, self.offset = epoch, offset
            self.came_from, self.came_at = "", 0
            self._recent.clear()
            self._apart.clear()
            self._recent_bytes = 0

    def offset_in(self, epoch: str) -> int:
        """Return the offset of the last tick that is known of this epoch; 0 for none."""
        return self.offset if self.epoch == epoch else 0

    def hold(self, ticks: Ticks) -> None:
        """Hold a run of ticks that Redis has; what is known already is passed by.

        One behind a gap is held apart until that is filled.
        """
        with self.lock:
            if ticks.epoch != self.epoch or ticks.offset <= self.offset:
                return
            if not self._apart and ticks.offset - len(ticks) == self.offset:
                self._extend(ticks)
                return
            self._apart = sorted([*self._apart, ticks], key=lambda run: run.offset)
            while self._apart and self._apart[0].offset - len(self._apart[0]) <= self.offset:
                self._extend(self._apart.pop(0))

    def hold_keys(self, keys: Iterable[KeptKey]) -> None:
        """Hold pushes that were kept."""
        with self.lock:
            for key in keys:
                name = key.digest.partition(OF)[0]
                self.keys[name] = key
                self.keys.move_to_end(name)
            while len(self.keys) > KEYS_MAX:
                self.keys.popitem(last=False)

    def hold_writer(self, name: str, number: int, offset: int) -> None:
        """Hold that a writer's batch of this number is in the log."""
        with self.lock:
            if number < self.writers.get(name, (0, 0))[0]:
                return
            self.writers.pop(name, None)
            self.writers[name] = number, offset
            while len(self.writers) > WRITERS_MAX:
                del self.writers[next(iter(self.writers))]

    def hold_note(self, revision: int, note: Note | None, removed: int | None) -> bool:
        """Hold a change of the notes; False when it is not the next one."""
        with self.lock:
            if revision != self.notes.revision + 1:
                return False
            left = [one for one in self.notes.notes if one.id != removed]
            notes = (*left, *([note] if note else []))[-NOTES_MAX:]
            self.notes = KeptNotes(revision, notes)
            return True

    def is_apart_after(self, offset: int) -> bool:
        """Whether there is more behind `offset`, but not right behind."""
        return any(run.offset - len(run) > offset for run in self._apart)

    def after(self, offset: int, older: Ticks | None) -> Ticks | None:
        """Return all ticks after `offset`; None when not all are held.

        `older` is the chart's own history, which may lack the last ones.
        """
        with self.lock:
            if offset >= self.offset:
                return self._apart_after(offset)
            known = self.all(older)
            if known is None or self.offset - offset > len(known):
                return None
            return _cut(known, offset)

    def all(self, older: Ticks | None) -> Ticks | None:
        """Return all ticks up to the last that is known, those of `older` before; None for none."""
        with self.lock:
            runs = list(self._recent)
            if older is not None and self._is_same(older):
                runs = self._behind(older, runs)
            runs = [run for run in runs if len(run)]
            if not runs or runs[-1].offset != self.offset:
                return None
            return replace(joined(runs), epoch=self.epoch)

    def _is_same(self, older: Ticks) -> bool:
        """Whether ticks are those of this history under their offsets."""
        is_before = older.epoch == self.came_from and older.offset <= self.came_at
        return len(older) > 0 and (older.epoch == self.epoch or is_before)

    def _apart_after(self, offset: int) -> Ticks | None:
        """Return what is held behind a gap, where that ends at `offset`."""
        runs: list[Ticks] = []
        for run in self._apart:
            if run.offset - len(run) <= offset < run.offset:
                runs.append(_cut(run, offset))
                offset = run.offset
        return joined(runs) if runs else None

    def _behind(self, older: Ticks, runs: list[Ticks]) -> list[Ticks]:
        """Return the runs behind `older`, where nothing is missing between them."""
        first = runs[0].offset - len(runs[0]) if runs else self.offset
        if older.offset < first:
            return runs
        if older.offset > self.offset:
            older = older.first(len(older) - (older.offset - self.offset))
        later = [_cut(run, older.offset) for run in runs if run.offset > older.offset]
        return [older, *later]

    def _extend(self, run: Ticks) -> None:
        if run.offset <= self.offset:
            return
        if run.offset - len(run) < self.offset:
            run = _cut(run, self.offset)
        self.offset = run.offset
        self._keep(run)

    def _keep(self, run: Ticks) -> None:
        self._recent.append(run)
        self._recent_bytes += run.values.nbytes + run.time_ms.nbytes
        while self._recent_bytes > RECENT_BYTES and len(self._recent) > 1:
            gone = self._recent.popleft()
            self._recent_bytes -= gone.values.nbytes + gone.time_ms.nbytes


class Tails:
    """The tails of all charts that this process writes to or follows."""

    def __init__(self) -> None:
        self._by_chart: dict[str, Tail] = {}
        self._lock = threading.Lock()

    def of(self, chart: str) -> Tail:
        """Return the tail of a chart, whose epoch is "" before anything is known of it."""
        known = self._by_chart.get(chart)
        if known is not None:
            return known
        with self._lock:
            return self._by_chart.setdefault(chart, Tail(chart))


def _cut(run: Ticks, offset: int) -> Ticks:
    """Return the ticks of a run after `offset`."""
    begin = max(0, offset - (run.offset - len(run)))
    return Ticks(run.epoch, run.offset, run.time_ms[begin:], run.values[:, begin:])


def _last_bytes(run: Ticks) -> Ticks:
    """Return the last ticks of a run, no more than are held beside the chart's own history."""
    n = max(1, RECENT_BYTES // (8 * (1 + len(run.values))))
    return _cut(run, run.offset - n) if len(run) > n else run
