"""Extracts: the ticks that one answer tells, read in pieces, so that nobody holds a copy of all.

What an extract tells is fixed when it is made; whatever comes into the history later is not in it.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from chartserver import frames
from chartserver.errors import PositionLost
from chartserver.history import MemoryHistory
from chartserver.ticks import Ticks

# So many numbers are looked through in a moment; more, elsewhere than on the loop.
NUMBERS_AT_ONCE = 32_768

Result = TypeVar("Result")


class DoElsewhere(Protocol):
    """Calls a function in a thread and returns its result; as `Offload`."""

    def __call__(self, function: Callable[[], Result]) -> Result:
        """Return what `function` returns."""
        ...


class Extract(Protocol):
    """Some ticks of one chart.

    Attributes:
        epoch: of the history.
        offset: of the last tick, once all were read; with none, of the last tick before them.
        n_series: how many series each tick has.
        is_reduced: whether ticks in between were left out.
        numbers: how many numbers it tells, times included; infinite when that is not known.
        name: what is in it: an extract of the same chart and name tells the same.
    """

    epoch: str
    offset: int
    n_series: int
    is_reduced: bool
    numbers: float
    name: str

    def pieces(self, rows: slice, n: int) -> Iterator[Ticks]:
        """Yield the ticks in pieces of at most `n`, of the series in `rows` alone.

        May be called again, for other rows, when the one before was read to its end.

        Raises:
            PositionLost: ticks are gone before they were read.
        """
        ...

    def held(self) -> "Extract":
        """Return a copy that is held in memory; for few ticks."""
        ...

    def reduced(self, points: int, elsewhere: DoElsewhere) -> "Extract":
        """Return at most `points` of the ticks that show the same picture; see `frames.reduce`.

        What takes long is done `elsewhere`.
        """
        ...


class Held:
    """Ticks that are held in memory."""

    def __init__(self, ticks: Ticks) -> None:
        self.epoch = ticks.epoch
        self.offset = ticks.offset
        self.n_series = len(ticks.values)
        self.is_reduced = ticks.is_reduced
        self.numbers: float = len(ticks) * (1 + self.n_series)
        self.name = f"{ticks.epoch}:{ticks.offset - len(ticks)}:{ticks.offset}"
        self._ticks = ticks

    def pieces(self, rows: slice, n: int) -> Iterator[Ticks]:
        """Yield the ticks in pieces."""
        ticks = self._ticks
        for begin in range(0, len(ticks), n):
            run = slice(begin, begin + n)
            yield Ticks(self.epoch, self.offset, ticks.time_ms[run], ticks.values[rows, run])

    def held(self) -> "Held":
        """Return itself."""
        return self

    def reduced(self, points: int, elsewhere: DoElsewhere) -> "Held":
        """Return at most `points` of the ticks; they are few, and looked through at once."""
        return Held(frames.reduce(self._ticks, points))


class Kept:
    """The ticks after one offset until another, as a history keeps them."""

    is_reduced = False

    def __init__(self, history: MemoryHistory, after: int, until: int, n_series: int) -> None:
        self.epoch = history.epoch
        self.offset = until
        self.n_series = n_series
        self.numbers: float = (until - after) * (1 + n_series)
        self.name = f"{self.epoch}:{after}:{until}"
        self._history = history
        self._after = after

    def __len__(self) -> int:
        return self.offset - self._after

    def pieces(self, rows: slice, n: int) -> Iterator[Ticks]:
        """Yield the ticks in pieces."""
        rows = slice(*rows.indices(self.n_series))
        for begin in range(self._after, self.offset, n):
            piece = self._history.part(begin, min(begin + n, self.offset), rows)
            yield of_epoch(piece, self.epoch)

    def held(self) -> Held:
        """Return a copy of all; for few of them."""
        whole = self._history.part(self._after, self.offset, slice(self.n_series))
        return Held(of_epoch(whole, self.epoch))

    def reduced(self, points: int, elsewhere: DoElsewhere) -> Extract:
        """Return at most `points` of the ticks; many are looked through series by series."""
        if len(self) <= points:
            return self
        is_long = len(self) * self.n_series > NUMBERS_AT_ONCE
        mark = np.zeros(len(self), bool)
        mark[[0, -1]] = True
        share = frames.share_of(points, self.n_series)
        for i in range(self.n_series):
            look = partial(self._extremes, i, share)
            mark[elsewhere(look) if is_long else look()] = True
        if mark.all():
            return self
        offsets = np.flatnonzero(mark) + self._after + 1
        return Chosen(self._history, offsets, self.n_series)

    def _extremes(self, i: int, share: int) -> frames.Indices:
        ticks = self._history.part(self._after, self.offset, slice(i, i + 1))
        return frames.extremes(of_epoch(ticks, self.epoch).values[0], share)


class Chosen:
    """The ticks at some offsets, at least one, as a history keeps them."""

    is_reduced = True

    def __init__(
        self, history: MemoryHistory, offsets: npt.NDArray[np.intp], n_series: int
    ) -> None:
        self.epoch = history.epoch
        self.offset = int(offsets[-1])
        self.n_series = n_series
        self.numbers: float = len(offsets) * (1 + n_series)
        self.name = f"{self.epoch}:{int(offsets[0]) - 1}:{self.offset}"
        self._history = history
        self._offsets = offsets

    def pieces(self, rows: slice, n: int) -> Iterator[Ticks]:
        """Yield the ticks in pieces."""
        rows = slice(*rows.indices(self.n_series))
        for begin in range(0, len(self._offsets), n):
            piece = self._history.pick(self._offsets[begin : begin + n], rows)
            yield of_epoch(piece, self.epoch)

    def held(self) -> Held:
        """Return a copy of all; for few of them."""
        whole = self._history.pick(self._offsets, slice(self.n_series))
        return Held(of_epoch(whole, self.epoch))

    def reduced(self, points: int, elsewhere: DoElsewhere) -> Extract:
        """Return what was chosen: it is reduced."""
        return self


def of_epoch(ticks: Ticks, epoch: str) -> Ticks:
    """Return `ticks`; raise PositionLost when the history has begun anew since."""
    if ticks.epoch != epoch:
        raise PositionLost(
            f"the ticks of epoch {epoch!r} were read too late; the history is of"
            f" {ticks.epoch!r} now: ask anew"
        )
    return ticks
