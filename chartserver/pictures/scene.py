"""All that is to be seen in a picture, as plain data: made of a chart, drawn by somebody else."""

import datetime
import math
from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from chartserver import frames
from chartserver.chart import Chart
from chartserver.errors import BadRequest
from chartserver.one_line import one_line
from chartserver.pictures.themes import THEMES
from chartserver.pictures.wish import SERIES_MAX, UTC, Wish
from chartserver.ticks import EARLIEST_MS, LATEST_MS, Floats, Ticks, short, some_of

# A spacing of more than so many intervals is a gap.
GAP_INTERVALS = 3
# Nine spacings in ten are no longer than what is usual, and so many are looked at.
USUAL_SHARE = 0.9
SPACINGS_MAX = 512
# Of so many pixels, in a picture of so many panels, there is something to be seen.
PANEL_PX = 120
# Series of which one moves by less than this share of what both span have a panel each.
VISIBLE_SHARE = 0.2
SIGNIFICANT = 5
DIGITS_MAX = 8
TITLE_CHARS = 120
# Beyond these what draws fails: sums and spans of what is near the largest float, and dates with
# some years of which an axis would begin in the year 0 or end in 10000.
VALUE_MAX = 1e150
MARGIN_MS = 10 * 366 * 86_400_000
EARLIEST_SHOWN_MS, LATEST_SHOWN_MS = EARLIEST_MS + MARGIN_MS, LATEST_MS - MARGIN_MS
HEADLINES = {
    "waiting": "No tick yet",
    "live": "Live",
    "stalled": "Stalled",
    "ended": "Ended",
    "failed": "Failed",
    "stopping": "Server is stopping",
}
TONES = {"live": "good", "stalled": "warn", "stopping": "warn", "failed": "bad"}


