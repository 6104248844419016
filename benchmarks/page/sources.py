"""The ticks that all pages show: `python:benchmarks.page.sources:walk`, and the plan of them.

A tick is a function of its offset: each server of a benchmark has the same values, and two pages
at one server have the same ticks.
"""

import json
import os
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from chartserver.ticks import Tick

VARIABLE = "BENCHMARK_PAGE_TICKS"
CHUNK_TICKS = 1_000
STEP = 0.02
FIRST_LEVEL = 100.0
# What comes late is handed out in portions, which viewers get as they would get live ticks.
PORTION_TICKS, PORTION_INTERVAL_S = 100, 0.05
GO_INTERVAL_S = 0.02


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Which ticks a server has: so many of the past, then one each `interval_s`.

    With `go`, the past is handed out only when there is a file of that name: to viewers who are
    there already, and so hold each tick of it.
    """

    n_series: int
    history_ticks: int
    interval_s: float
    go: str | None = None

    def environ(self) -> dict[str, str]:
        """Return the variable that carries the plan to a server."""
        return {VARIABLE: json.dumps(asdict(self))}

    @classmethod
    def of_environ(cls) -> "Plan":
        """Return the plan that this process was started with."""
        return cls(**json.loads(os.environ[VARIABLE]))


def walk() -> Iterator[Tick]:
    """Yield the past and then live ticks, as the environment says."""
    plan = Plan.of_environ()
    rows = values(plan.n_series)
    while plan.go and not Path(plan.go).exists():
        time.sleep(GO_INTERVAL_S)
    began_s = time.time()
    for i in range(plan.history_ticks):
        if plan.go and i % PORTION_TICKS == 0:
            time.sleep(PORTION_INTERVAL_S)
        yield Tick(time_ms(plan, began_s, i), next(rows))
    i = plan.history_ticks
    while True:
        due_ms = time_ms(plan, began_s, i)
        time.sleep(max(0.0, due_ms / 1000 - time.time()))
        yield Tick(due_ms, next(rows))
        i += 1


def time_ms(plan: Plan, began_s: float, i: int) -> float:
    """Return the time of tick `i`, from 0: the last of the past is of when all began."""
    return round((began_s + (i + 1 - plan.history_ticks) * plan.interval_s) * 1000, 1)


def values(n_series: int) -> Iterator[list[float]]:
    """Yield the values of one tick after another: walks at random, the same each time."""
    chance = np.random.default_rng(1)
    level = FIRST_LEVEL + np.zeros((1, n_series))
    while True:
        steps = chance.normal(0, STEP, (CHUNK_TICKS, n_series)).cumsum(axis=0)
        yield from (row.tolist() for row in np.round(level + steps, 3))
        level = level + steps[-1:]
