"""One panel of lines with its axes as text, drawn by plotext: the only module that knows it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotext
from tsdownsample import MinMaxDownsampler

from chartserver.terminal.text import Color
from chartserver.ticks import Floats

# A braille character is two dots wide.
DOTS_PER_COLUMN = 2
ROWS_PER_LABEL = 4
LABELS_MAX = 5


@dataclass(frozen=True, slots=True)
class Line:
    """A line: `y` over `x`, NaN for missing; drawn through neighbours whose `runs` are equal."""

    x: Floats
    y: Floats
    runs: Floats
    color: Color


@dataclass(frozen=True, slots=True)
class Axis:
    """What an axis shows, and its labels."""

    begin: float
    end: float
    at: Sequence[float]
    labels: Sequence[str]


def draw_panel(lines: Sequence[Line], x: Axis, y: Axis, columns: int, rows: int) -> list[str]:
    """Return the panel as `rows` lines of at most `columns` cells, with colours."""
    figure = plotext.figure
    plotext.terminal.limit(False, False)
    figure.clear()
    figure.theme("simple")
    figure.plot_size(columns, rows)
    for line in lines:
        _draw_line(line, DOTS_PER_COLUMN * columns)
    for name, axis in (("x", x), ("y", y)):
        figure.ruler(name).lim(axis.begin, axis.end)
        figure.ruler(name).ticks(list(axis.at), list(axis.labels))
    text: str = figure.build().string()
    return text.rstrip("\n").split("\n")


def value_axis(lines: Sequence[Line], rows: int) -> Axis:
    """Return an axis that shows all values of `lines`; some room about them when they are one."""
    low, high = extent(lines)
    if low == high:
        room = abs(low) / 100 or 1.0
        low, high = low - room, high + room
    n = max(2, min(LABELS_MAX, rows // ROWS_PER_LABEL))
    at = [low + (high - low) * i / (n - 1) for i in range(n)]
    return Axis(low, high, at, [_label(value, at[1] - at[0]) for value in at])


def extent(lines: Sequence[Line]) -> tuple[float, float]:
    """Return the least and the greatest value of `lines`; 0 and 1 when there is none."""
    there = [line.y[np.isfinite(line.y)] for line in lines]
    there = [values for values in there if len(values)]
    if not there:
        return 0.0, 1.0
    return min(float(v.min()) for v in there), max(float(v.max()) for v in there)


def _draw_line(line: Line, dots: int) -> None:
    """Draw one line, reduced to its minima and maxima, broken where something is missing."""
    there = np.flatnonzero(np.isfinite(line.y))
    # A missing value breaks the line as a missing tick does.
    runs = line.runs + np.cumsum(np.isnan(line.y))
    if len(there) > dots:
        downsampler = MinMaxDownsampler()  # type: ignore[no-untyped-call]
        there = there[downsampler.downsample(line.y[there], n_out=dots)]
    if not len(there):
        return
    marker = plotext.marker("braille", plotext.pixel(foreground=line.color))
    signal = plotext.figure.signal(line.x[there].tolist(), line.y[there].tolist(), marker=marker)
    signal.lines(True)
    for i in np.flatnonzero(np.diff(runs[there])) + 1:
        signal.line(int(i), False)
    plotext.figure.draw(signal)


def _label(value: float, step: float) -> str:
    """Return `value` with as many decimals as tell it from the next one, `step` away."""
    exponent = math.floor(math.log10(step)) if step > 0 else 0
    if not -7 <= exponent <= 7:
        return f"{value:.4g}"
    return f"{value:.{max(0, 1 - exponent)}f}"
