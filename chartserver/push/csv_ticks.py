"""Ticks as rows of CSV: below a header by name, as the server itself writes them, or in order.

Without a header the first of several columns is the time; it may be empty, which is now.
"""

import csv
from collections.abc import Sequence

from chartserver.errors import BadPush
from chartserver.push import column
from chartserver.push.body import Body, check_count, check_size, columns, lines_of, located
from chartserver.push.precision import is_time_name, unit_of_name
from chartserver.sources import cells, times
from chartserver.ticks import Run, short

EXAMPLE = "'time,EURUSD' and below it '2026-10-30T14:00:00Z,1.08'"


def parse_csv(text: str, unit_ms: float | None, most_series: int, delimiter: str = ",") -> Body:
    """Return the ticks of rows; blank lines are none.

    Raises:
        BadPush: a row is not as wide as the others, or a cell is neither number nor missing; says
            in which line.
    """
    rows, lines = _rows(text, delimiter, most_series)
    if not rows:
        raise BadPush(f"body holds no row; expected such as {EXAMPLE}")
    header = rows[0] if _is_header(rows[0]) else None
    if header is not None:
        rows, lines = rows[1:], lines[1:]
        if not rows:
            raise BadPush(f"body holds a header and no row below it; expected {EXAMPLE}", line=1)
    found = list(zip(*rows, strict=True))
    try:
        if header is None:
            return Body(_in_order(found, unit_ms, most_series), lines)
        return Body(_by_name(header, found, unit_ms, most_series), lines)
    except BadPush as fault:
        raise located(fault, lines) from None


def _rows(text: str, delimiter: str, most_series: int) -> tuple[list[list[str]], list[int]]:
    """Return the rows, all of one width, and the lines in which they end."""
    unread = (line for _, line in lines_of(text, "\n"))
    reader = csv.reader(unread, delimiter=delimiter, strict=True)
    rows: list[list[str]] = []
    lines: list[int] = []
    try:
        for row in reader:
            if not row or (len(row) == 1 and not row[0].strip()):
                continue
            if not rows:
                # One of the columns may be that of the times.
                check_size(len(row) - 1, 0, most_series)
            elif len(row) != len(rows[0]):
                raise BadPush(
                    f"got {len(row)} cells; expected {len(rows[0])}, as in the rows before",
                    line=reader.line_num,
                )
            rows.append(row)
            # One of the rows may be a header.
            check_count(len(rows) - 1)
            lines.append(reader.line_num)
    except csv.Error as error:
        raise BadPush(f"got no CSV: {error}; expected {EXAMPLE}", line=reader.line_num) from None
    return rows, lines


def _is_header(row: Sequence[str]) -> bool:
    return not times.is_time(row[0]) and not all(
        cells.is_missing(cell) or cells.is_number(cell) or times.is_time(cell) for cell in row
    )


def _by_name(
    header: Sequence[str], found: Sequence[Sequence[str]], unit_ms: float | None, most: int
) -> Run:
    names = [name.strip() for name in header]
    time_names = [name for name in names if is_time_name(name)]
    if len(set(names)) < len(names) or len(time_names) > 1:
        raise BadPush(
            f"got the columns {short(names)}; expected each name once, and one of a time", line=1
        )
    named = dict(zip(names, found, strict=True))
    stamps: Sequence[str | None] = [None] * len(found[0])
    if time_names:
        stamps = named.pop(time_names[0])
        said = unit_of_name(time_names[0])
        unit_ms = unit_ms if said is None else said
    if not named:
        raise BadPush("got a column of times alone; expected columns of numbers beside it", line=1)
    check_size(len(named), len(stamps), most)
    values = [column.cells_as_numbers(texts, name) for name, texts in named.items()]
    return Run(list(named), column.times_ms(stamps, unit_ms), columns(values))


def _in_order(found: Sequence[Sequence[str]], unit_ms: float | None, most: int) -> Run:
    n_ticks = len(found[0])
    check_size(len(found), n_ticks, most + 1)
    stamps: Sequence[str | None] = [None] * n_ticks
    if len(found) > 1:
        stamps, found = found[0], found[1:]
        _check_stamps(stamps, unit_ms)
    values = [column.cells_as_numbers(texts, f"column {i}") for i, texts in enumerate(found, 1)]
    return Run(None, column.times_ms(stamps, unit_ms), columns(values))


def _check_stamps(stamps: Sequence[str | None], unit_ms: float | None) -> None:
    """Refuse numbers in the place of times that look like values, and are in no known unit."""
    for index, text in enumerate(stamps):
        if unit_ms is None and text and text.strip() and not times.is_time(text):
            raise BadPush(
                f"time is {short(text)}; expected one such as {column.TIME_EXAMPLES}, or nothing"
                " for now: without a header the first column is the time",
                index=index,
            )
