"""Lines of text that programs print, read as ticks: `vmstat`, `ping | awk`, CSV, JSON lines.

Pure: text in, ticks out. The first line that carries numbers fixes how the others are read; what
does not fit is refused and counted, and never stops anything.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from chartserver.sources import cells, times
from chartserver.sources.fields import Nonsense, is_banner, is_header, take_apart
from chartserver.ticks import Tick, short

EXPECTED = "expected numbers separated by blanks or commas, name=value, or JSON, such as '1.5 2.5'"


class Refused(NamedTuple):
    """A line that made no sense: its number from 1, its text, and why."""

    line: int
    text: str
    reason: str

    def __str__(self) -> str:
        return f"line {self.line}: got {short(self.text)}; {self.reason}"


class Layout(NamedTuple):
    """What stands where in the lines.

    `width` counts the cells of a line. `names` are those of the cells at `values`, None for
    numbers without names. `time` is where the tick's time stands.
    """

    width: int
    values: Sequence[int]
    names: Sequence[str] | None
    time: int | None


class LineParser:
    """Reads line after line of one stream.

    Attributes:
        lines: how many lines have come.
        lines_refused: how many of them made no sense.
        first_refused: the first of those.
    """

    def __init__(self, chosen: Sequence[str] = ()) -> None:
        self.lines = 0
        self.lines_refused = 0
        self.first_refused: Refused | None = None
        self._chosen = chosen
        self._layout: Layout | None = None
        self._known: set[str] = set()  # the series of lines that name their values
        self._header: Sequence[str] | None = None
        self._pending: Refused | None = None  # the header, until numbers prove it one

    def parse(self, line: str) -> Tick | None:
        """Return the tick of a line; None when it is blank, a header, a banner, or nonsense."""
        self.lines += 1
        text = line.strip(" \r\n")
        if not text.strip() or is_banner(text):
            return None
        try:
            fields = take_apart(text)
            return (
                self._by_name(fields.named) if fields.named else self._by_place(text, fields.cells)
            )
        except Nonsense as nonsense:
            self._refuse(Refused(self.lines, text, str(nonsense) or EXPECTED))
            return None

    def refuse(self, text: str, reason: str) -> None:
        """Count a line that was not even parsed."""
        self.lines += 1
        self._refuse(Refused(self.lines, text, reason))

    def _refuse(self, refused: Refused) -> None:
        self.lines_refused += 1
        if self.first_refused is None or refused.line < self.first_refused.line:
            self.first_refused = refused

    def _by_name(self, named: Mapping[str, str]) -> Tick:
        if self._layout:
            raise Nonsense(f"expected {len(self._layout.values)} numbers, as in the lines before")
        time_ms: float | None = None
        values: dict[str, float | None] = {}
        for name, text in named.items():
            if time_ms is None and times.is_time_name(name) and times.is_time(text):
                time_ms = times.time_ms(text)
            elif (not self._chosen or name in self._chosen) and self._is_value(name, text):
                values[name] = cells.number(text)
        if not values:
            raise Nonsense(f"expected {', '.join(self._chosen)}" if self._chosen else "")
        self._give_up_header()
        self._known.update(values)
        return Tick(time_ms, values)

    def _is_value(self, name: str, text: str) -> bool:
        """Return whether a named value is a number or missing; words beside numbers are ignored."""
        if name in self._known or cells.is_number(text):
            if not cells.is_number(text) and not cells.is_missing(text):
                raise Nonsense(f"expected a number for {name!r}")
            return True
        if cells.has_unit(text):
            raise Nonsense(f"expected a number without a unit for {name!r}, such as {name}=12.3")
        return bool(text) and cells.is_missing(text)

    def _by_place(self, text: str, row: Sequence[str]) -> Tick | None:
        if not any(cells.is_number(cell) for cell in row) and not self._is_all_missing(row):
            self._note_header(text, row)
            return None
        if self._known:
            raise Nonsense("expected names and values, as in the lines before")
        layout = self._layout or self._lay_out(row)
        tick = _tick(layout, row)
        if self._layout is None:
            self._give_up_header()
            self._layout = layout
        return tick

    def _is_all_missing(self, row: Sequence[str]) -> bool:
        layout = self._layout
        return (
            layout is not None
            and len(row) == layout.width
            and all(cells.is_missing(row[i]) for i in layout.values)
        )

    def _note_header(self, text: str, row: Sequence[str]) -> None:
        """Keep a line of words, which names the numbers below it if there are as many."""
        if row == self._header:
            return
        if self._layout or self._known or not is_header(row):
            raise Nonsense
        self._give_up_header()
        self._pending, self._header = Refused(self.lines, text, EXPECTED), row

    def _give_up_header(self) -> None:
        """Refuse a line of words after all, if it has not become the header."""
        if self._pending:
            self._refuse(self._pending)
        self._pending = None

    def _lay_out(self, row: Sequence[str]) -> Layout:
        """Return the layout that the first line of numbers has, with the header above it."""
        if self._header is not None and len(self._header) == len(row):
            layout = _layout_below(self._header, row)
            self._pending = None
        else:
            self._header = None
            layout = _layout_without_header(row)
        return _choose(layout, self._chosen) if self._chosen else layout


def _layout_below(header: Sequence[str], row: Sequence[str]) -> Layout:
    """Return the layout below a header; columns of words are left out."""
    time: int | None = None
    values = []
    for i, (name, cell) in enumerate(zip(header, row, strict=True)):
        is_time = times.is_iso(cell) or (times.is_time_name(name) and times.is_time(cell))
        if is_time and time is None:
            time = i
        elif cells.is_number(cell) or (cells.is_missing(cell) and name):
            values.append(i)
    names = cells.column_names(header)
    return Layout(len(row), values, [names[i] for i in values], time)


def _layout_without_header(row: Sequence[str]) -> Layout:
    """Return the layout of numbers that nobody has named; a date may stand before them."""
    width = len(row) - 1 if len(row) > 1 and not row[-1] else len(row)
    time = 0 if times.is_iso(row[0]) else None
    return Layout(width, range(0 if time is None else 1, width), None, time)


def _choose(layout: Layout, chosen: Sequence[str]) -> Layout:
    """Return the layout with the values that are wanted; numbers without names get these names."""
    if layout.names is None:
        if len(chosen) != len(layout.values):
            raise Nonsense(f"expected {len(chosen)} numbers, for {', '.join(chosen)}")
        return layout._replace(names=chosen)
    absent = [name for name in chosen if name not in layout.names]
    if absent:
        raise Nonsense(
            f"expected a column {absent[0]!r}; the header names {', '.join(layout.names)}"
        )
    at = dict(zip(layout.names, layout.values, strict=True))
    return layout._replace(names=chosen, values=[at[name] for name in chosen])


def _tick(layout: Layout, row: Sequence[str]) -> Tick:
    if len(row) == layout.width + 1 and not row[-1]:
        row = row[:-1]
    if len(row) != layout.width:
        raise Nonsense(f"expected {layout.width} fields, as in the lines before")
    values = [_number(row[i]) for i in layout.values]
    time_ms = None if layout.time is None else _time_ms(row[layout.time])
    if layout.names is None:
        return Tick(time_ms, values)
    return Tick(time_ms, dict(zip(layout.names, values, strict=True)))


def _number(cell: str) -> float:
    try:
        return cells.number(cell)
    except ValueError:
        raise Nonsense(f"{cell[:40]!r} is no number; {EXPECTED}") from None


def _time_ms(cell: str) -> float | None:
    if cells.is_missing(cell):
        return None
    try:
        return times.time_ms(cell)
    except ValueError:
        raise Nonsense(
            f"{cell[:40]!r} is no time; expected one such as 2026-10-30T14:00:00Z or 1793368800"
        ) from None
