"""The tables of docs/scaling.md, by name."""

from collections.abc import Callable
from dataclasses import asdict
from statistics import median

from benchmarks.report import table
from benchmarks.scaling.failover import Fleet
from benchmarks.scaling.measured import Measured
from benchmarks.scaling.need import GIGABIT, Need, processes_max
from benchmarks.scaling.storm import Result, Storm

VIEWERS = (10_000, 100_000, 1_000_000)
RATES_HZ = (1.0, 10.0)
CHARTS = (1, 10, 100, 1_000)
LEASE_S = 3.0
FLEETS, KILLS = (2, 10, 100), 100
SHARES = (0.01, 0.1, 0.5, 1.0)
BALANCERS = {"by chance": False, "to the fewest": True}
RELAYS = (1, 10, 50)
MEGABIT = 1e6 / 8
FIGURES = {
    "message_us": ("processor time of a message to a viewer", "{:.1f} µs"),
    "message_bytes": ("a message to a viewer, headers included", "{:.0f} bytes"),
    "viewer_kb": ("memory of a viewer", "{:.0f} KB"),
    "join_us": ("processor time of a join, or a return", "{:.0f} µs"),
    "shared_us": ("what a tick takes of each process more, by Redis", "{:.0f} µs"),
    "append_us": ("what an append takes of Redis", "{:.0f} µs"),
    "read_us": ("what a read takes of Redis", "{:.1f} µs"),
    "read_us_per_log": ("and for each log that is waited for", "{:.2f} µs"),
    "read_bytes": ("a read of an entry", "{:.0f} bytes"),
    "snapshot_bytes": ("an answer with an hour of ticks", "{:,} bytes"),
    "backfill_bytes": ("an answer with five ticks", "{:,} bytes"),
}


def figures(of: Measured) -> str:
    """Return what all is computed from."""
    known = asdict(of)
    rows = [[what, form.format(known[name])] for name, (what, form) in FIGURES.items()]
    return table(["figure", "measured"], rows)


def needs(of: Measured) -> str:
    """Return what so many viewers of one chart take."""
    rows = []
    for viewers in VIEWERS:
        for rate_hz in RATES_HZ:
            need = Need(viewers, rate_hz, 1, of)
            rows.append(
                [
                    f"{viewers:,}",
                    f"{rate_hz:g}",
                    f"{need.processes:,}",
                    f"{need.core_busy:.0%}",
                    f"{need.out_bytes_per_s / MEGABIT:,.0f}",
                    f"{need.out_bytes_per_s / need.processes / MEGABIT:,.0f}",
                    f"{need.memory_gb:.1f}",
                    f"{need.redis_busy:.2%}",
                    f"{need.redis_bytes_per_s / MEGABIT:.2f}",
                ]
            )
    heads = [
        *("viewers", "ticks/s", "processes", "core of each", "to viewers, Mbit/s"),
        *("each, Mbit/s", "memory, GB", "core of Redis", "out of Redis, Mbit/s"),
    ]
    return table(heads, rows)


def charts(of: Measured) -> str:
    """Return how many processes one Redis feeds, by the number of charts that all follow."""
    rows = []
    for n in CHARTS:
        row = [f"{n:,}"]
        for rate_hz in RATES_HZ:
            most = processes_max(n, rate_hz, of)
            each = Need(0, rate_hz, n, of).viewers_each
            row += [f"{most:,}", f"{most * each:,}"]
        rows.append(row)
    heads = ["charts"]
    for rate_hz in RATES_HZ:
        heads += [f"processes, {rate_hz:g}/s each", "viewers"]
    return table(heads, rows)


def takeovers(of: Measured) -> str:
    """Return how long a chart has no holder, simulated, and as measured."""
    rows = []
    for n in FLEETS:
        took = sorted(Fleet(n, LEASE_S, seed=1).takeovers_s(KILLS))
        rows.append([f"simulated, {n} processes", f"{KILLS}", *_spread(took)])
    if of.takeover_s:
        took = sorted(of.takeover_s)
        rows.append(["measured, 3 processes, to the next tick", f"{len(took)}", *_spread(took)])
    return table(["", "kills", "fastest, s", "median, s", "slowest, s"], rows)


