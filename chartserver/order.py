"""Puts what comes into the order of time, or says what cannot be in it.

Pure: no clock, no lock.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from chartserver.errors import BadTick
from chartserver.ticks import EARLIEST_MS, LATEST_MS, Floats, Run, short


class Ordered(NamedTuple):
    """A run in order, the arrays its own.

    Attributes:
        n_moved: ticks that stood after a later one.
        n_infinite: infinite values, which are taken for missing ones.
        is_stamped: which ticks brought no time; None where each has brought one.
    """

    time_ms: Floats
    values: Floats
    n_moved: int
    n_infinite: int
    is_stamped: npt.NDArray[np.bool_] | None = None


def next_time(raw: float | None, now_ms: Callable[[], float], last_ms: float) -> float:
    """Return the time of one tick that comes after one at `last_ms`; None is now.

    Raises:
        BadTick: it is no time, or before `last_ms`.
    """
    if raw is None:
        return max(now_ms(), last_ms)
    if (
        not isinstance(raw, int | float | np.integer | np.floating)
        or isinstance(raw, bool)
        or not EARLIEST_MS <= raw <= LATEST_MS
    ):
        raise BadTick(
            f"time is {short(raw)}; expected milliseconds since 1970, such as 1763829000000"
        )
    if raw < last_ms:
        raise BadTick(
            f"time is {raw:.0f} ms, {last_ms - raw:.0f} ms before the last tick;"
            " expected ticks in the order of time"
        )
    return float(raw)


def in_order(
    run: Run,
    *,
    now_ms: float,
    floor_ms: float,
    n_gone: int = 0,
    latest_ms: float = math.inf,
) -> Ordered:
    """Return `run` in the order of time; equal times stay as they stood.

    Ticks without a time are of now, or of `floor_ms` where that is later. The first `n_gone` in the
    order of time were taken before, and may be before `floor_ms`.

    Raises:
        BadTick: the shape is wrong, a time is none, before `floor_ms`, or given and after
            `latest_ms`.
    """
    time_ms, values = np.array(run.time_ms, dtype=float), np.array(run.values, dtype=float)
    if time_ms.ndim != 1 or values.ndim != 2 or values.shape[1] != len(time_ms):
        raise BadTick(
            f"values have shape {values.shape} and times {time_ms.shape};"
            " expected a row for each series with a value for each time"
        )
    is_now = np.isnan(time_ms)
    _check_ahead(time_ms, now_ms, latest_ms)
    time_ms[is_now] = max(now_ms, floor_ms)
    _check_times(time_ms)
    is_infinite = np.isinf(values)
    values[is_infinite] = np.nan
    n_moved = int(np.count_nonzero(time_ms < np.maximum.accumulate(time_ms)))
    order = np.argsort(time_ms, kind="stable") if n_moved else np.arange(len(time_ms))
    _check_late(time_ms, np.sort(order[n_gone:]), floor_ms)
    if n_moved:
        time_ms, values, is_now = time_ms[order], values[:, order], is_now[order]
    is_stamped = is_now if is_now.any() else None
    return Ordered(time_ms, values, n_moved, int(np.count_nonzero(is_infinite)), is_stamped)


def late(time_ms: float, last_ms: float, index: int | None) -> BadTick:
    """Return what is told of a tick that is before the last one of the history."""
    return BadTick(
        f"time is {time_ms:.0f} ms, {last_ms - time_ms:.0f} ms before the last tick in the"
        " history; expected ticks at or after it",
        index,
        last_ms,
    )


def _check_times(time_ms: Floats) -> None:
    wrong = _first((time_ms < EARLIEST_MS) | (time_ms > LATEST_MS))
    if wrong is not None:
        raise BadTick(
            f"time is {time_ms[wrong]:g}; expected milliseconds since 1970, such as 1763829000000",
            wrong,
        )


def _check_ahead(time_ms: Floats, now_ms: float, latest_ms: float) -> None:
    # What is no time at all is told otherwise.
    ahead = _first((time_ms > latest_ms) & (time_ms <= LATEST_MS))
    if ahead is not None:
        raise BadTick(
            f"time is {time_ms[ahead]:.0f} ms, {(time_ms[ahead] - now_ms) / 1000:.0f} s ahead of"
            f" the server's clock; expected {(latest_ms - now_ms) / 1000:.0f} s at most: look at"
            " its unit, its zone and the clocks (or see --future-s)",
            ahead,
        )


def _check_late(time_ms: Floats, which: npt.NDArray[np.intp], floor_ms: float) -> None:
    first = _first(time_ms[which] < floor_ms)
    if first is not None:
        index = int(which[first])
        raise late(float(time_ms[index]), floor_ms, index)


def _first(is_so: npt.NDArray[np.bool_]) -> int | None:
    return int(is_so.argmax()) if is_so.any() else None
