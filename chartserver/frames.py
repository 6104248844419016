"""Ticks as they go on the wire: columnar, JSON, and reduced to the points asked for.

A frame is a dict whose columns may be numpy arrays; `dumps` writes it as JSON in which NaN and
the infinities are `null`.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson
from tsdownsample import MinMaxDownsampler

from chartserver.ticks import Floats, Ticks

Indices = npt.NDArray[np.intp]

WIRE_VERSION = 1
POINTS_MIN = 2
POINTS_MAX = 1_000_000
# Points for each series below which buckets show more than ticks.
FAIR_SHARE = 8


def frame(chart: str, ticks: Ticks) -> dict[str, Any]:
    """Return `ticks` of `chart` as a frame: `t` of shape (n,), `y` of shape (n_series, n)."""
    content = {
        "v": WIRE_VERSION,
        "chart": chart,
        "epoch": ticks.epoch,
        "offset": ticks.offset,
        "t": np.ascontiguousarray(ticks.time_ms),
        "y": np.ascontiguousarray(ticks.values),
    }
    if ticks.is_reduced:
        content["reduced"] = True
    return content


def reduce(ticks: Ticks, points: int, give_way: Callable[[], object] = lambda: None) -> Ticks:
    """Return at most `points` ticks that show the same picture, minima and maxima kept.

    All series share the times that are kept, so each gets its share of the points. The first and
    the last tick and the extremes of each series always stay, even where that is more than
    `points`. What is short enough comes back unchanged. `give_way` is called after each series:
    many of them take long.
    """
    if len(ticks) <= points:
        return ticks
    chosen = [np.array([0, len(ticks) - 1])]
    share = share_of(points, len(ticks.values))
    for row in ticks.values:
        chosen.append(extremes(row, share))
        give_way()
    kept = np.unique(np.concatenate(chosen))
    if len(kept) == len(ticks):
        return ticks
    return Ticks(ticks.epoch, ticks.offset, ticks.time_ms[kept], ticks.values[:, kept], True)


def conflate(ticks: Ticks, columns: int) -> Ticks:
    """Return at most `columns` columns that show the same picture, however many the series.

    Real ticks where each series gets a fair share of them; else the minimum and the maximum of
    each series in each bucket, two columns a bucket, and the last tick.
    """
    if len(ticks) <= columns:
        return ticks
    n_series = max(1, len(ticks.values))
    if columns >= FAIR_SHARE * n_series:
        return reduce(ticks, columns)
    starts = np.linspace(0, len(ticks) - 1, max(1, (columns - 1) // 2), endpoint=False).astype(int)
    bounds = np.append(starts[1:], len(ticks) - 1) - 1
    times = np.stack([ticks.time_ms[starts], ticks.time_ms[bounds]], axis=1).reshape(-1)
    body = ticks.values[:, :-1]
    # fmin and fmax pass missing values by.
    lows = np.fmin.reduceat(body, starts, axis=1)
    highs = np.fmax.reduceat(body, starts, axis=1)
    values = np.stack([lows, highs], axis=2).reshape(len(ticks.values), -1)
    return Ticks(
        ticks.epoch,
        ticks.offset,
        np.append(times, ticks.time_ms[-1]),
        np.concatenate([values, ticks.values[:, -1:]], axis=1),
        True,
    )


def dumps(content: Any, **_: Any) -> str:
    """Return `content` as JSON text; NaN and the infinities become `null`.

    The signature is that of `json.dumps` as far as Socket.IO uses it.
    """
    return dump_bytes(content).decode()


def dump_bytes(content: Any) -> bytes:
    """Return `content` as JSON in UTF-8; NaN and the infinities become `null`."""
    try:
        return orjson.dumps(content, option=orjson.OPT_SERIALIZE_NUMPY)
    except TypeError:
        # A file's name may hold bytes that are no text, and stand in a title or a reason.
        return orjson.dumps(as_text(content), option=orjson.OPT_SERIALIZE_NUMPY)


def loads(text: str | bytes, **_: Any) -> Any:
    """Return what the JSON `text` holds; NaN and the infinities are refused, as JSON says."""
    return orjson.loads(text)


def as_text(content: Any) -> Any:
    """Return `content` with what cannot be said in UTF-8 escaped."""
    if isinstance(content, str):
        return content.encode("utf-8", "backslashreplace").decode()
    if isinstance(content, dict):
        return {as_text(name): as_text(value) for name, value in content.items()}
    if isinstance(content, list | tuple):
        return [as_text(value) for value in content]
    return content


def share_of(points: int, n_series: int) -> int:
    """Return how many of the `points` of a chart each of its series may choose."""
    # The library wants an even number of points, two per bucket.
    return max(2, (points - 2) // max(1, n_series) // 2 * 2)


def extremes(row: Floats, n: int) -> Indices:
    """Return the indices, rising, of at most `n` values of a series: minima and maxima."""
    there = np.flatnonzero(np.isfinite(row))
    if len(there) <= n:
        return there
    downsampler = MinMaxDownsampler()  # type: ignore[no-untyped-call]
    chosen: Indices = there[downsampler.downsample(row[there], n_out=n)]
    return chosen
