"""Bounded history of a chart's ticks, addressed by epoch and offset.

Pure bookkeeping: no clock, no socket. Safe to use from several threads: the lock is held for
array copies only.
"""

import secrets
import threading

import numpy as np
import numpy.typing as npt

from chartserver.errors import BadTick, PositionLost
from chartserver.ticks import Floats, Position, Ticks

FIRST_COLUMNS = 1024


class MemoryHistory:
    """The last `capacity` ticks, in columns.

    Offsets are 1, 2, 3 … and rise by exactly 1 per tick. Columns live in arrays of at most twice
    the capacity, so that any run is one slice and old columns are moved once per `capacity`
    appends.
    """

    def __init__(self, capacity: int, n_series: int = 0, epoch: str | None = None) -> None:
        self.capacity = capacity
        self.epoch = epoch or secrets.token_hex(4)
        self._lock = threading.Lock()
        self._start = self._offset = 0  # before the first tick that was ever here; of the last
        self._end = 0  # columns [_end - kept, _end) are filled
        self._begin = 0  # columns [_begin, _end) follow each other: ticks no longer kept, then kept
        self._time_ms: Floats = np.empty(min(FIRST_COLUMNS, 2 * capacity))
        self._values: Floats = np.empty((n_series, len(self._time_ms)))

    @classmethod
    def restored(cls, capacity: int, n_series: int, ticks: Ticks) -> "MemoryHistory":
        """Return a history that ends with `ticks`, and goes on where they end."""
        history = cls(capacity, n_series, ticks.epoch)
        history._start = history._offset = ticks.offset - len(ticks)
        history.append(ticks.time_ms, ticks.values)
        return history

    def reset(self, n_series: int, ticks: Ticks) -> None:
        """Begin anew, in place: end with `ticks` and go on where they end.

        A position from before is lost when it is of another epoch, or before these ticks.
        """
        fresh = MemoryHistory.restored(self.capacity, n_series, ticks)
        with self._lock:
            self.epoch = fresh.epoch
            self._start, self._offset = fresh._start, fresh._offset
            self._begin, self._end = fresh._begin, fresh._end
            self._time_ms, self._values = fresh._time_ms, fresh._values

    def __len__(self) -> int:
        return min(self._offset - self._start, self.capacity)

    @property
    def n_series(self) -> int:
        """How many series the history has now; it never falls."""
        return len(self._values)

    @property
    def position(self) -> Position:
        """The position of a viewer that has seen everything."""
        return Position(self.epoch, self._offset)

    @property
    def last_time_ms(self) -> float | None:
        """The time of the last tick, or None before the first."""
        with self._lock:
            return float(self._time_ms[self._end - 1]) if len(self) else None

    @property
    def first_time_ms(self) -> float:
        """The time of the first tick that is kept; infinity when none is."""
        with self._lock:
            n = len(self)
            return float(self._time_ms[self._end - n]) if n else np.inf

    def append(self, time_ms: Floats, values: Floats) -> Ticks:
        """Append a run of ticks and return it with its offsets.

        Args:
            time_ms: shape (n,), not falling, not before the last tick.
            values: shape (m, n), NaN for missing; the series after the first m miss this run.

        Raises:
            BadTick: the shape is wrong or time runs backwards. Nothing is appended.
        """
        n, rows = len(time_ms), len(values)
        if values.shape != (rows, n) or rows > self.n_series:
            raise BadTick(f"values have shape {values.shape}; expected {(self.n_series, n)}")
        with self._lock:
            last_ms = self._time_ms[self._end - 1] if len(self) else -np.inf
            if n and (time_ms[0] < last_ms or (np.diff(time_ms) < 0).any()):
                raise BadTick("time runs backwards; expected each tick at or after the one before")
            # Of a run longer than the history only the end is kept; all of it is numbered.
            kept = min(n, self.capacity)
            self._make_room(kept)
            if kept < n:
                self._begin = self._end
            new = slice(self._end, self._end + kept)
            self._time_ms[new] = time_ms[n - kept :]
            self._values[:rows, new], self._values[rows:, new] = values[:, n - kept :], np.nan
            self._end += kept
            self._offset += n
            return Ticks(self.epoch, self._offset, time_ms, values)

    def add_series(self, n: int = 1) -> None:
        """Add `n` series after the others; the ticks so far miss them."""
        if n <= 0:
            return
        with self._lock:
            new = np.full((n, self._values.shape[1]), np.nan)
            self._values = np.concatenate([self._values, new])

    def since(self, position: Position) -> Ticks:
        """Return the ticks after `position`, oldest first.

        Returns:
            0 <= n <= capacity ticks. Offsets rise by exactly 1. The arrays are the caller's
            to keep.

        Raises:
            PositionLost: `position` is of another epoch, in the future, or a tick after it is
                no longer kept. Send a snapshot instead.

        Source: recovery by epoch and offset, Centrifugo documentation.
        """
        with self._lock:
            return self._last(self._missed(position))

    def check_kept(self, position: Position) -> None:
        """Raise PositionLost as `since` does; nothing is copied."""
        with self._lock:
            self._missed(position)

    def _missed(self, position: Position) -> int:
        """Return how many ticks came after `position`; in the lock."""
        if position.epoch != self.epoch:
            raise PositionLost(
                f"since is of epoch {position.epoch!r}; the history is of {self.epoch!r}:"
                " a snapshot is sent instead"
            )
        missed = self._offset - position.offset
        if missed < 0:
            raise PositionLost(
                f"since is at offset {position.offset}; the history ends at {self._offset}:"
                " a snapshot is sent instead"
            )
        if missed > len(self):
            raise PositionLost(
                f"since is at offset {position.offset}; the history begins after"
                f" {self._offset - len(self)}: a snapshot is sent instead"
            )
        return missed

    def all(self) -> Ticks:
        """Return all ticks that are kept, oldest first."""
        with self._lock:
            return self._last(len(self))

    def between(self, from_ms: float, to_ms: float) -> Ticks:
        """Return the ticks with `from_ms` <= time <= `to_ms`, oldest first.

        `offset` is that of the last tick returned; with none, of the last tick before them.
        """
        with self._lock:
            return self._slice(*self._between(from_ms, to_ms))

    def span(self, from_ms: float, to_ms: float) -> tuple[int, int]:
        """Return the offsets before the first and of the last of the ticks `between` returns."""
        with self._lock:
            begin, end = self._between(from_ms, to_ms)
            first_column = self._offset - self._end
            return first_column + begin, first_column + end

    def part(self, after: int, until: int, rows: slice = slice(None)) -> Ticks:
        """Return the ticks from offset `after` + 1 to `until`, of the series in `rows` alone.

        For who reads a long run piece by piece: ticks may be had for a while after they are no
        longer kept, until columns are moved.

        Raises:
            PositionLost: they are gone.
        """
        with self._lock:
            begin, end = self._column(after), self._column(until)
            return self._slice(begin, end, rows)

    def pick(self, offsets: npt.NDArray[np.intp], rows: slice = slice(None)) -> Ticks:
        """Return the ticks at `offsets`, which rise, of the series in `rows`; as `part`.

        At least one; `is_reduced` is set.
        """
        with self._lock:
            first = self._column(int(offsets[0]) - 1)
            columns = offsets - int(offsets[0]) + first
            return Ticks(
                self.epoch,
                int(offsets[-1]),
                self._time_ms[columns],
                self._values[rows][:, columns],
                True,
            )

    def _last(self, n: int) -> Ticks:
        return self._slice(self._end - n, self._end)

    def _column(self, offset: int) -> int:
        """Return the column after that of `offset`; in the lock."""
        column = offset - (self._offset - self._end)
        if self._begin <= column <= self._end:
            return column
        raise PositionLost(
            f"the ticks after offset {offset} were read too late; the history begins after"
            f" {self._offset - len(self)}: ask anew"
        )

    def _between(self, from_ms: float, to_ms: float) -> tuple[int, int]:
        """Return the columns from the first to that after the last; in the lock."""
        first = self._end - len(self)
        kept = self._time_ms[first : self._end]
        begin = first + int(np.searchsorted(kept, from_ms, "left"))
        return begin, max(begin, first + int(np.searchsorted(kept, to_ms, "right")))

    def _slice(self, begin: int, end: int, rows: slice = slice(None)) -> Ticks:
        return Ticks(
            self.epoch,
            self._offset - (self._end - end),
            self._time_ms[begin:end].copy(),
            self._values[rows, begin:end].copy(),
        )

    def _make_room(self, n: int) -> None:
        columns = len(self._time_ms)
        if self._end + n <= columns:
            return
        kept = len(self)
        # Grow while small, move once grown: memory follows what is there.
        columns = min(max(2 * columns, 2 * (kept + n)), 2 * self.capacity)
        keep = min(kept, columns - n)
        tail = slice(self._end - keep, self._end)
        time_ms, values = np.empty(columns), np.empty((self.n_series, columns))
        time_ms[:keep], values[:, :keep] = self._time_ms[tail], self._values[:, tail]
        self._time_ms, self._values = time_ms, values
        self._begin, self._end = 0, keep
