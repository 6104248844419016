"""The source that a measured chartserver runs: `python:benchmarks.sources:paced`."""

import time
from collections.abc import Iterator

from benchmarks.ticks import TickPlan, history, live
from chartserver.ticks import Tick


def paced() -> Iterator[Tick]:
    """Yield the history at once, and live ticks at their times, as the environment says."""
    plan = TickPlan.of_environ()
    for one in history(plan):
        yield Tick(one.time_ms, one.values)
    for one in live(plan, time.sleep):
        yield Tick(one.time_ms, one.values)
    # A source that ends is told to the viewers, and that is not what is measured.
    while True:
        time.sleep(1)
