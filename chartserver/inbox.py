"""The inbox of a chart: ticks that wait for the ticker, as they came; taken in the order of time.

Has no lock: its chart has one. Knows neither the names of series nor what a good tick is.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from chartserver.batch import PushKey
from chartserver.receipt import Receipt
from chartserver.ticks import Floats

Flags = npt.NDArray[np.bool_]

# What sources may have waiting between two beats of the ticker: 50,000 ticks/s at 50 ms.
INBOX_TICKS = 2_500


class Singles:
    """Ticks that came one by one, from a source.

    Attributes:
        given: which of the ticks brought a time of their own; the others are of when they came.
    """

    def __init__(self) -> None:
        self.arrived_s = math.inf
        self.times: list[float] = []
        self.rows: list[list[float]] = []
        self.given: list[int] = []

    def __len__(self) -> int:
        return len(self.times)

    def fill(self, time_ms: Floats, columns: Floats) -> None:
        """Write times and values into arrays of this length."""
        time_ms[:] = self.times
        for i, row in enumerate(self.rows):
            columns[: len(row), i] = row


@dataclass(frozen=True, slots=True)
class Pushed:
    """A run that was pushed, or a part of it.

    Attributes:
        places: the rows of a chart that its values belong to.
        due_s: until when it waits for ticks that belong before it.
        n: ticks of the whole run.
        n_kept: those before the end of this part.
        is_stamped: for each tick whether it brought no time and is of when it came; None where
            each has brought one.
    """

    time_ms: Floats
    values: Floats
    places: Sequence[int]
    receipt: Receipt
    digest: str
    arrived_s: float
    due_s: float
    n: int
    n_kept: int
    is_stamped: Flags | None = None

    def __len__(self) -> int:
        return len(self.time_ms)

    def fill(self, time_ms: Floats, columns: Floats) -> None:
        """Write times and values into arrays of this length."""
        time_ms[:] = self.time_ms
        columns[self.places] = self.values

    def split(self, n: int) -> tuple["Pushed", "Pushed"]:
        """Return the first `n` ticks, and the others."""
        first = self._part(slice(None, n))
        return replace(first, n_kept=self.n_kept - (len(self) - n)), self._part(slice(n, None))

    def _part(self, which: slice) -> "Pushed":
        stamped = self.is_stamped
        return replace(
            self,
            time_ms=self.time_ms[which],
            values=self.values[:, which],
            is_stamped=None if stamped is None else stamped[which],
        )


# Ticks that came together, in the order of time. `fill` leaves what is missing as it is.
Part = Singles | Pushed


class Columns(NamedTuple):
    """Parts brought into one order: `keys` and `receipts` as in a Batch."""

    time_ms: Floats
    values: Floats
    keys: Sequence[PushKey]
    receipts: Sequence[tuple[Receipt, int]]


class Inbox:
    """Ticks that wait.

    Attributes:
        last_ms: the latest time that came.
        taken_ms: the latest time that was taken: what comes must not be before it.
    """

    def __init__(self, clock: Callable[[], float], last_ms: float | None = None) -> None:
        self.last_ms = self.taken_ms = -math.inf if last_ms is None else last_ms
        self._clock = clock
        self._singles = Singles()
        # Those before the singles, in the order in which they came.
        self._parts: list[Part] = []
        self._n = 0

    def __len__(self) -> int:
        return len(self._singles.times) + self._n

    def put(self, time_ms: float, row: list[float], is_given: bool = False) -> None:
        """Put one tick, its time not before `last_ms`; `is_given` if it has brought that itself."""
        singles = self._singles
        if not singles.times:
            singles.arrived_s = self._clock()
        if is_given:
            singles.given.append(len(singles.times))
        singles.times.append(time_ms)
        singles.rows.append(row)
        self.last_ms = time_ms

    def push(self, part: Pushed) -> None:
        """Put a run; no time of it is before `taken_ms`."""
        self._close_singles()
        self._parts.append(part)
        self._n += len(part)
        self.last_ms = max(self.last_ms, float(part.time_ms[-1]))

    def take(self, is_last: bool = False) -> Sequence[Part]:
        """Take what is due, and all that is before it in time; with `is_last` whatever is there."""
        if not self._parts:
            return self._take_singles()
        self._close_singles()
        now_s = self._clock() if self._holds(is_last) else math.inf
        due_ms = max((_last_ms(one) for one in self._parts if _due_s(one) <= now_s), default=None)
        if due_ms is None:
            return ()
        taken: list[Part] = []
        left: list[Part] = []
        for part in self._parts:
            _divide(part, due_ms, taken, left)
        self._set_parts(left)
        self.taken_ms = max(self.taken_ms, due_ms)
        return taken

    def _take_singles(self) -> Sequence[Part]:
        """Take ticks that came one by one where nothing else waits: what sources do all day."""
        singles = self._singles
        if not singles.times:
            return ()
        self._singles = Singles()
        self.taken_ms = max(self.taken_ms, singles.times[-1])
        return (singles,)

    def put_back(self, parts: Sequence[Part]) -> None:
        """Have `parts`, which were taken last, wait again: they could not be gone on with."""
        self._close_singles()
        self._set_parts([*parts, *self._parts])

    def pass_by(self, time_ms: float) -> None:
        """Take note that others have got a tick of `time_ms` in: what comes is not before it."""
        self.last_ms = max(self.last_ms, time_ms)
        self.taken_ms = max(self.taken_ms, time_ms)

    def begin_after(self, time_ms: float | None) -> None:
        """Have what comes be after `time_ms`, of another history; None for after nothing."""
        self.last_ms = self.taken_ms = -math.inf if time_ms is None else time_ms
        self.last_ms = max([self.last_ms, *map(_last_ms, self._parts)])

    def drop_push(self, receipt: Receipt) -> None:
        """Drop what waits of one push."""
        self._set_parts(
            [one for one in self._parts if isinstance(one, Singles) or one.receipt is not receipt]
        )

    def clear(self) -> Sequence[Pushed]:
        """Drop all that waits; return what was pushed of it."""
        dropped = [one for one in self._parts if isinstance(one, Pushed)]
        self._singles = Singles()
        self._set_parts([])
        return dropped

    def drop_singles(self) -> int:
        """Drop what came one by one, from a source; return how many those were."""
        before = len(self)
        self._singles = Singles()
        self._set_parts([one for one in self._parts if isinstance(one, Pushed)])
        self.last_ms = max([self.taken_ms, *map(_last_ms, self._parts)])
        return before - len(self)

    def receipts(self) -> Sequence[Receipt]:
        """Return the receipts of all runs that wait."""
        return [one.receipt for one in self._parts if isinstance(one, Pushed)]

    def _holds(self, is_last: bool) -> bool:
        return not is_last and any(_due_s(one) > -math.inf for one in self._parts)

    def _close_singles(self) -> None:
        if self._singles.times:
            self._parts.append(self._singles)
            self._n += len(self._singles)
            self._singles = Singles()

    def _set_parts(self, parts: list[Part]) -> None:
        self._parts = parts
        self._n = sum(map(len, parts))


def join(parts: Sequence[Part], n_series: int) -> Columns:
    """Bring parts into one order; equal times stay in the order in which they came."""
    n = sum(map(len, parts))
    time_ms, values = np.empty(n), np.full((n_series, n), np.nan)
    if len(parts) == 1 and isinstance(parts[0], Singles):
        parts[0].fill(time_ms, values)
        return Columns(time_ms, values, (), ())
    ends = []
    end = 0
    for part in parts:
        here = slice(end, end + len(part))
        part.fill(time_ms[here], values[:, here])
        end = here.stop
        ends.append(end)
    if len(parts) > 1 and (np.diff(time_ms) < 0).any():
        order = np.argsort(time_ms, kind="stable")
        time_ms, values = time_ms[order], values[:, order]
        places = np.empty(n, dtype=np.intp)
        places[order] = np.arange(1, n + 1)
        ends = [int(places[end - 1]) for end in ends]
    pushed = [(one, end) for one, end in zip(parts, ends, strict=True) if isinstance(one, Pushed)]
    return Columns(
        time_ms,
        values,
        [
            PushKey(one.digest, end, one.n, one.n_kept, one.n_kept - len(one))
            for one, end in pushed
            if one.digest
        ],
        [(one.receipt, end) for one, end in pushed if one.n_kept == one.n],
    )


def _last_ms(part: Part) -> float:
    return part.times[-1] if isinstance(part, Singles) else float(part.time_ms[-1])


def _due_s(part: Part) -> float:
    return part.due_s if isinstance(part, Pushed) else -math.inf


def _divide(part: Part, due_ms: float, taken: list[Part], left: list[Part]) -> None:
    """Put what of `part` is not after `due_ms` to what is taken, and the others to what is left."""
    if not isinstance(part, Pushed) or part.time_ms[-1] <= due_ms:
        taken.append(part)
        return
    n = int(np.searchsorted(part.time_ms, due_ms, "right"))
    if n:
        first, part = part.split(n)
        taken.append(first)
    left.append(part)
