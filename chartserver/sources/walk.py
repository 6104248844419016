"""A random walk that looks like exchange rates: for demonstrations and tests."""

import math
import random
from collections.abc import Mapping, Sequence

from chartserver.sources.options import Options
from chartserver.sources.source import Beat, Last, Source
from chartserver.ticks import Series

DEFAULT_SERIES = [Series("EURUSD")]
# Rates of late 2026, rounded; what is not listed starts at 100.
START: Mapping[str, float] = {
    "EURUSD": 1.12,
    "EURJPY": 175.0,
    "EURGBP": 0.84,
    "EURCHF": 0.92,
    "GBPUSD": 1.34,
    "USDJPY": 157.0,
    "USDCHF": 0.82,
    "USDCAD": 1.4,
    "USDCNY": 6.65,
    "AUDUSD": 0.7,
    "NZDUSD": 0.56,
    "XAUUSD": 4000.0,
    "BTCUSD": 100_000.0,
}
START_OF_OTHERS = 100.0
SIGNIFICANT_DIGITS = 6
DAILY_PERCENT = 0.6
DAY_S = 86_400.0


class Walk:
    """One series: its logarithm makes independent normal steps.

    `step` is the standard deviation of one of them. With a seed the path depends on the seed and
    the name alone, not on the series beside it.
    """

    def __init__(self, name: str, step: float, seed: int | None) -> None:
        self.value = START.get(name.upper(), START_OF_OTHERS)
        self.digits = SIGNIFICANT_DIGITS - 1 - math.floor(math.log10(self.value))
        self._dice = random.Random(None if seed is None else f"{seed}:{name}")
        self._step = step

    def __call__(self) -> float:
        """Make one step and return the new value, rounded as such rates are quoted."""
        self.value *= math.exp(self._dice.gauss(0.0, self._step))
        return round(self.value, self.digits)


class Walks(Beat):
    """Several walks on one beat, which go on from the last values of their chart."""

    def __init__(self, walks: Mapping[str, Walk], series: Sequence[Series], interval_s: float):
        super().__init__(
            lambda: [walk() for walk in walks.values()],
            series=series,
            interval_s=interval_s,
            title="Random walk",
        )
        self._walks = walks

    def resume(self, last: Last) -> None:
        """Have the lines go on without a jump."""
        for name, walk in self._walks.items():
            # What was kept under this name may have been no rate.
            if last.values.get(name, 0.0) > 0:
                walk.value = last.values[name]


def open_walk(target: str, options: Options) -> Source:
    """Open `walk[?series=A,B&seed=…&interval_s=…&daily_percent=…]`."""
    interval_s = options.interval_s()
    daily_percent = options.number("daily_percent", DAILY_PERCENT, above=0, example="0.6")
    seed = options.integer("seed", None)
    named = options.series() or DEFAULT_SERIES
    options.no_target(target)
    options.finish()
    step = daily_percent / 100 * math.sqrt(interval_s / DAY_S)
    walks = {one.name: Walk(one.name, step, seed) for one in named}
    series = [Series(one.name, digits=max(0, walks[one.name].digits)) for one in named]
    return Walks(walks, series, interval_s)
