"""Ticks in InfluxDB's line protocol: a run for each measurement.

The points of one measurement and one time are one tick. Fields of text cannot be drawn: they are
left out and counted.
"""

import math
import re
import sys
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from line_protocol_parser import LineFormatError, parse_line

from chartserver.errors import BadPush, UnknownChart
from chartserver.push.body import Body, check_count, check_size, lines_of
from chartserver.push.measurements import chart_name, collision, series_suffix
from chartserver.ticks import Run, short

# A line, comments included. Up to the first blank a quote is a letter like any other; behind it, a
# text after `=` may hold line feeds. Never taken back: what does not fit costs no more than its
# length.
LINE = re.compile(
    r'[ \t]*+(?:\#[^\n]*+|(?:[^ \n\\]|\\[^\n])*+(?:="(?:[^"\\]|\\.)*+"|[^\n])*+)\n?', re.DOTALL
)
TINY = re.compile(r"=(-?[0-9]++\.?[0-9]*+[eE]-[0-9]{3})(?=[, ]|$)")
# That a request may have, whatever charts there are.
MEASUREMENTS_MAX = 10_000
EXAMPLE = "'cpu,host=a usage=1.5 1793368800000000000'"


class Written(NamedTuple):
    """What a request writes.

    Attributes:
        bodies: by chart.
        measurements: of each chart.
        n_left_out: fields of text.
        left_out: the first of them, "" when there is none.
        is_timed: whether each point has a time: then it is the same when it comes again.
    """

    bodies: dict[str, Body]
    measurements: dict[str, str]
    n_left_out: int
    left_out: str
    is_timed: bool


def parse_points(
    text: str, unit_ms: float, most_series: int, most_charts: int = MEASUREMENTS_MAX
) -> Written:
    """Return what lines of points write; comments and blank lines are none.

    Raises:
        BadPush: a line is no point, or none of the points has a number; says in which line.
        RunTooLong: a measurement has more ticks than a chart takes at once.
        UnknownChart: there are more measurements than `most_charts`.
    """
    points = Points(most_series, most_charts)
    for number, line in _lines(text):
        point = _point(line, number)
        if point is not None:
            points.add(point, number)
    return points.written(unit_ms)


class Points:
    """Gathers points by measurement and time."""

    def __init__(self, most_series: int, most_charts: int) -> None:
        self._most_series = most_series
        self._most_charts = most_charts
        self._charts: dict[str, _Ticks] = {}
        self._n_points = 0
        self._n_left_out = 0
        self._left_out = ""
        self._is_timed = True

    def add(self, point: dict[str, Any], line: int) -> None:
        """Add what stands in a line."""
        self._n_points += 1
        measurement, time = point["measurement"], point["time"]
        ticks = self._charts.get(measurement)
        if ticks is None:
            self._check_room()
            ticks = self._charts[measurement] = _Ticks(line)
        if time is None:
            self._is_timed = False
        n_left_out = ticks.add(point, line)
        if n_left_out:
            self._n_left_out += n_left_out
            self._left_out = self._left_out or f"line {line}, {short(measurement)}"
        if len(ticks.names) > self._most_series:
            raise BadPush(
                f"measurement {measurement[:40]!r} has over {self._most_series} series, one for"
                " each field with each set of tags; expected at most so many in a chart",
                line=line,
            )

    def _check_room(self) -> None:
        if len(self._charts) >= self._most_charts:
            raise UnknownChart(
                f"got more than {self._most_charts} measurements, each a chart; expected at most as"
                " many as there are charts, and as pushes may still make (see --new-charts)"
            )

    def written(self, unit_ms: float) -> Written:
        """Return all that was added; `unit_ms` is that of the times."""
        if not self._n_points:
            raise BadPush(f"body holds no point; expected such as {EXAMPLE}")
        bodies: dict[str, Body] = {}
        measurements: dict[str, str] = {}
        for measurement, ticks in self._charts.items():
            if not ticks.names:
                continue
            try:
                chart = chart_name(measurement)
            except BadPush as fault:
                raise BadPush(str(fault), line=ticks.first_line) from None
            if chart in bodies:
                refused = collision(chart, measurements[chart], measurement)
                raise BadPush(str(refused), line=ticks.first_line)
            bodies[chart], measurements[chart] = ticks.body(unit_ms), measurement
        if not bodies:
            raise BadPush(
                f"got fields of text alone, such as of {self._left_out}; expected a number:"
                " texts cannot be drawn",
                line=next(iter(self._charts.values())).first_line,
            )
        return Written(bodies, measurements, self._n_left_out, self._left_out, self._is_timed)


