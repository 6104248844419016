"""Sources that behave badly, each in its own way, and one that behaves well."""

import itertools
import math
import sys
import time

count = itertools.count(1)
readings = itertools.count()


def steady():
    """Return 1, 2, 3 …"""
    return next(count)


def blocking():
    """Yield once, then block for longer than any test lasts."""
    yield 1.0
    time.sleep(3_600)


def slow():
    """Block for ten seconds at each reading."""
    time.sleep(10)
    return 1.0


def flood():
    """Yield without a pause."""
    yield from itertools.count()


def raising():
    """Raise at each reading."""
    raise OSError("the sensor is gone")


def wrong():
    """Return two values and three, and infinities."""
    return [(1.0, 2.0), (1.0, 2.0, 3.0), (math.inf, -math.inf)][next(readings) % 3]


def exiting():
    """End the process, as far as a thread can."""
    sys.exit("enough")


def endless():
    """Call itself until it cannot."""
    return endless()


def greedy():
    """Ask for more memory than there is."""
    return len(bytearray(1 << 50))


def stumbling():
    """Yield three ticks, then raise; and so each time it is started."""
    for n in range(3):
        yield n
        time.sleep(0.05)
    raise RuntimeError("stumbled")
