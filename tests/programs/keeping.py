"""Begins processes that push ticks into a store until they are killed: `keeping.py URL`.

Each line of stdin is the number of a push and begins a process that pushes from there on; its pid
is told, each push once it is kept, with the offset that it led to, and when the process is gone.
Push `i` has `size(i)` ticks, and each tick's value is its number among all: its offset, if none is
lost or doubled.
"""

import itertools
import os
import sys
from collections import deque

import numpy as np

from chartserver.alarm import ThreadAlarm
from chartserver.charts import Charts
from chartserver.settings import Settings
from chartserver.ticks import Run

UNDER_WAY_MAX = 8
STEP_MS = 977.0


def size(push):
    """Return how many ticks a push has."""
    return 1 + push * 7 % 41


def end(push):
    """Return the number of the last tick of a push; the first push is 1."""
    return sum(size(one) for one in range(1, push + 1))


def run(push, first):
    """Return a push of which the first tick has this number."""
    numbers = np.arange(first, first + size(push), dtype=float)
    return Run(["number", "other"], 1.7e12 + STEP_MS * numbers, np.array([numbers, -numbers]))


def say(*words):
    """Print a line at once, whole even if we are killed."""
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


def push_on(url, push):
    """Push from push number `push` on, for ever."""
    charts = Charts(Settings(store=url), ThreadAlarm, lambda call: call())
    chart = charts.pushed("fx")
    first, under_way = end(push - 1) + 1, deque()
    for number in itertools.count(push):
        under_way.append((number, chart.push(run(number, first), key=f"push {number}")))
        first += size(number)
        while True:
            charts.take(chart)
            while under_way and under_way[0][1].position:
                done, receipt = under_way.popleft()
                say("kept", done, *receipt.position)
            if len(under_way) < UNDER_WAY_MAX:
                break
            charts.alarm.wait(1.0)


def main(url):
    """Begin a process for each line."""
    for line in sys.stdin:
        pid = os.fork()
        if not pid:
            push_on(url, int(line))
        say("pid", pid)
        os.waitpid(pid, 0)
        say("gone")


if __name__ == "__main__":
    main(sys.argv[1])
