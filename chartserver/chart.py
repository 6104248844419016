"""A chart: its description, its history, and the inbox in which ticks wait for the ticker.

Any thread may append; only the ticker takes. Knows neither viewers nor sockets.
"""

import math
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from chartserver.errors import BadTick, ChartClosed, ConfigError, InboxFull
from chartserver.history import MemoryHistory
from chartserver.sources.source import SERIES_MAX
from chartserver.ticks import (
    EARLIEST_MS,
    LATEST_MS,
    Series,
    Tick,
    Ticks,
    Values,
    check_chart_name,
    default_names,
    short,
)

# What may wait between two beats of the ticker: 50,000 ticks/s at 50 ms.
INBOX_TICKS = 2_500


STATUSES = ("waiting", "live", "stalled", "ended", "failed", "stopping")


class Status(NamedTuple):
    """How a chart's source is, one of `STATUSES`, and why.

    A server that stops says within how many seconds its viewers are to come back, each at a moment
    of its own.
    """

    status: str
    reason: str = ""
    return_within_s: float | None = None

    def notice(self, chart_name: str) -> dict[str, Any]:
        """Return what viewers are told."""
        content: dict[str, Any] = {
            "chart": chart_name,
            "status": self.status,
            "reason": self.reason,
        }
        if self.return_within_s is not None:
            content["return_within_s"] = self.return_within_s
        return content


LIVE = Status("live")


