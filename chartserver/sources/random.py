"""The source of the original demo: two series, uniform from 0 to 1000, one tick a second."""

import random as randomness

from chartserver.sources.options import Options
from chartserver.sources.source import Beat, Source
from chartserver.ticks import Series, Values

LOWEST, HIGHEST = 0.0, 1000.0


def open_random(target: str, options: Options) -> Source:
    """Open `random[?interval_s=…&seed=…]`."""
    interval_s = options.interval_s()
    dice = randomness.Random(options.integer("seed", None))
    options.no_target(target)
    options.finish()

    def read() -> Values:
        return dice.uniform(LOWEST, HIGHEST), dice.uniform(LOWEST, HIGHEST)

    series = [Series("Series 1"), Series("Series 2")]
    return Beat(read, series=series, interval_s=interval_s, title="Random numbers")
