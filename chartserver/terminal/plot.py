"""The picture of a chart as lines of text for a terminal: status, legend and panels.

Given ticks, a description and a size; it knows neither the link nor the terminal.
"""

import math
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from chartserver.clients.viewer import SeenTick
from chartserver.terminal.panel import (
    DOTS_PER_COLUMN,
    Axis,
    Line,
    draw_panel,
    extent,
    value_axis,
)
from chartserver.terminal.text import clip, color_of, format_time, format_value, paint, width
from chartserver.ticks import Floats

TICKS_MAX = 100_000
# A spacing of more than this many intervals is a gap.
GAP_INTERVALS = 3
LEGEND_LINES_MAX = 4
TIME_LABEL_COLUMNS = 22
PANEL_ROWS_MIN = 6
PANEL_COLUMNS_MIN = 24
# A series that would fill less of a common scale than this has another panel; as rows allow.
SHARES_OF_SCALE = (0.1, 0.03, 0.01)


class TerminalPlot:
    """The ticks of one chart that can be shown, and the picture of the newest of them.

    `window_ms` is the time shown; None for as many ticks as the width has dots.
    """

    def __init__(self, window_ms: float | None = None) -> None:
        self._window_ms = window_ms
        self._ticks: deque[SeenTick] = deque(maxlen=TICKS_MAX)

    def add(self, ticks: Sequence[SeenTick]) -> None:
        """Add ticks; those of a new epoch take the place of all before."""
        if ticks and self._ticks and ticks[0].epoch != self._ticks[-1].epoch:
            self._ticks.clear()
        self._ticks.extend(ticks)

    def lines(
        self, description: Mapping[str, Any], status: str, columns: int, rows: int
    ) -> list[str]:
        """Return at most `rows` lines of at most `columns` cells, with colours."""
        series = [one for one in description.get("series", ()) if isinstance(one, Mapping)]
        head = [clip(status, columns), *self._legend(series, columns)]
        plot_rows = rows - len(head)
        if plot_rows < PANEL_ROWS_MIN or columns < PANEL_COLUMNS_MIN:
            return [*head, clip("too small a terminal to draw in", columns)][:rows]
        shown = self._shown(columns)
        if not shown or not series:
            return [*head, *[""] * (plot_rows // 2), clip("waiting for the first tick", columns)]
        return [*head, *self._panels(description, series, shown, columns, plot_rows)]

    def _shown(self, columns: int) -> list[SeenTick]:
        """Return the ticks of the window, oldest first."""
        if self._window_ms is None or not self._ticks:
            n = min(len(self._ticks), DOTS_PER_COLUMN * columns)
            return [self._ticks[i] for i in range(-n, 0)]
        begin_ms = self._ticks[-1].time_ms - self._window_ms
        shown = []
        for tick in reversed(self._ticks):
            if tick.time_ms < begin_ms:
                break
            shown.append(tick)
        return shown[::-1]

    def _legend(self, series: Sequence[Mapping[str, Any]], columns: int) -> list[str]:
        """Return the last value of each series in its colour, in as few lines as will do."""
        lines, used = [""], 0
        for i, one in enumerate(series):
            text = clip(self._last_value(one), columns)
            if used and used + 3 + width(text) > columns:
                lines.append("")
                used = 0
            lines[-1] += ("   " if used else "") + paint(text, color_of(one, i))
            used += (3 if used else 0) + width(text)
        return lines[:LEGEND_LINES_MAX]

    def _last_value(self, one: Mapping[str, Any]) -> str:
        name = str(one.get("name"))
        values = (tick.values.get(name) for tick in reversed(self._ticks))
        last = next((value for value in values if value is not None), None)
        shown = "–" if last is None else format_value(last, one.get("digits"))
        return f"■ {one.get('label') or name} {shown}{one.get('unit') or ''}"

    def _panels(
        self,
        description: Mapping[str, Any],
        series: Sequence[Mapping[str, Any]],
        shown: Sequence[SeenTick],
        columns: int,
        rows: int,
    ) -> list[str]:
        times = np.array([tick.time_ms for tick in shown])
        # From the last tick back: what is small is exact in the floats of plotext.
        x = times - times[-1]
        runs = np.cumsum(gaps(times, [tick.offset for tick in shown], description))
        lines = [
            Line(x, _column(shown, str(one.get("name"))), runs, color_of(one, i))
            for i, one in enumerate(series)
        ]
        groups = share_out(lines, rows)
        # The last panel alone has the labels of the time.
        heights = [rows // len(groups)] * (len(groups) - 1)
        heights.append(rows - sum(heights))
        axes = [value_axis(*one) for one in zip(groups, heights, strict=True)]
        label_columns = max(len(label) for axis in axes for label in axis.labels)
        time_axis = self._time_axis(float(times[0]), float(times[-1]), columns)
        drawn: list[str] = []
        for group, y, height in zip(groups, axes, heights, strict=True):
            y = replace(y, labels=[label.rjust(label_columns) for label in y.labels])
            is_last = group is groups[-1]
            shown_time = time_axis if is_last else replace(time_axis, at=[], labels=[])
            drawn += draw_panel(group, shown_time, y, columns, height)
        return drawn

    def _time_axis(self, first_ms: float, last_ms: float, columns: int) -> Axis:
        span_ms = self._window_ms or max(last_ms - first_ms, 1.0)
        n = max(2, columns // TIME_LABEL_COLUMNS)
        at = [-span_ms * (n - 1 - i) / (n - 1) for i in range(n)]
        return Axis(-span_ms, 0.0, at, [format_time(last_ms + one_ms, span_ms) for one_ms in at])


def gaps(times: Floats, offsets: Sequence[int | None], description: Mapping[str, Any]) -> Floats:
    """Return 1.0 for each tick that lies too far after the one before, 0.0 for the others.

    Within a reduced run, of which columns were left out, spacing says nothing.
    """
    spacing_ms = np.diff(times, prepend=times[:1])
    interval_ms = description.get("interval_ms")
    if not isinstance(interval_ms, int | float):
        rising = spacing_ms[spacing_ms > 0]
        interval_ms = float(np.quantile(rising, 0.9)) if len(rising) else math.inf
    is_exact = np.array([offset is not None for offset in offsets])
    flags: Floats = ((spacing_ms > GAP_INTERVALS * interval_ms) & is_exact).astype(np.float64)
    return flags


def share_out(lines: Sequence[Line], rows: int) -> list[list[Line]]:
    """Return the lines of each panel: those together that a common scale does not flatten.

    With too few rows for that, what is flat is put up with, little by little.
    """
    for share in SHARES_OF_SCALE:
        groups: list[list[Line]] = []
        for line in sorted(lines, key=lambda one: sum(extent([one]))):
            if groups and _is_legible([*groups[-1], line], share):
                groups[-1].append(line)
            else:
                groups.append([line])
        if rows >= PANEL_ROWS_MIN * len(groups):
            return groups
    return [list(lines)]


def _is_legible(lines: Sequence[Line], share: float) -> bool:
    """Tell whether each line fills at least `share` of the scale they have in common."""
    low, high = extent(lines)
    spans = [b - a for a, b in (extent([line]) for line in lines if np.isfinite(line.y).any())]
    return all(span == 0 or span >= share * (high - low) for span in spans)


def _column(shown: Sequence[SeenTick], name: str) -> Floats:
    raw = [tick.values.get(name) for tick in shown]
    return np.array([math.nan if value is None else value for value in raw])