def deaths(of: Measured) -> str:
    """Return what it is like when one process dies."""
    rows = []
    for viewers in VIEWERS[1:]:
        for rate_hz in RATES_HZ:
            need = Need(viewers, rate_hz, 1, of)
            result = Storm(need, spare=1).kill(1)
            rows.append(
                [
                    f"{viewers:,}",
                    f"{rate_hz:g}",
                    f"{need.processes + 1:,}",
                    f"{result.moved:,}",
                    *_storm(result),
                ]
            )
    return table(["viewers", "ticks/s", "processes", "sent away", *STORM_HEADS], rows)


def deployments(of: Measured) -> str:
    """Return what it is like when all processes are replaced, so many at once."""
    rows = []
    for viewers in VIEWERS[1:]:
        need = Need(viewers, RATES_HZ[-1], 1, of)
        n = need.processes + 1
        for share in SHARES:
            at_once = max(1, round(n * share))
            for name, is_to_fewest in BALANCERS.items():
                result = Storm(need, spare=1, to_fewest=is_to_fewest).replace(at_once)
                rows.append(
                    [
                        f"{viewers:,}",
                        f"{at_once} of {n}",
                        name,
                        f"{result.moved / viewers:.2f}",
                        *_storm(result),
                        f"{result.fullest:.2f}",
                    ]
                )
    heads = [
        *("viewers", "at once", "balancer deals", "returns of a viewer"),
        *(*STORM_HEADS, "fullest process, of mean"),
    ]
    return table(heads, rows)


STORM_HEADS = ("join, median s", "join, p99 s", "most of a core", "over after, s")


def _storm(result: Result) -> list[str]:
    return [
        f"{result.wait_s(0.5):.2f}",
        f"{result.wait_s(0.99):.2f}",
        f"{result.busiest:.0%}",
        f"{result.over_s:.0f}",
    ]


def answers(of: Measured) -> str:
    """Return what the answers to all who come back are, together."""
    rows = []
    for viewers in VIEWERS:
        need = Need(viewers, RATES_HZ[-1], 1, of)
        row = [f"{viewers:,}"]
        for size in (of.backfill_bytes, of.snapshot_bytes):
            total = viewers * size
            seconds = total / need.processes / GIGABIT
            row += [f"{total / 1e9:.2f}", f"{seconds:.1f}"]
        rows.append(row)
    heads = [
        *("viewers", "what they missed, GB", "s at 1 Gbit/s each"),
        *("an hour to each, GB", "s at 1 Gbit/s each"),
    ]
    return table(heads, rows)


def relays(of: Measured) -> str:
    """Return what of Redis is taken when processes follow relays, and these follow Redis."""
    rows = []
    for n in CHARTS[1:]:
        need = Need(VIEWERS[-1], RATES_HZ[0], n, of)
        if not need.viewers_each:
            rows.append([f"{n:,}", *["-"] * (1 + len(RELAYS))])
            continue
        row = [f"{n:,}", f"{need.processes:,}"]
        for each in RELAYS:
            read_us = of.read_us + of.read_us_per_log * n
            readers = -(-need.processes // each)
            appends_us = n * need.frames_per_s * of.append_us
            row.append(f"{(appends_us + readers * need.reads_per_s * read_us) / 1e6:.0%}")
        rows.append(row)
    heads = ["charts", "processes", "all read Redis"]
    return table([*heads, *(f"{each} behind each relay" for each in RELAYS[1:])], rows)


def _spread(took: list[float]) -> list[str]:
    return [f"{took[0]:.2f}", f"{median(took):.2f}", f"{took[-1]:.2f}"]


TABLES: dict[str, Callable[[Measured], str]] = {
    made.__name__: made
    for made in (figures, needs, charts, takeovers, deaths, deployments, answers, relays)
}
