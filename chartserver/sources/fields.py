"""One line taken apart: into cells by place, or into texts by name. Knows no line but this."""

import csv
import json
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from chartserver.sources import cells, times

# From the start of a word on, and never taken back: else a long line without `=` takes the square
# of its length, during which nothing else of the process runs.
PAIR = re.compile(r"""(?<![^\s=,;])([^\s=,;]++)=("[^"]*"|[^\s,;]*)""")
SEPARATORS = re.compile(r"[\s,;]+")
DATE, CLOCK = re.compile(r"\d{4}-\d\d-\d\d"), re.compile(r"\d\d:\d\d(:\d\d.*)?")
RULE = re.compile(r"-{2,}")
WORD = re.compile(r"[^\W\d]\S*[\w%)\]]|[^\W\d]")


class Nonsense(Exception):
    """A line cannot be read; the text says what was expected, "" for the general answer."""


class Fields(NamedTuple):
    """What stands in a line: `named` texts, or, when that is empty, `cells` in their order."""

    named: Mapping[str, str]
    cells: Sequence[str]


def take_apart(line: str) -> Fields:
    """Return the fields of a line that is not blank.

    Raises:
        Nonsense: it begins like JSON and is none, or its quotes do not close.
    """
    if line[0] in "{[":
        return _json(line)
    if pairs := PAIR.findall(line):
        return Fields({name: text.strip('"') for name, text in pairs}, ())
    line = line.lstrip("# ") or line
    for delimiter in ";\t,":
        if delimiter in line:
            row = _split(line, delimiter)
            if not any(_is_run(cell) for cell in row):
                # Where a comma does not separate, it is the decimal point of half of the world.
                return Fields({}, row if delimiter == "," else [*map(cells.with_point, row)])
    return Fields({}, _with_whole_dates([cell for cell in SEPARATORS.split(line) if cell]))


def is_banner(line: str) -> bool:
    """Return whether a line is an ornament above the header, such as `procs ---memory---`."""
    has_rule = any(len(RULE.split(word)) > 1 and word != "--" for word in line.split())
    return has_rule and not any(char.isdigit() for char in line) and "=" not in line


def is_header(row: Sequence[str]) -> bool:
    """Return whether cells may be names: several, or one that is a single word."""
    named = [cell for cell in row if not cells.is_missing(cell)]
    return len(named) > 1 or (len(named) == 1 and WORD.fullmatch(named[0]) is not None)


def _json(line: str) -> Fields:
    try:
        content = json.loads(line)
    except (ValueError, RecursionError):
        raise Nonsense("expected one JSON object or list of numbers in a line") from None
    if isinstance(content, dict):
        named = {
            name: _text(value)
            for name, value in _values_of(content).items()
            if value is None or isinstance(value, int | float | str)
        }
        if not named:
            raise Nonsense
        return Fields(named, ())
    if not content or not all(one is None or isinstance(one, int | float | str) for one in content):
        raise Nonsense("expected a JSON list of numbers, such as [1.5, 2.5]")
    return Fields({}, [_text(value) for value in content])


def _values_of(content: Mapping[str, object]) -> Mapping[str, object]:
    """Return the values and the time of a tick as `chartserver watch --json` prints it."""
    values = content.get("values")
    if not isinstance(values, dict):
        return content
    # What else it says is not of the tick, but of where it was seen: its chart, its offset.
    return {name: value for name, value in content.items() if times.is_time_name(name)} | values


def _text(value: object) -> str:
    """Return a JSON value as it would stand in a cell. A bool is no number."""
    return "null" if value is None else str(value)


def _split(line: str, delimiter: str) -> list[str]:
    try:
        row = next(csv.reader([line], delimiter=delimiter, skipinitialspace=True, strict=True))
    except (csv.Error, StopIteration):
        raise Nonsense("expected quotes that close") from None
    return [cell.strip() for cell in row]


def _is_run(cell: str) -> bool:
    """Return whether a cell is itself several numbers, with blanks between them."""
    parts = [part for part in SEPARATORS.split(cell) if part]
    return " " in cell and all(cells.is_number(part) for part in parts)


def _with_whole_dates(row: Sequence[str]) -> list[str]:
    """Return cells in which a date and the time of day after it are one."""
    whole: list[str] = []
    for cell in row:
        if whole and CLOCK.fullmatch(cell) and DATE.fullmatch(whole[-1]):
            whole[-1] = f"{whole[-1]} {cell}"
        else:
            whole.append(cell)
    return whole
