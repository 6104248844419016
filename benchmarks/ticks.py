"""The ticks that every peer sends: the same shape, the same bytes, values that can be checked.

A value is a function of its tick's offset, so the load client can tell for each viewer whether
what arrived is right (`expected` in client/frame.c is the same function).
"""

import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

VARIABLE = "BENCHMARK_TICKS"
CHART = "bench"
EPOCH = "9f2c41aa"
HISTORY_INTERVAL_S = 1.0
GO_INTERVAL_S = 0.02
WIDE = 10_000_000_000


@dataclass(frozen=True, kw_only=True)
class TickPlan:
    """Which ticks a server is to send. Servers get it through the environment.

    `rate_hz` None means as fast as the server can. `history_ticks` are there before any viewer
    is; live ticks begin when the file `go` exists, and end after `live_ticks` when that is given.
    """

    go: str
    rate_hz: float | None = 10.0
    n_series: int = 2
    history_ticks: int = 1
    live_ticks: int | None = None

    def environ(self) -> dict[str, str]:
        """Return the variable that carries the plan to a server."""
        return {VARIABLE: json.dumps(asdict(self))}

    @classmethod
    def of_environ(cls) -> "TickPlan":
        """Return the plan that this process was started with."""
        return cls(**json.loads(os.environ[VARIABLE]))


@dataclass(frozen=True)
class BenchmarkTick:
    """One tick: `offset` from 1, `time_ms` since the Unix epoch, a value for each series."""

    offset: int
    time_ms: float
    values: tuple[float, ...]


def tick(offset: int, time_s: float, n_series: int) -> BenchmarkTick:
    """Return the tick at `offset`. Times have three decimals, values two: short in any JSON.

    From the third series on, values are long, so that ticks can be made as large as wanted.
    """
    others = (
        (WIDE if row >= 2 else 0) + (offset * (row + 1)) % 1000 + 0.25 for row in range(1, n_series)
    )
    return BenchmarkTick(offset, round(time_s * 1000, 3), (offset + 0.5, *others))


def frame(ticks: list[BenchmarkTick]) -> dict[str, object]:
    """Return `ticks` as a frame, as chartserver has it on the wire."""
    return {
        "v": 1,
        "chart": CHART,
        "epoch": EPOCH,
        "offset": ticks[-1].offset,
        "t": [one.time_ms for one in ticks],
        "y": [list(row) for row in zip(*(one.values for one in ticks), strict=True)],
    }


def history(plan: TickPlan) -> list[BenchmarkTick]:
    """Return the ticks that are there before any viewer, one a second up to now."""
    n = plan.history_ticks
    first_s = time.time() - n * HISTORY_INTERVAL_S
    return [
        tick(offset, first_s + offset * HISTORY_INTERVAL_S, plan.n_series)
        for offset in range(1, n + 1)
    ]


def live(
    plan: TickPlan,
    sleep: Callable[[float], object],
    breathe: Callable[[], object] = lambda: None,
) -> Iterator[BenchmarkTick]:
    """Yield live ticks at their times, which are those of the plan's grid.

    A server that falls behind gets every tick all the same, stamped with the time at which it was
    due: its lateness counts as latency. `breathe` is called between ticks that do not wait.
    """
    wait_for_go(plan, sleep)
    offset = plan.history_ticks
    last = offset + plan.live_ticks if plan.live_ticks is not None else None
    began_s = time.time()
    while last is None or offset < last:
        offset += 1
        due_s = time.time()
        if plan.rate_hz is not None:
            due_s = began_s + (offset - plan.history_ticks) / plan.rate_hz
            wait_s = due_s - time.time()
            if wait_s > 0:
                sleep(wait_s)
            else:
                breathe()
        yield tick(offset, due_s, plan.n_series)


def wait_for_go(plan: TickPlan, sleep: Callable[[float], object]) -> None:
    """Wait until the file that tells to begin is there."""
    while not Path(plan.go).exists():
        sleep(GO_INTERVAL_S)
