"""Buckets of ticks: what is left of the ticks of a minute, an hour, a day.

Pure arithmetic on columns. A bucket knows its ticks' first and last time and, for each series, how
many values there were, the first, lowest, highest and last of them, and when the lowest and the
highest came. Missing values count for nothing; a series of which a bucket has no value is NaN.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from chartserver.ticks import Floats, Ticks

# The rows that each bucket has, and those that it has for each series.
HEAD = 4
START, FIRST_MS, LAST_MS, LAST_OFFSET = range(HEAD)
FACTS = 7
COUNT, FIRST, LOW, HIGH, LAST, LOW_MS, HIGH_MS = range(FACTS)


@dataclass(frozen=True, slots=True)
class Buckets:
    """`columns` has the shape (HEAD + FACTS * n_series, n): the head, then series by series."""

    columns: Floats

    def __len__(self) -> int:
        return len(self.columns[START])

    @property
    def start_ms(self) -> Floats:
        """When each bucket begins, on the grid of its level."""
        start_ms: Floats = self.columns[START]
        return start_ms

    @property
    def n_series(self) -> int:
        """How many series these buckets know."""
        return (len(self.columns) - HEAD) // FACTS

    def fact(self, which: int) -> Floats:
        """Return one fact of all series, of shape (n_series, n)."""
        return self.columns[HEAD + which :: FACTS]

    def slice(self, begin: int | None, end: int | None) -> "Buckets":
        """Return the buckets from `begin` to before `end`."""
        return Buckets(self.columns[:, begin:end])


NO_BUCKETS = Buckets(np.empty((HEAD, 0)))


def each(ticks: Ticks) -> Buckets:
    """Return a bucket for each tick."""
    n_series, n = ticks.values.shape
    columns = np.empty((HEAD + FACTS * n_series, n))
    columns[START] = columns[FIRST_MS] = columns[LAST_MS] = ticks.time_ms
    columns[LAST_OFFSET] = np.arange(ticks.offset - n + 1, ticks.offset + 1)
    buckets = Buckets(columns)
    is_there = np.isfinite(ticks.values)
    buckets.fact(COUNT)[:] = is_there
    for which in (FIRST, LOW, HIGH, LAST):
        buckets.fact(which)[:] = ticks.values
    for which in (LOW_MS, HIGH_MS):
        buckets.fact(which)[:] = np.where(is_there, ticks.time_ms, np.nan)
    return buckets


def merged(buckets: Buckets, group: Floats) -> Buckets:
    """Return one bucket for each run of equal numbers in `group`, which is where it begins."""
    if not len(buckets):
        return buckets
    begins = np.flatnonzero(np.concatenate([[True], group[1:] != group[:-1]]))
    ends = np.append(begins[1:], len(buckets)) - 1
    of = np.repeat(np.arange(len(begins)), ends - begins + 1)
    columns = np.empty((len(buckets.columns), len(begins)))
    columns[START] = group[begins]
    columns[FIRST_MS] = buckets.columns[FIRST_MS, begins]
    columns[LAST_MS] = buckets.columns[LAST_MS, ends]
    columns[LAST_OFFSET] = buckets.columns[LAST_OFFSET, ends]
    made = Buckets(columns)
    count = np.nan_to_num(buckets.fact(COUNT))
    made.fact(COUNT)[:] = np.add.reduceat(count, begins, axis=1)
    for value, time, choose in ((LOW, LOW_MS, np.fmin), (HIGH, HIGH_MS, np.fmax)):
        extreme = choose.reduceat(buckets.fact(value), begins, axis=1)
        made.fact(value)[:] = extreme
        is_extreme = buckets.fact(value) == extreme[:, of]
        times = np.where(is_extreme, buckets.fact(time), np.nan)
        made.fact(time)[:] = np.fmin.reduceat(times, begins, axis=1)
    rows = np.arange(len(buckets))
    first = np.minimum.reduceat(np.where(count > 0, rows, len(rows)), begins, axis=1)
    last = np.maximum.reduceat(np.where(count > 0, rows, -1), begins, axis=1)
    made.fact(FIRST)[:] = _picked(buckets.fact(FIRST), first)
    made.fact(LAST)[:] = _picked(buckets.fact(LAST), last)
    return made


def widened(buckets: Buckets, width_ms: float) -> Buckets:
    """Return the buckets of `width_ms` on its grid that these, which are finer, make."""
    return merged(buckets, grid(buckets.start_ms, width_ms))


def grid(time_ms: Floats, width_ms: float) -> Floats:
    """Return where the bucket of each time begins."""
    return np.floor(time_ms / width_ms) * width_ms


def joined(parts: Sequence[Buckets]) -> Buckets:
    """Return buckets one after the other; a series that some do not know is missing there."""
    return Buckets(stacked([part.columns for part in parts])) if parts else NO_BUCKETS


def all_series(buckets: Buckets, n_series: int) -> Buckets:
    """Return the buckets with so many series, those that they do not know missing."""
    wanted = HEAD + FACTS * n_series
    if len(buckets.columns) >= wanted:
        return buckets
    return Buckets(stacked([buckets.columns, np.empty((wanted, 0))]))


def stacked(parts: Sequence[Floats]) -> Floats:
    """Return columns one after the other; rows that some do not have are NaN there."""
    if len(parts) == 1:
        return parts[0]
    rows = max(map(len, parts))
    if all(len(part) == rows for part in parts):
        return np.concatenate(parts, axis=1)
    whole = np.full((rows, sum(part.shape[1] for part in parts)), np.nan)
    end = 0
    for part in parts:
        begin, end = end, end + part.shape[1]
        whole[: len(part), begin:end] = part
    return whole


def _picked(values: Floats, index: "np.ndarray[tuple[int, ...], np.dtype[np.intp]]") -> Floats:
    """Return for each series the values at its row of `index`, NaN where that is none."""
    n = values.shape[1]
    is_there = (index >= 0) & (index < n)
    found = np.take_along_axis(values, np.where(is_there, index, 0), axis=1)
    return np.where(is_there, found, np.nan)
