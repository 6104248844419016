"""Extracts of what a store keeps: ticks from before the memory's edge."""

from collections.abc import Callable, Iterator
from typing import Protocol

import numpy as np

from chartserver.errors import PositionLost
from chartserver.ticks import EARLIEST_MS, LATEST_MS, Position, Ticks
from chartserver.web.extracts import DoElsewhere, Held
from chartserver.web.spool import Spool

# Of a reduced answer, times included: it is held in memory.
HELD_NUMBERS = 131_072


class Readable(Protocol):
    """What is read of a store, in any thread; see `store.Store`."""

    def pieces(self, chart: str, from_ms: float, to_ms: float) -> Iterator[Ticks]:
        """Yield the ticks between two times, oldest first."""

    def since(self, chart: str, position: Position) -> Iterator[Ticks]:
        """Yield the ticks after `position`, oldest first."""

    def reduced(self, chart: str, from_ms: float, to_ms: float, points: int) -> Ticks:
        """Return at most `points` ticks that show those between two times."""


class Stored:
    """The ticks between two times, or after `since`, up to the offset `until`.

    The store is read once, a piece at a time, `elsewhere`.
    """

    is_reduced = False
    numbers = float("inf")

    def __init__(
        self,
        store: Readable,
        chart_name: str,
        until: Position,
        n_series: int,
        elsewhere: DoElsewhere,
        *,
        since: Position | None = None,
        from_ms: float = EARLIEST_MS,
        to_ms: float = LATEST_MS,
    ) -> None:
        self.epoch = until.epoch
        self.offset = since.offset if since else 0
        self.n_series = n_series
        self.name = f"{until}:stored:{since}:{from_ms!r}:{to_ms!r}"
        self._store = store
        self._chart_name = chart_name
        self._until = until.offset
        self._elsewhere = elsewhere
        self._since = since
        self._from_ms, self._to_ms = from_ms, to_ms
        self._spool: Spool | None = None
        self._has_begun = False

    def pieces(self, rows: slice, n: int) -> Iterator[Ticks]:
        """Yield the ticks in pieces; all rows at once, or the times first and then each row."""
        begin, end, _ = rows.indices(self.n_series)
        if self._spool is not None:
            blocks = self._spooled(self._spool, begin)
        elif (begin, end) == (0, self.n_series):
            blocks = self._read(lambda ticks: None)
        else:
            self._spool = Spool()
            blocks = self._read(self._spool.add)
        for ticks in blocks:
            yield from Held(ticks).pieces(slice(0, end - begin), n)

    def held(self) -> "Stored":
        """Return itself: nobody knows how many ticks they are."""
        return self

    def reduced(self, points: int, elsewhere: DoElsewhere) -> Held:
        """Return at most `points` of the ticks, fewer where there are many series."""
        points = max(2, min(points, HELD_NUMBERS // (1 + self.n_series)))
        return Held(elsewhere(lambda: self._fitted(self._reduced(points))))

    def _reduced(self, points: int) -> Ticks:
        from_ms = self._from_ms
        if self._since is not None:
            first = next(self._store.since(self._chart_name, self._since), None)
            from_ms = LATEST_MS if first is None else float(first.time_ms[0])
        return self._store.reduced(self._chart_name, from_ms, self._to_ms, points)

    def _read(self, on_block: Callable[[Ticks], object]) -> Iterator[Ticks]:
        """Yield blocks as the store gives them, up to the last tick that is wanted."""
        if self._since is not None:
            blocks = self._store.since(self._chart_name, self._since)
        else:
            blocks = self._store.pieces(self._chart_name, self._from_ms, self._to_ms)

        def read() -> Ticks | None:
            block = next(blocks, None)
            if block is None or block.offset - len(block) >= self._until:
                return None
            self._check_follows(block)
            wanted = len(block) - max(0, block.offset - self._until)
            block = self._fitted(block.first(wanted))
            on_block(block)
            return block

        while (block := self._elsewhere(read)) is not None:
            self.offset = block.offset
            yield block

    def _check_follows(self, block: Ticks) -> None:
        """Raise PositionLost where ticks in between are no longer kept: the reader was slow."""
        before = block.offset - len(block)
        if self._has_begun and before != self.offset:
            raise PositionLost(
                f"the ticks after offset {self.offset} were read too late; what is kept begins"
                f" after {before}: ask anew"
            )
        self._has_begun = True

    def _spooled(self, spool: Spool, i: int) -> Iterator[Ticks]:
        for block in range(len(spool.lengths)):
            row = self._elsewhere(lambda block=block: spool.row(block, 1 + i))  # type: ignore[misc]
            # The times have been told.
            yield Ticks(self.epoch, self.offset, row, row[np.newaxis])

    def _fitted(self, ticks: Ticks) -> Ticks:
        """Return ticks with as many series as are told: a store may know of more, or of fewer."""
        if len(ticks.values) == self.n_series:
            return ticks
        values = ticks.values[: self.n_series]
        missing = np.full((self.n_series - len(values), len(ticks)), np.nan)
        return Ticks(
            ticks.epoch,
            ticks.offset,
            ticks.time_ms,
            np.concatenate([values, missing]),
            ticks.is_reduced,
        )
