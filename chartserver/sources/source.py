"""What a source is, and the commonest shape of one: a callable that is read on a beat."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol, runtime_checkable

from chartserver.ticks import Series, Tick, Values

# A chart takes no more.
SERIES_MAX = 256


class Source(Protocol):
    """What yields ticks for one chart. It runs in an OS thread of its own.

    Attributes:
        title: what people read above the chart; "" for the chart's name.
        series: the series in the order of the values; empty when the first tick names them.
        interval_s: seconds between ticks as they arrive; None for a source without a beat,
            which is then never called stalled.
    """

    title: str
    series: Sequence[Series]
    interval_s: float | None

    def ticks(self, stop: threading.Event) -> Iterator[Tick]:
        """Yield ticks until the source ends; may block, and is called anew after a failure.

        Must return soon after `stop` is set where it can: wait with `stop.wait(seconds)`, not
        with `time.sleep`. An exception is a failure, told to viewers by its text; a return is
        the end of the source.
        """
        ...


@runtime_checkable
class Connecting(Protocol):
    """A source that has to connect to somebody, and says when it has.

    Attributes:
        on_connected: called then; set by who runs the source.
    """

    on_connected: Callable[[], object]


class Last(NamedTuple):
    """The last tick of a chart's history: its offset, its time, and the values that it has."""

    offset: int
    time_ms: float
    values: Mapping[str, float]


@runtime_checkable
class Resuming(Protocol):
    """A source that can go on where one before it has ended, maybe in another process."""

    def resume(self, last: Last) -> None:
        """Have `ticks`, which is called next, go on after `last`.

        Called before each call of `ticks`, once the chart has ticks.
        """


def next_deadline(deadline_s: float, now_s: float, interval_s: float) -> float:
    """Return the first beat after `now_s` on the grid that `deadline_s` is on."""
    missed = max(0, int((now_s - deadline_s) // interval_s))
    return deadline_s + (missed + 1) * interval_s


class Beat:
    """A source that calls `read` once in each interval, on a grid of deadlines.

    `read` returns the values of now, or a Tick that brings its own time. A late beat is skipped
    and counted in `beats_skipped`, never queued.
    """

    def __init__(
        self,
        read: Callable[[], Values | Tick],
        *,
        series: Sequence[Series],
        interval_s: float,
        title: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.title = title
        self.series = series
        self.interval_s: float | None = interval_s
        self.beats_skipped = 0
        self._beat_s = interval_s
        self._read = read
        self._clock = clock

    def ticks(self, stop: threading.Event) -> Iterator[Tick]:
        """Yield a tick at once and then one on each beat."""
        deadline_s = self._clock()
        while not stop.is_set():
            read = self._read()
            yield read if isinstance(read, Tick) else Tick(None, read)
            upcoming_s = next_deadline(deadline_s, self._clock(), self._beat_s)
            self.beats_skipped += round((upcoming_s - deadline_s) / self._beat_s) - 1
            deadline_s = upcoming_s
            stop.wait(max(0.0, deadline_s - self._clock()))
