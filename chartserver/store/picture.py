"""From buckets to the columns of a picture: few enough, the lowest and the highest values kept.

Pure arithmetic. Between buckets of different widths no difference is made: a tick is a bucket, too.
"""

import numpy as np

from chartserver.store.buckets import (
    FIRST_MS,
    HIGH,
    HIGH_MS,
    LAST,
    LAST_MS,
    LAST_OFFSET,
    LOW,
    LOW_MS,
    Buckets,
)
from chartserver.ticks import Floats, Ticks


def picture(epoch: str, buckets: Buckets, points: int) -> Ticks:
    """Return at most `points` columns that show the same picture as `buckets`, at least one.

    All series share the times. A stretch of time becomes two columns, at its first and its last
    tick: the lowest and the highest value of each series, in the order in which they came. The
    very last column has the last values.
    """
    stretches = max(1, (points - 1) // 2)
    first_ms, last_ms = buckets.columns[FIRST_MS], buckets.columns[LAST_MS]
    begins = _begins(first_ms, stretches)
    low, low_ms = _extremes(buckets, begins, LOW, LOW_MS, np.fmin)
    high, high_ms = _extremes(buckets, begins, HIGH, HIGH_MS, np.fmax)
    is_rising = ~(low_ms > high_ms)
    ends = np.append(begins[1:], len(buckets)) - 1
    times = np.stack([first_ms[begins], last_ms[ends]], axis=1).reshape(-1)
    pairs = np.stack([np.where(is_rising, low, high), np.where(is_rising, high, low)], axis=2)
    values = pairs.reshape(buckets.n_series, -1)
    # A stretch of one tick needs one column.
    is_kept = np.ones(len(times), bool)
    is_kept[1::2] = times[1::2] > times[::2]
    is_kept[1::2] |= (values[:, 1::2] != values[:, ::2]).any(axis=0) & ~np.isnan(
        values[:, ::2]
    ).all(axis=0)
    return Ticks(
        epoch,
        int(buckets.columns[LAST_OFFSET, -1]),
        np.append(times[is_kept], last_ms[-1]),
        np.append(values[:, is_kept], buckets.fact(LAST)[:, -1:], axis=1),
        True,
    )


def _begins(first_ms: Floats, stretches: int) -> "np.ndarray[tuple[int], np.dtype[np.intp]]":
    """Return where stretches of equal time begin, those without a bucket left out."""
    span_ms = first_ms[-1] - first_ms[0]
    if len(first_ms) <= stretches or not span_ms:
        return np.arange(len(first_ms)) if span_ms else np.zeros(1, np.intp)
    which = ((first_ms - first_ms[0]) * (stretches / span_ms)).astype(np.intp)
    which = np.minimum(which, stretches - 1)
    return np.flatnonzero(np.concatenate([[True], which[1:] != which[:-1]]))


def _extremes(
    buckets: Buckets,
    begins: "np.ndarray[tuple[int], np.dtype[np.intp]]",
    value: int,
    time: int,
    choose: np.ufunc,
) -> tuple[Floats, Floats]:
    """Return the extremes of each stretch, and when the first bucket that has it says it came."""
    values = buckets.fact(value)
    extreme = choose.reduceat(values, begins, axis=1)
    lengths = np.diff(np.append(begins, len(buckets)))
    is_extreme = values == np.repeat(extreme, lengths, axis=1)
    times = np.where(is_extreme, buckets.fact(time), np.nan)
    return extreme, np.fmin.reduceat(times, begins, axis=1)
