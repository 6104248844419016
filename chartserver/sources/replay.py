"""Plays the rows of a CSV file as ticks, in their own time, faster, or as if they came now."""

import codecs
import csv
import logging
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from importlib import resources
from pathlib import Path

import numpy as np

from chartserver.errors import ConfigError
from chartserver.sources.csv_file import CsvFile
from chartserver.sources.options import Options
from chartserver.sources.progress import Progress
from chartserver.sources.source import Last, Source
from chartserver.sources.table import Table, read_table
from chartserver.ticks import LATEST_MS, Series, Tick

ECB = "ecb"
ECB_TITLE = "Euro reference rates (source: European Central Bank)"
# The days of the series, one a second: at their own speed nobody would see the second.
ECB_SPEED = 86_400.0
CHUNK_ROWS = 4_096
LONGEST_WAIT_S = 3_600.0
SLOW_S = 60.0
LAP_GAP_MS = 1_000.0
EVEN = 0.01

log = logging.getLogger(__name__)


class Replay:
    """The rows of `table`, `speed` seconds of data in a second; 0 for as fast as they are taken.

    `is_loop` begins anew after the last row, with times that go on rising. `starts_now` puts on
    each tick the time at which it is played, `ends_now` moves all times so that the last row's
    is now.
    """

    def __init__(
        self,
        table: Table,
        *,
        title: str = "",
        speed: float = 1.0,
        is_loop: bool = False,
        starts_now: bool = False,
        ends_now: bool = False,
        clock: Callable[[], float] = time.monotonic,
        wall_s: Callable[[], float] = time.time,
    ) -> None:
        self.title = title
        self.series: Sequence[Series] = [Series(name) for name in table.names]
        self._table = table
        self._speed = speed
        self._is_loop = is_loop
        self._starts_now = starts_now
        self._ends_now = ends_now
        self._clock = clock
        self._wall_s = wall_s
        self.interval_s = self._beat_s()
        self._last: Last | None = None

    @property
    def spacing_ms(self) -> float | None:
        """The median time between two rows; None for a single row."""
        steps_ms = np.diff(self._table.time_ms)
        return float(np.median(steps_ms)) if len(steps_ms) else None

    def resume(self, last: Last) -> None:
        """Go on with the row after the one that was appended last, in the round that it was of."""
        self._last = last

    def ticks(self, stop: threading.Event) -> Iterator[Tick]:
        """Yield the rows when they are due; a row that is late comes at once, none is left out."""
        n_rows = len(self._table.time_ms)
        progress = Progress(self.title, n_rows, sys.stderr, self._clock)
        done, last_ms = self._done(), float(self._table.time_ms[-1])
        began_s, now_ms = self._clock(), self._wall_s() * 1000
        shift_ms = now_ms - last_ms if self._ends_now else 0.0
        if self._ends_now and self._last and done:
            shift_ms = self._last.time_ms - self._time_ms(done - 1)
        first_ms = self._time_ms(done)
        try:
            for row, (time_ms, values) in enumerate(self._rows(done), done):
                lag_ms = (time_ms - first_ms) / self._speed if self._speed else 0.0
                if not self._wait(began_s + lag_ms / 1000, stop):
                    return
                yield Tick(now_ms + lag_ms if self._starts_now else time_ms + shift_ms, values)
                progress.show(row + 1)
        finally:
            progress.end()

    @property
    def _lap_ms(self) -> float:
        times_ms = self._table.time_ms
        return float(times_ms[-1] - times_ms[0]) + (self.spacing_ms or LAP_GAP_MS)

    def _time_ms(self, row: int) -> float:
        """Return the time of a row, those of the rounds before counted in."""
        lap, row = divmod(row, len(self._table.time_ms))
        return float(self._table.time_ms[row]) + lap * self._lap_ms

    def _done(self) -> int:
        """Return how many rows are in the history, all rounds counted in."""
        last = self._last
        if last is None:
            return 0
        # Offsets count rows where all ticks are of this file. Times other than the file's own tell
        # nothing.
        if self._starts_now or self._ends_now:
            is_of_file = self._is_loop or last.offset <= len(self._table.time_ms)
            return last.offset if is_of_file else 0
        if self._time_ms(last.offset - 1) == last.time_ms:
            return last.offset
        lap = 0
        if self._is_loop:
            lap = max(0, int((last.time_ms - float(self._table.time_ms[0])) // self._lap_ms))
        row = np.searchsorted(self._table.time_ms + lap * self._lap_ms, last.time_ms, "right")
        return lap * len(self._table.time_ms) + int(row)

    def _rows(self, done: int) -> Iterator[tuple[float, list[float]]]:
        """Yield times and values of the rows after `done`, round after round in a loop."""
        times_ms, values = self._table.time_ms, self._table.values
        lap, done = divmod(done, len(times_ms))
        while self._is_loop or not lap:
            shift_ms = lap * self._lap_ms
            if lap and self._ends_the_calendar(float(times_ms[-1]) + shift_ms):
                return
            for begin in range(done, len(times_ms), CHUNK_ROWS):
                run = slice(begin, begin + CHUNK_ROWS)
                yield from zip(
                    (times_ms[run] + shift_ms).tolist(), values[:, run].T.tolist(), strict=True
                )
            lap, done = lap + 1, 0

    def _ends_the_calendar(self, time_ms: float) -> bool:
        """Return whether a chart would not take that time, in a loop whose times go on rising."""
        if self._starts_now or time_ms <= LATEST_MS:
            return False
        log.warning(
            "replay %s: its times have come to the year 9999, where it ends;"
            " with start=now it would go on",
            self.title,
        )
        return True

    def _wait(self, due_s: float, stop: threading.Event) -> bool:
        """Wait until `due_s`; False when stopped."""
        if self._speed:
            while (left_s := due_s - self._clock()) > 0:
                if stop.wait(min(left_s, LONGEST_WAIT_S)):
                    return False
        return not stop.is_set()

    def _beat_s(self) -> float | None:
        """Return the seconds between ticks where rows are even and times pass as they are shown."""
        spacing_ms = self.spacing_ms
        if not spacing_ms or not (self._starts_now or self._speed == 1):
            return None
        steps_ms = np.diff(self._table.time_ms)
        if np.abs(steps_ms - spacing_ms).max() > EVEN * spacing_ms:
            return None
        return spacing_ms / 1000 / self._speed


def open_replay(target: str, options: Options) -> Source:
    """Open `replay:FILE[?time=…&series=A,B&speed=…&loop=1&start=now&end=now&encoding=…]`."""
    is_ecb = target == ECB
    speed = options.number("speed", ECB_SPEED if is_ecb else 1.0, at_least=0, example="60")
    is_loop = options.flag("loop")
    starts_now = options.choice("start", ["now"]) == "now"
    ends_now = options.choice("end", ["now"]) == "now"
    time_column = options.text("time")
    names = [series.name for series in options.series()]
    encoding = options.text("encoding", "utf-8-sig")
    options.faults += _contradictions(speed, is_loop, starts_now, ends_now)
    if not target:
        options.faults.append("replay names no file; expected one, such as replay:prices.csv")
    options.finish()
    table = _read(target, options.directory, encoding, time_column, names)
    for note in table.notes:
        log.warning("replay %s: %s", target, note)
    replay = Replay(
        table,
        title=ECB_TITLE if is_ecb else Path(target).name,
        speed=speed,
        is_loop=is_loop,
        starts_now=starts_now,
        ends_now=ends_now,
    )
    _warn_of_slowness(target, replay, speed)
    return replay


def _contradictions(speed: float, is_loop: bool, starts_now: bool, ends_now: bool) -> Iterator[str]:
    if starts_now and ends_now:
        yield "replay has start=now and end=now; expected one of them"
    if starts_now and not speed:
        yield "replay has start=now and speed=0; expected a speed above 0, such as speed=60"
    if is_loop and not speed:
        yield "replay has loop=1 and speed=0, which never ends; expected a speed such as speed=60"
    if is_loop and ends_now:
        yield "replay has loop=1 and end=now, which leads into the future; expected start=now"


def _read(
    target: str, directory: Path, encoding: str, time_column: str, names: Sequence[str]
) -> Table:
    """Read a file, or the series that comes with the package; all that can go wrong is told."""
    path = directory / Path(target).expanduser()
    try:
        codecs.lookup(encoding)
        if target == ECB:
            rates = resources.files("chartserver.data").joinpath("ecb.csv").read_text("utf-8")
            return read_table(CsvFile(ECB, rates.splitlines()), time=time_column, series=names)
        _check_kind(path)
        with path.open(encoding=encoding, newline="") as lines:
            return read_table(CsvFile(repr(target), lines), time=time_column, series=names)
    except OSError as error:
        raise ConfigError(
            f"file {target!r} cannot be read: {error.strerror};"
            " expected a CSV file with a header, such as replay:prices.csv"
        ) from None
    except LookupError:
        raise ConfigError(
            f"option encoding is {encoding!r}; expected a known encoding, such as encoding=cp1252"
        ) from None
    except UnicodeError as error:
        raise ConfigError(
            f"file {target!r} is not in {encoding.removesuffix('-sig')}{_where(error)};"
            " expected the option encoding=, such as encoding=cp1252"
        ) from None
    except csv.Error as error:
        raise ConfigError(f"file {target!r} is no CSV file: {error}") from None


def _check_kind(path: Path) -> None:
    if path.is_dir():
        raise ConfigError(
            f"{str(path)!r} is a directory; expected a file, such as {str(path / 'prices.csv')!r}"
        )
    # Devices never end; a pipe such as <(command) does.
    if path.exists() and not (path.is_file() or path.is_fifo()):
        raise ConfigError(f"{str(path)!r} is no file; expected a CSV file")


def _where(error: UnicodeError) -> str:
    if isinstance(error, UnicodeDecodeError):
        return f" (byte 0x{error.object[error.start]:02x})"
    return ""


def _warn_of_slowness(target: str, replay: Replay, speed: float) -> None:
    spacing_s = (replay.spacing_ms or 0.0) / 1000
    if speed and spacing_s / speed > SLOW_S:
        log.warning(
            "replay %s: rows are %g s apart, so that a tick comes every %g s;"
            " for one a second give speed=%g",
            target,
            spacing_s,
            spacing_s / speed,
            spacing_s,
        )
