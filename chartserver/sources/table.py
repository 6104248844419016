"""A CSV file as columns of numbers over a column of times."""

import difflib
from collections.abc import Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np

from chartserver.errors import ConfigError
from chartserver.sources import cells, times
from chartserver.sources.columns import NumberColumn, TimeColumn
from chartserver.sources.csv_file import Chunk, CsvFile
from chartserver.sources.source import SERIES_MAX
from chartserver.ticks import Floats

VALUES_MAX = 50_000_000


class Table(NamedTuple):
    """Columns over time.

    `time_ms` has shape (n,) and does not fall, n >= 1; `values` has shape (n_series, n), NaN for
    missing. `notes` tells, a line each, what of the file was left out.
    """

    names: Sequence[str]
    time_ms: Floats
    values: Floats
    notes: Sequence[str]


def read_table(file: CsvFile, *, time: str = "", series: Sequence[str] = ()) -> Table:
    """Read a CSV file to its end; rows may stand in any order.

    Args:
        time: the column of the times; "" for the one that is called so, else the first that is.
        series: the columns to take, in this order; none for all that hold numbers.

    Raises:
        ConfigError: the file does not hold what is wanted.
    """
    chunks = file.chunks()
    first = next(chunks, None)
    _check_header(file)
    if first is None:
        raise ConfigError(f"file {file.file} has a header and no rows; expected rows below it")
    time_index = _time_index(file, first, time)
    stamps = TimeColumn(file, time_index)
    columns = [
        NumberColumn(file, index)
        for index in _chosen(file, series)
        if index != time_index or series
    ]
    for chunk in chain([first], chunks):
        stamps.add(chunk)
        for column in columns:
            column.add(chunk)
        _check_size(file, chunk, columns)
    kept = [column for column in columns if column.has_numbers]
    notes = [note for column in columns if (note := column.note())]
    _check_kept(file, kept, columns, series)
    return _in_order(kept, stamps.time_ms(), notes)


def _check_header(file: CsvFile) -> None:
    if len(file.names) < 2:
        raise ConfigError(
            f"file {file.file} has one column, {file.names[0][:40]!r}; expected a column of times"
            " and columns of numbers, separated by ',', ';' or tabs"
        )
    if all(
        cells.is_missing(cell) or cells.is_number(cell) or times.is_time(cell)
        for cell in file.header
    ):
        raise ConfigError(
            f"file {file.file} has no header; its first line begins with {file.header[0][:40]!r};"
            " expected the names of the columns, such as 'time,value'"
        )


def _time_index(file: CsvFile, first: Chunk, time: str) -> int:
    """Return the index of the column of the times: as told, by its name, or by its first cell."""
    if time:
        return _index_of(file, time, "time")
    named = [i for i, name in enumerate(file.names) if times.is_time_name(name)]
    for i in chain(named, range(len(file.names))):
        if times.is_time(first.columns[i][0]):
            return i
    if named:
        return named[0]
    raise ConfigError(
        f"file {file.file} has no column of times; got {_listed(file.names)};"
        " expected one called time or date, or the option time=COLUMN"
    )


def _chosen(file: CsvFile, series: Sequence[str]) -> Sequence[int]:
    if series:
        return [_index_of(file, name, "series") for name in series]
    return range(len(file.names))


def _index_of(file: CsvFile, name: str, option: str) -> int:
    folded = [known.lower() for known in file.names]
    if name in file.names:
        return file.names.index(name)
    if name.lower() in folded:
        return folded.index(name.lower())
    near = difflib.get_close_matches(name, file.names, 1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    raise ConfigError(
        f"file {file.file} has no column {name!r}, which option {option} names;"
        f" expected one of: {_listed(file.names)}{hint}"
    )


def _check_size(file: CsvFile, chunk: Chunk, columns: Sequence[NumberColumn]) -> None:
    if chunk.lines[-1] * len(columns) > VALUES_MAX:
        raise ConfigError(
            f"file {file.file} has more than {VALUES_MAX:,} cells; expected at most so many:"
            " choose columns with series=A,B"
        )


def _check_kept(
    file: CsvFile,
    kept: Sequence[NumberColumn],
    columns: Sequence[NumberColumn],
    series: Sequence[str],
) -> None:
    if not kept or (series and len(kept) < len(columns)):
        empty = [column.name for column in columns if not column.has_numbers]
        raise ConfigError(
            f"file {file.file} has no numbers in {_listed(empty) or 'any column'};"
            " expected a column of numbers beside the times"
        )
    if len(kept) > SERIES_MAX:
        raise ConfigError(
            f"file {file.file} has {len(kept)} columns of numbers; expected at most {SERIES_MAX}:"
            " choose with series=A,B"
        )


def _in_order(kept: Sequence[NumberColumn], time_ms: Floats, notes: Sequence[str]) -> Table:
    values = np.stack([column.values() for column in kept])
    if time_ms[0] > time_ms[-1]:
        # Newest first: turning it keeps rows of equal time in order, too.
        time_ms, values = time_ms[::-1], values[:, ::-1]
    if (np.diff(time_ms) < 0).any():
        order = np.argsort(time_ms, kind="stable")
        time_ms, values = time_ms[order], values[:, order]
    return Table([column.name for column in kept], time_ms, values, notes)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:12]) + (", …" if len(names) > 12 else "")
