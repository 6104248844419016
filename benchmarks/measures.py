"""What is measured: for each measure its ticks, how the load client goes about it, its figures."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.ticks import TickPlan

HISTORY_TICKS = 3_600
FIXED_RATE_HZ = 10.0
# Beyond it the slowest peer is no longer faster than the ticks, and its figure says nothing.
FIXED_MESSAGES_PER_S_MAX = 10_000
MERGING_RATE_HZ = 2_000.0
SLOW_RATE_HZ = 100.0
SLOW_SERIES = 240  # makes ticks of about 4 KB
STALLED, PONGERS = 200, 100
SLOW_READERS = 100
AT_ONCE = 200


@dataclass(frozen=True)
class Pace:
    """How long everything lasts, in seconds."""

    warm_s: float
    window_s: float
    saturated_window_s: float
    # A viewer that does not answer pings is closed by Engine.IO after 45 s: the silent ones read
    # again before that, those that send PONGs almost at the end.
    stall_s: float
    # Until then the kernel takes what those who do not read are sent: they are viewers like others.
    fill_s: float
    pongers_stall_s: float
    slow_s: float
    slow_without_s: float
    join_limit_s: float
    drain_limit_s: float


FULL = Pace(1, 5, 4, 35, 12, 55, 60, 20, 120, 60)
QUICK = Pace(1, 3, 2, 6, 2, 8, 10, 5, 60, 20)

Figures = dict[str, float | None]


@dataclass(frozen=True)
class Measure:
    """One measure; `plan`, `load` and `figures` say how it is done."""

    name: str
    title: str
    plan: Callable[[int, Pace, str], TickPlan]
    load: Callable[[Pace], list[str]]
    figures: Callable[[Mapping[str, Any]], Figures]
    sizes: tuple[int, ...] | None = None  # None: the sizes that were asked for
    goes_at_once: bool = False  # live ticks run while viewers join
    extra_viewers: int = 0


def fixed_rate_hz(viewers: int) -> float:
    """Return the rate of the fixed measure: the same for all peers at a number of viewers."""
    return min(FIXED_RATE_HZ, FIXED_MESSAGES_PER_S_MAX / viewers)


def delivery(result: Mapping[str, Any]) -> Figures:
    """Return what every window tells: processor time, rates, latency."""
    window_s, messages = result["window_s"], result["messages"]
    ticks, cpu_s = result["ticks"], result["server_cpu_s"]
    return {
        "cpu_us_per_message": cpu_s / messages * 1e6 if messages and cpu_s > 0 else None,
        "cpu_us_per_tick": cpu_s / ticks * 1e6 if ticks and cpu_s > 0 else None,
        "messages_per_s": messages / window_s,
        "ticks_per_s": ticks / window_s,
        "p50_ms": result["latency"]["p50_ms"],
        "p99_ms": result["latency"]["p99_ms"],
        "bytes_per_message": result["bytes"] / messages if messages else None,
    }


def joining(result: Mapping[str, Any]) -> Figures:
    """Return how long it took until everybody had joined."""
    return {"join_s": result["join_s"], "join_p99_ms": result["join_time"]["p99_ms"]}


def slowness(result: Mapping[str, Any]) -> Figures:
    """Return how the readers fared, and how many of the others have everything in the end."""
    return delivery(result) | {
        "silent_at_end": result["silent_at_end"],
        "pongers_at_end": result["pongers_at_end"],
        "stalled_at_end": result["silent_at_end"] + result["pongers_at_end"],
        "drain_s": result["drain_s"],
    }


def _window(warm_s: float, window_s: float, settle_s: float = 1.5) -> list[str]:
    return ["--warm-s", f"{warm_s}", "--window-s", f"{window_s}", "--settle-s", f"{settle_s}"]


def _join_load(pace: Pace) -> list[str]:
    # The few seconds after show whether anybody missed a tick on the way.
    return [*_window(0, 3, 0), "--history-ticks", str(HISTORY_TICKS)]


def _slow_load(pace: Pace) -> list[str]:
    return [
        *_window(pace.fill_s, pace.stall_s - pace.fill_s - 1),
        *("--stalled", str(STALLED), "--pongers", str(PONGERS)),
        *("--stall-s", str(pace.stall_s), "--pongers-stall-s", str(pace.pongers_stall_s)),
        *("--over-s", str(pace.slow_s + 1), "--drain-limit-s", str(pace.drain_limit_s)),
    ]


def _slow_plan(_viewers: int, pace: Pace, go: str) -> TickPlan:
    live_ticks = int(SLOW_RATE_HZ * pace.slow_s)
    return TickPlan(go=go, rate_hz=SLOW_RATE_HZ, n_series=SLOW_SERIES, live_ticks=live_ticks)


MEASURES: Mapping[str, Measure] = {
    measure.name: measure
    for measure in (
        Measure(
            "fixed",
            "a fixed rate of ticks; memory of a viewer",
            plan=lambda n, _pace, go: TickPlan(go=go, rate_hz=fixed_rate_hz(n)),
            load=lambda pace: _window(pace.warm_s, pace.window_s),
            figures=delivery,
        ),
        Measure(
            "saturated",
            "as fast as the server can",
            plan=lambda _n, _pace, go: TickPlan(go=go, rate_hz=None),
            load=lambda pace: _window(1, pace.saturated_window_s),
            figures=delivery,
        ),
        Measure(
            "join",
            "all join, each getting an hour of history",
            plan=lambda _n, _pace, go: TickPlan(go=go, rate_hz=1.0, history_ticks=HISTORY_TICKS),
            load=_join_load,
            figures=joining,
            goes_at_once=True,
        ),
        Measure(
            "merging",
            "a source of 2,000 ticks a second",
            plan=lambda _n, _pace, go: TickPlan(go=go, rate_hz=MERGING_RATE_HZ),
            load=lambda pace: _window(pace.warm_s, pace.window_s),
            figures=delivery,
            sizes=(1_000,),
        ),
        Measure(
            "slow",
            "viewers that do not read, 100 Hz x 4 KB",
            plan=_slow_plan,
            load=_slow_load,
            figures=slowness,
            sizes=(SLOW_READERS,),
            extra_viewers=STALLED,
        ),
        Measure(
            "slow-without",
            "the same ticks and readers alone",
            plan=_slow_plan,
            load=lambda pace: _window(1, pace.slow_without_s),
            figures=delivery,
            sizes=(SLOW_READERS,),
        ),
    )
}
