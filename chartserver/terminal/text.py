"""Text as a terminal shows it: colours, widths, numbers and times.

Pure but for the local time zone.
"""

import contextlib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

Color = int | tuple[int, int, int]
# Of the 256 colours of terminals those that can be told apart on black and on white.
PALETTE: Sequence[Color] = (33, 208, 35, 170, 160, 37, 136, 99)
HEX_COLOR = re.compile(r"#([0-9a-fA-F]{2})([0-9a-fA-F]{2})([0-9a-fA-F]{2})")
UNIX_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAY_MS = 86_400_000.0


def color_of(one: Mapping[str, Any], i: int) -> Color:
    """Return the colour of the i-th series: its own when it is like #1f77b4, or the palette's."""
    found = HEX_COLOR.fullmatch(str(one.get("color") or ""))
    if found:
        red, green, blue = (int(part, 16) for part in found.groups())
        return red, green, blue
    return PALETTE[i % len(PALETTE)]


def paint(text: str, color: Color) -> str:
    """Return `text` in `color`."""
    code = f"5;{color}" if isinstance(color, int) else "2;" + ";".join(map(str, color))
    return f"\x1b[38;{code}m{text}\x1b[0m"


def format_value(value: float, digits: object) -> str:
    """Return `value` with `digits` decimals, or with six significant figures for None."""
    return f"{value:.{digits}f}" if isinstance(digits, int) else f"{value:.6g}"


def format_time(time_ms: float, span_ms: float) -> str:
    """Return a time for the axis, in local time, as finely as a span of `span_ms` needs."""
    moment = UNIX_EPOCH + timedelta(milliseconds=time_ms)
    if span_ms >= 30 * DAY_MS:
        # Days and longer are those of UTC, as daily data has them.
        return moment.strftime("%Y-%m-%d")
    # At the ends of the calendar UTC has to do.
    with contextlib.suppress(OverflowError, ValueError):
        moment = moment.astimezone()
    return moment.strftime("%d %b %H:%M" if span_ms >= DAY_MS else "%H:%M:%S")


def width(text: str) -> int:
    """Return how many cells of a terminal `text` takes."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def clip(text: str, columns: int) -> str:
    """Return `text` in at most `columns` cells, and without what could move the cursor."""
    clipped, used = "", 0
    for char in printable(text):
        used += width(char)
        if used > columns:
            return clipped[:-1] + "…" if clipped else ""
        clipped += char
    return clipped


def printable(text: str) -> str:
    """Return what somebody sent as one line that cannot move a terminal's cursor."""
    return "".join(char if char.isprintable() else " " for char in text)
