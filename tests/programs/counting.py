"""Sources whose ticks tell their own offsets, so that none can be lost or changed unseen."""

import itertools
import math
import time

SPIKE_EACH = 997


def fast():
    """Yield some 300 ticks a second, in bursts: the offset, and 0 but for a rare spike."""
    for offset in itertools.count(1):
        yield offset, offset if offset % SPIKE_EACH == 0 else 0
        if offset % 3 == 0:
            time.sleep(0.01)


def wide():
    """Yield 100 ticks a second of 4 kB each: the offset, a few hundred times."""
    for offset in itertools.count(1):
        yield [offset] * 250
        time.sleep(0.01)


def calm():
    """Yield ten ticks a second."""
    for offset in itertools.count(1):
        yield offset, -offset
        time.sleep(0.1)


def steady():
    """Yield a hundred ticks a second."""
    for offset in itertools.count(1):
        yield offset, -offset
        time.sleep(0.01)


def patchy():
    """Yield fifty ticks a second, of which some have no value that JSON knows."""
    for offset in itertools.count(1):
        yield offset, (1.0, math.nan, math.inf, -math.inf)[offset % 4]
        time.sleep(0.02)


def beat():
    """Yield five ticks a second."""
    for offset in itertools.count(1):
        yield offset
        time.sleep(0.2)


def long():
    """Yield 20,000 ticks within a second, and no more."""
    for offset in range(1, 20_001):
        yield offset, offset
        if offset % 1_000 == 0:
            time.sleep(0.02)