class _Ticks:
    """The ticks of one measurement: for each the numbers of its series, by their indices."""

    def __init__(self, first_line: int) -> None:
        self.first_line = first_line
        self.names: dict[tuple[str, str], int] = {}
        self._suffixes: dict[tuple[tuple[str, str], ...], str] = {}
        self._times: list[int | None] = []
        self._rows: list[dict[int, float]] = []
        self._lines: list[int] = []
        self._of_time: dict[int | None, dict[int, float]] = {}

    def add(self, point: dict[str, Any], line: int) -> int:
        """Add a point; return how many of its fields are texts."""
        suffix = self._suffix(point["tags"])
        names, fields = self.names, point["fields"]
        found: dict[int, float] = {}
        # The library has them in the opposite order.
        for field, value in reversed(fields.items()):
            if type(value) is not str:
                found[names.setdefault((field, suffix), len(names))] = float(value)
        if found:
            self._put(point["time"], found, line)
        return len(fields) - len(found)

    def _put(self, time: int | None, found: dict[int, float], line: int) -> None:
        row = self._of_time.get(time)
        # What has no time is of now; a series that comes again is of a later now.
        if row is None or (time is None and not row.keys().isdisjoint(found)):
            check_count(len(self._rows) + 1)
            self._of_time[time] = found
            self._times.append(time)
            self._rows.append(found)
            self._lines.append(line)
        else:
            row.update(found)

    def _suffix(self, tags: dict[str, str]) -> str:
        if not tags:
            return ""
        key = tuple(tags.items())
        suffix = self._suffixes.get(key)
        if suffix is None:
            suffix = self._suffixes[key] = series_suffix(tags)
        return suffix

    def body(self, unit_ms: float) -> Body:
        """Return the ticks in the order of time, those of now last."""
        n_series, n_ticks = len(self.names), len(self._rows)
        check_size(n_series, n_ticks, n_series)
        time_ms = np.array([math.nan if one is None else one for one in self._times], dtype=float)
        time_ms = np.round(time_ms * unit_ms, 3)
        values = np.full((n_ticks, n_series), math.nan)
        for row, found in zip(values, self._rows, strict=True):
            row[list(found)] = list(found.values())
        order: Sequence[int] = np.argsort(time_ms, kind="stable").tolist()
        names = [field + suffix for field, suffix in self.names]
        run = Run(names, time_ms[order], np.ascontiguousarray(values.T[:, order]))
        return Body(run, [self._lines[i] for i in order])


def _point(line: str, number: int) -> dict[str, Any] | None:
    try:
        point: dict[str, Any] | None = parse_line(line)
    except LineFormatError as error:
        # The library refuses numbers so small that they lose digits; some averages fade so far.
        mended = TINY.sub(_without_tiny, line)
        if mended != line:
            return _point(mended, number)
        reason = str(error).rstrip(".")
        raise BadPush(f"got no point: {reason}; expected {EXAMPLE}", line=number) from None
    return point


def _without_tiny(found: re.Match[str]) -> str:
    return "=0" if abs(float(found[1])) < sys.float_info.min else found[0]


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield lines that are not blank with their numbers; texts in quotes may hold line feeds."""
    if '"' not in text:
        for number, line in lines_of(text, "\n"):
            if line.strip():
                yield number, line.rstrip("\r")
        return
    number = 1
    for found in LINE.finditer(text):
        line = found[0]
        if line.strip():
            yield number, line.rstrip("\r\n")
        number += line.count("\n")