class Chart:
    """A named set of series that share time, history and room.

    `on_put` is called, by any thread, after each tick that is put.

    Attributes:
        history: what viewers see; the ticker alone appends to it.
        status: live with each tick that is put, else what the source's thread or the ticker found;
            the ticker tells it to viewers.
        version: rises whenever the description changes.
        arrived_s: when the first of the ticks that were taken last had come, on `clock`.
        ticks_taken: ticks moved into the history, since the start.
        frames: runs of ticks handed to the broadcast, since the start.
        viewers: how many watch now.
        joins: how many have come, since the start.
        ticks_refused: ticks that did not fit, since the start.
        values_refused: infinities taken for missing values, since the start.
    """

    def __init__(
        self,
        name: str,
        *,
        now_ms: Callable[[], float],
        history: MemoryHistory,
        title: str = "",
        series: Sequence[Series] = (),
        interval_s: float | None = None,
        panels: str = "auto",
        on_put: Callable[[], object] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._on_put = on_put
        self._clock = clock
        self.name = check_chart_name(name)
        self.history = history
        self.status = Status("waiting", "no tick has come yet")
        self.version = 0
        self.arrived_s = self._first_arrived_s = -math.inf
        self.ticks_taken = 0
        self.frames = 0
        self.viewers = 0
        self.joins = 0
        self.ticks_refused = 0
        self.values_refused = 0
        self._title = title
        self._interval_s = interval_s
        self._panels = panels
        self._now_ms = now_ms
        self._lock = threading.Lock()
        self._series: list[Series] = []
        self._index: dict[str, int] = {}
        self._last_ms = -math.inf
        self._is_closed = False
        self._times: list[float] = []
        self._rows: list[list[float]] = []
        self._add_series(series)

    @property
    def series(self) -> Sequence[Series]:
        """The series in the order of the values. A series is never taken away."""
        return tuple(self._series)

    @property
    def interval_s(self) -> float | None:
        """Seconds between ticks, None when there is no beat."""
        return self._interval_s

    @property
    def is_full(self) -> bool:
        """Whether the inbox takes no more until the next beat of the ticker."""
        return len(self._times) >= INBOX_TICKS

    def describe(self) -> dict[str, Any]:
        """Return the description, as it stands in a snapshot and in the HTTP interface."""
        epoch, offset = self.history.position
        return {
            "name": self.name,
            "title": self._title or self.name,
            "series": [series.describe() for series in self._series],
            "panels": self._panels,
            "interval_ms": self._interval_s and self._interval_s * 1000,
            "epoch": epoch,
            "offset": offset,
            "status": self.status.status,
            "reason": self.status.reason,
            "viewers": self.viewers,
        }

    def adopt(self, title: str, series: Sequence[Series], interval_s: float | None) -> None:
        """Take over what a source says of itself, where nobody has said it before.

        Series that are known stay where they are.
        """
        with self._lock:
            self._title = self._title or title
            self._interval_s = interval_s or self._interval_s
            for one in series:
                if one.name in self._index:
                    known = self._index[one.name]
                    self._series[known] = self._series[known].completed(one)
            self._add_series([one for one in series if one.name not in self._index])
            self.version += 1

    def append(self, *values: Any, time_ms: float | None = None) -> None:
        """Append one tick: `append(1.08, 149.8)`, `append([1.08, 149.8])` or by name, a dict.

        Thread-safe. The first tick names the series, when nobody has; a name that is new adds
        a series. None and NaN are missing values; `time_ms` defaults to now.

        Raises:
            BadTick: the wrong number of values, something that is no number, or a time before
                the last tick's. Nothing is appended.
            InboxFull: ticks come faster than they can be taken; wait and append again.
            ChartClosed: the server stops.
        """
        only = values[0] if len(values) == 1 else values
        is_run = isinstance(only, Mapping | Sequence | np.ndarray) and not isinstance(
            only, str | bytes
        )
        self.put(Tick(time_ms, only if is_run else (only,)))

    def put(self, tick: Tick) -> None:
        """Append one tick; as `append`, for those who hold a Tick."""
        with self._lock:
            if self._is_closed:
                raise ChartClosed(
                    f"chart {self.name!r} takes no more ticks: the server is stopping"
                )
            if self.is_full:
                raise InboxFull(
                    f"chart {self.name!r} already holds {INBOX_TICKS} ticks that wait;"
                    " expected fewer between two beats: append again in a moment"
                )
            time_ms = self._time(tick.time_ms)
            row = self._row(tick.values)
            if not self._times:
                self._first_arrived_s = self._clock()
            self._times.append(time_ms)
            self._rows.append(row)
            self._last_ms = time_ms
            if self.status is not LIVE:
                self.status = LIVE
        self._on_put()

    def close(self) -> None:
        """Take no more ticks: nobody is told that one was taken which no viewer will see."""
        with self._lock:
            self._is_closed = True

    def take(self) -> Ticks | None:
        """Move what waits into the history and return it; None when nothing waits.

        For the ticker alone.
        """
        with self._lock:
            times, rows = self._times, self._rows
            self._times, self._rows = [], []
            n_series = len(self._series)
            self.arrived_s = self._first_arrived_s
        if not times:
            return None
        try:
            columns = np.full((n_series, len(times)), np.nan)
            for i, row in enumerate(rows):
                columns[: len(row), i] = row
            ticks = self.history.append(np.array(times), columns)
        except MemoryError:
            # Whoever gave them was told that they are taken: they wait for the next beat.
            with self._lock:
                self._times[:0], self._rows[:0] = times, rows
            raise
        self.ticks_taken += len(times)
        return ticks

    def _time(self, time_ms: float | None) -> float:
        if time_ms is None:
            return max(self._now_ms(), self._last_ms)
        if (
            not isinstance(time_ms, int | float | np.integer | np.floating)
            or isinstance(time_ms, bool)
            or not EARLIEST_MS <= time_ms <= LATEST_MS
        ):
            raise BadTick(
                f"time is {short(time_ms)}; expected milliseconds since 1970, such as 1763829000000"
            )
        if time_ms < self._last_ms:
            raise BadTick(
                f"time is {time_ms:.0f} ms, {self._last_ms - time_ms:.0f} ms before the last tick;"
                " expected ticks in the order of time"
            )
        return float(time_ms)

    def _row(self, values: Values) -> list[float]:
        if isinstance(values, Mapping):
            return self._row_by_name(values)
        if not self._series:
            names = default_names(len(values))
            return self._row_by_name(dict(zip(names, values, strict=True)))
        if len(values) != len(self._series):
            wanted = ", ".join(series.name for series in self._series[:8])
            raise BadTick(
                f"got {len(values)} values; expected {len(self._series)}, one for each of {wanted}"
            )
        return [self._number(value, i) for i, value in enumerate(values)]

    def _row_by_name(self, values: Mapping[str, float | None]) -> list[float]:
        # All are read before the first series is added: a bad tick must not name the series.
        numbers = {str(name): self._number(value, str(name)) for name, value in values.items()}
        if not numbers and not self._series:
            raise BadTick("got no values; expected at least one number, such as 1.5")
        try:
            self._add_series([Series(name) for name in numbers if name not in self._index])
        except ConfigError as error:
            raise BadTick(str(error)) from None
        row = [math.nan] * len(self._series)
        for name, number in numbers.items():
            row[self._index[name]] = number
        return row

    def _number(self, value: object, which: int | str) -> float:
        if value is None:
            return math.nan
        if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
            name = which if isinstance(which, str) else self._series[which].name
            raise BadTick(
                f"value of {name!r} is {str(value)[:40]!r}; expected a number or None, such as 1.5"
            )
        try:
            number = float(value)
        except OverflowError:  # an int beyond all floats
            number = math.inf
        if math.isinf(number):
            self.values_refused += 1
            return math.nan
        return number

    def _add_series(self, added: Sequence[Series]) -> None:
        n_series = len(self._series) + len(added)
        if n_series > SERIES_MAX:
            raise ConfigError(
                f"chart {self.name!r} would have {n_series} series; expected at most {SERIES_MAX}"
            )
        names = [series.name for series in added]
        for name in names:
            if names.count(name) > 1:
                raise ConfigError(
                    f"chart {self.name!r} names the series {name!r} twice; expected each once"
                )
        # First, so that a snapshot has a row for each series that is described.
        self.history.add_series(n_series - self.history.n_series)
        for series in added:
            self._index[series.name] = len(self._series)
            self._series.append(series)
        if added:
            self.version += 1
