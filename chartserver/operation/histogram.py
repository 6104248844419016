"""Counts values by their size, as Prometheus' histograms do: cheap enough for each frame."""

from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate

# From a millisecond, which is none, to where everybody has noticed.
LAG_BOUNDS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Histogram:
    """How many values were at most so large. For one writer; any thread may read.

    Attributes:
        sum: of all values.
    """

    def __init__(self, bounds: Sequence[float] = LAG_BOUNDS_S) -> None:
        self.sum = 0.0
        self._bounds = bounds
        self._counts = [0] * (len(bounds) + 1)

    def observe(self, value: float) -> None:
        """Count a value."""
        self._counts[bisect_left(self._bounds, value)] += 1
        self.sum += value

    def buckets(self) -> Sequence[tuple[str, int]]:
        """Return, for each bound and for `+Inf`, how many values were not above it."""
        bounds = [*map(str, self._bounds), "+Inf"]
        return list(zip(bounds, accumulate(self._counts), strict=True))
