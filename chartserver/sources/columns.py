"""The columns of a CSV file, read chunk by chunk: one of times, others of numbers."""

import math
from collections.abc import Callable, Sequence

import numpy as np

from chartserver.errors import ConfigError
from chartserver.sources import cells, times
from chartserver.sources.csv_file import Chunk, CsvFile
from chartserver.ticks import Floats


class TimeColumn:
    """The column of the times. Its first cell tells how all of them are written."""

    def __init__(self, file: CsvFile, index: int) -> None:
        self._file = file
        self._index = index
        self._parse: Callable[[str], float] | None = None
        self._runs: list[Floats] = []

    def add(self, chunk: Chunk) -> None:
        """Read the times of a chunk."""
        texts = chunk.columns[self._index]
        if self._parse is None:
            is_number = times.time_number(texts[0].strip()) is not None
            self._parse = _finite if is_number else _iso
        try:
            run = np.fromiter(map(self._parse, texts), float, len(texts))
        except ValueError:
            raise self._fault(chunk) from None
        self._runs.append(run)

    def time_ms(self) -> Floats:
        """Return all times; numbers are in the unit that their median's magnitude shows."""
        found = np.concatenate(self._runs)
        if self._parse is _finite:
            found = np.round(found * times.unit_ms(float(np.median(found))), 3)
        if np.abs(found).max() > times.TIME_MS_MAX:
            raise ConfigError(
                f"file {self._file.file}, column {self._file.names[self._index]!r}: a time is too"
                " far from 1970; expected dates, or seconds or milliseconds since 1970"
            )
        return found

    def _fault(self, chunk: Chunk) -> ConfigError:
        texts = chunk.columns[self._index]
        row = next(i for i, text in enumerate(texts) if not self._is_read(text))
        return ConfigError(
            f"file {self._file.file}, line {chunk.lines[row]}: the time is {texts[row][:40]!r};"
            f" expected one in column {self._file.names[self._index]!r},"
            " such as 2026-10-30T14:00:00Z or 1793368800"
        )

    def _is_read(self, text: str) -> bool:
        try:
            return self._parse is not None and math.isfinite(self._parse(text))
        except ValueError:
            return False


class NumberColumn:
    """A column of numbers. Cells that are neither numbers nor missing are counted as missing."""

    def __init__(self, file: CsvFile, index: int) -> None:
        self.name = file.names[index]
        self.has_numbers = False
        self._has_name = bool(file.header[index].strip())
        self._index = index
        self._has_decimal_commas = file.delimiter != ","
        self._runs: list[Floats] = []
        self._n_refused = 0
        self._first_refused = (0, "")

    def add(self, chunk: Chunk) -> None:
        """Read the numbers of a chunk."""
        texts = chunk.columns[self._index]
        run = self._plain(texts)
        if run is None:
            found = map(self._number, chunk.lines, texts)
            run = np.fromiter(found, float, len(texts))
        self.has_numbers = self.has_numbers or not bool(np.isnan(run).all())
        self._runs.append(run)

    def values(self) -> Floats:
        """Return all numbers, NaN for missing."""
        return np.concatenate(self._runs)

    def note(self) -> str:
        """Return what was left out, "" when nothing was."""
        line, text = self._first_refused
        if not self.has_numbers:
            # The empty column after a trailing delimiter is nobody's loss.
            is_text = self._n_refused or self._has_name
            return f"column {self.name!r} holds no number and is left out" if is_text else ""
        if self._n_refused:
            return (
                f"column {self.name!r}: {self._n_refused} cells are no numbers and are taken as"
                f" missing, the first in line {line}: {text[:40]!r}"
            )
        return ""

    @staticmethod
    def _plain(texts: Sequence[str]) -> Floats | None:
        """Return the numbers of a run that holds nothing else, the quick way; else None."""
        try:
            run = np.fromiter(map(float, texts), float, len(texts))
        except ValueError:
            return None
        if any("_" in text for text in texts):
            return None
        run[np.isinf(run)] = np.nan
        return run

    def _number(self, line: int, text: str) -> float:
        try:
            return cells.number(cells.with_point(text) if self._has_decimal_commas else text)
        except ValueError:
            if not self._n_refused:
                self._first_refused = (line, text)
            self._n_refused += 1
            return math.nan


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value) or "_" in text:
        raise ValueError(text)
    return value


def _iso(text: str) -> float:
    return times.iso_ms(text.strip())