def make_scene(chart: Chart, wish: Wish) -> dict[str, Any]:
    """Return what a picture of `chart` shows now. Takes as long as its history is.

    Raises:
        BadRequest: the chart has no series of a name that is asked for.
    """
    told = frames.as_text(chart.describe())
    chosen = _chosen(told, wish)
    ticks = _drawable(_window(chart, wish))
    rows = [ticks.values[i] if i < len(ticks.values) else np.array([]) for i in chosen]
    times, columns = _broken(ticks, rows, chart.interval_s, 2 * wish.width_px)
    series = [_series(told["series"][i], i, row, wish) for i, row in zip(chosen, rows, strict=True)]
    return {
        "form": wish.form,
        "width_px": wish.width_px,
        "height_px": wish.height_px,
        "theme": THEMES[wish.theme]._asdict(),
        "zone": wish.zone,
        "title": one_line(told["title"])[:TITLE_CHARS],
        "headline": HEADLINES[told["status"]],
        "tone": TONES.get(told["status"], "muted"),
        "as_of": _as_of(float(ticks.time_ms[-1]), wish.zone) if len(ticks) else "",
        "left_out": max(0, len(told["series"]) - len(chosen)) if not wish.series else 0,
        "panels": _panels(told["panels"], rows, max(1, wish.height_px // PANEL_PX))
        if len(ticks)
        else [],
        "series": series,
        "time_ms": times.tolist(),
        "values": [[None if v != v else v for v in row.tolist()] for row in columns],
    }


def _chosen(told: dict[str, Any], wish: Wish) -> list[int]:
    names = [series["name"] for series in told["series"]]
    if not wish.series:
        return list(range(min(len(names), SERIES_MAX)))
    for name in wish.series:
        if name not in names:
            raise BadRequest(f"series is {short(name)}; expected one of: {some_of(names)}")
    return [names.index(name) for name in wish.series]


def _window(chart: Chart, wish: Wish) -> Ticks:
    """Return what is kept of the time that is asked for, which ends with the last tick."""
    last_ms = chart.history.last_time_ms
    if wish.minutes is None or last_ms is None:
        return chart.history.all()
    return chart.history.between(last_ms - 60_000.0 * wish.minutes, math.inf)


def _drawable(ticks: Ticks) -> Ticks:
    """Return the ticks with what is out of all bounds at the bounds."""
    return Ticks(
        ticks.epoch,
        ticks.offset,
        np.clip(ticks.time_ms, EARLIEST_SHOWN_MS, LATEST_SHOWN_MS),
        np.clip(ticks.values, -VALUE_MAX, VALUE_MAX),
    )


def _broken(
    ticks: Ticks, rows: Sequence[Floats], interval_s: float | None, points: int
) -> tuple[Floats, Floats]:
    """Return times and values for so many points, with a missing value in each gap."""
    if not len(ticks) or not rows:
        return np.array([]), np.empty((len(rows), 0))
    gaps_ms = _gaps(ticks.time_ms, interval_s)
    reduced = frames.reduce(Ticks(ticks.epoch, ticks.offset, ticks.time_ms, np.array(rows)), points)
    # In the middle of a gap; were there more of them than points, nothing could be seen.
    gaps_ms = gaps_ms[-points:]
    places = np.searchsorted(reduced.time_ms, gaps_ms)
    return (
        np.insert(reduced.time_ms, places, gaps_ms),
        np.insert(reduced.values, places, np.nan, axis=1),
    )


def _gaps(time_ms: Floats, interval_s: float | None) -> Floats:
    """Return a time within each gap."""
    spacings = np.diff(time_ms)
    usual_ms = 1000.0 * interval_s if interval_s else _usual(spacings[-SPACINGS_MAX:])
    before = np.flatnonzero(spacings > GAP_INTERVALS * usual_ms)
    middles: Floats = time_ms[before] + spacings[before] / 2
    return middles


def _usual(spacings: Floats) -> float:
    """Return the spacing that most keep within; not the median, for ticks may come in bursts."""
    there = np.sort(spacings[spacings > 0])
    return float(there[math.ceil(USUAL_SHARE * len(there)) - 1]) if len(there) else math.inf


def _series(told: dict[str, Any], i: int, row: Floats, wish: Wish) -> dict[str, Any]:
    palette = THEMES[wish.theme].series
    finite = row[np.isfinite(row)]
    last = _number(float(finite[-1]), told["digits"], finite) if len(finite) else "\u2013"
    return {
        "label": one_line(told["label"]),
        "last": f"{last} {one_line(told['unit'])}".strip(),
        "color": told["color"] or palette[i % len(palette)],
        "limits": [
            {"at": limit.get("above", limit.get("below")), "severity": limit["severity"]}
            for limit in told.get("limits", [])
        ],
    }


def _number(value: float, digits: int | None, values: Floats) -> str:
    if digits is None:
        size, span = float(np.abs(values).max()), float(np.ptp(values))
        by_size = SIGNIFICANT - 1 - math.floor(math.log10(size)) if size > 0 else 2
        by_span = 2 - math.floor(math.log10(span)) if span > 0 else 0
        digits = min(DIGITS_MAX, max(0, min(by_size, 4), by_span))
    text = f"{value:.4e}" if abs(value) >= 1e12 else f"{value:,.{digits}f}"
    return text.replace(",", "\N{THIN SPACE}").replace("-", "\N{MINUS SIGN}")


def _panels(panels: str, rows: Sequence[Floats], most: int) -> list[list[int]]:
    """Return which of the rows share a panel; of more than `most` panels the last are one."""
    if panels == "single":
        return [list(range(len(rows)))]
    groups = [[i] for i in range(len(rows))] if panels == "stacked" else _alike(rows)
    last = [i for group in groups[most - 1 :] for i in group]
    return [*groups[: most - 1], last] if last else groups


def _alike(rows: Sequence[Floats]) -> list[list[int]]:
    """Return the rows in groups of which each can be seen to move on one scale."""
    groups: list[tuple[float, float, float, list[int]]] = []
    for i, row in enumerate(rows):
        finite = row[np.isfinite(row)]
        low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 0.0)
        for at, (group_low, group_high, least, members) in enumerate(groups):
            both_low, both_high = min(low, group_low), max(high, group_high)
            narrowest = min(least, high - low)
            if narrowest >= VISIBLE_SHARE * (both_high - both_low):
                groups[at] = both_low, both_high, narrowest, [*members, i]
                break
        else:
            groups.append((low, high, high - low, [i]))
    return [members for _, _, _, members in groups]


def _as_of(time_ms: float, zone: str) -> str:
    # UTC is there where no database of zones is.
    tz = datetime.UTC if zone == UTC else ZoneInfo(zone)
    moment = datetime.datetime.fromtimestamp(time_ms / 1000, tz)
    return f"as of {moment:%Y-%m-%d %H:%M:%S} {zone}"
