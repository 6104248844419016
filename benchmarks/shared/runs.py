"""One sample of each measure: what is started, what is counted."""

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

from benchmarks.machine import Cores
from benchmarks.measures import FULL, QUICK, Pace
from benchmarks.results import Sample
from benchmarks.run import run
from benchmarks.shared.peers import (
    ALL_MEASURES,
    ALONE,
    ONE_CORE,
    REJOIN,
    TITLES,
    TWO_WORKERS,
    WITH_REDIS,
    make_peer,
)
from benchmarks.shared.redis_log import measure_log
from benchmarks.shared.redis_process import RedisProcess
from benchmarks.shared.takeover import measure_takeovers

REDIS, SERVERS = "redis-itself", "three-processes"
ALL_TITLES = {**TITLES, REDIS: "Redis itself", SERVERS: "three processes, with a Redis"}
VIEWERS, JOINING = 1_000, 5_000
FOLLOWERS = (1, 10, 100)
LOGS = (10, 100, 1_000)
LOG_FOLLOWERS = 10
APPENDS, QUICK_APPENDS = 500, 100
TAKEOVERS, QUICK_TAKEOVERS = 20, 2


def _paces(quick: bool) -> Pace:
    # Differences of a few hundredths are looked for.
    return QUICK if quick else replace(FULL, window_s=10, saturated_window_s=8)


def measure_load(measure: str, peer: str, viewers: int, quick: bool) -> list[Sample]:
    """Run a server under the load client; the Redis, if any, is on the core of the client."""
    cores = Cores.of_machine()
    needs_redis = peer != ALONE
    with RedisProcess(cores.load) if needs_redis else nullcontext() as redis:
        began_s = redis.cpu_s if redis else 0.0
        made = make_peer(peer, redis.url if redis else "")
        sample = run(made, ALL_MEASURES[measure], viewers, _paces(quick), _of(peer, cores))
        if redis and sample["result"]:
            spent_s = redis.cpu_s - began_s
            ticks = max(1, sample["result"]["newest_offset"])
            sample["figures"]["redis_cpu_us_per_append"] = spent_s / ticks * 1e6
    if result := sample["result"]:
        sample["figures"]["messages_per_cpu_s"] = result["messages"] / max(
            1e-9, result["server_cpu_s"]
        )
        sample["figures"]["join_us"] = result["join_s"] / viewers * 1e6
    return [sample]


def _of(peer: str, cores: Cores) -> Cores:
    """Return the cores of a peer and of its load, which takes what it needs where both share."""
    if peer == TWO_WORKERS:
        return replace(cores, server=None)
    return replace(cores, server=cores.load) if peer == ONE_CORE else cores


def measure_redis(quick: bool) -> list[Sample]:
    """Measure appends with few and many followers, and followers of few and many logs."""
    samples = []
    appends = QUICK_APPENDS if quick else APPENDS
    grid = [(n, 1) for n in FOLLOWERS] + [(LOG_FOLLOWERS, n) for n in LOGS]
    for followers, logs in grid:
        with RedisProcess(Cores.of_machine().server) as redis:
            figures = measure_log(redis, followers, appends, logs)
        measure = "log" if logs == 1 else f"{logs}-logs"
        samples.append(_sample(measure, REDIS, followers, figures))
    return samples


def measure_takeover(quick: bool) -> list[Sample]:
    """Kill the holder of a lease again and again; a sample for each time."""
    with RedisProcess(None) as redis:
        took = measure_takeovers(redis.url, QUICK_TAKEOVERS if quick else TAKEOVERS)
        return [_sample("takeover", SERVERS, 1, {"took_s": seconds}) for seconds in took]


def _sample(measure: str, peer: str, viewers: int, figures: Mapping[str, float]) -> Sample:
    return {
        "peer": peer,
        "measure": measure,
        "viewers": viewers,
        "fault": "",
        "figures": {name: float(f"{value:.6g}") for name, value in figures.items()},
        "result": {},
    }


Run = Callable[[bool], list[Sample]]


def _load(measure: str, peer: str, viewers: int) -> tuple[str, str, int, Run]:
    return measure, peer, viewers, lambda quick: measure_load(measure, peer, viewers, quick)


# Measure, peer, viewers, how; in the order in which a round takes them.
PLAN: tuple[tuple[str, str, int, Run], ...] = (
    _load("fixed", ALONE, VIEWERS),
    _load("fixed", WITH_REDIS, VIEWERS),
    _load("saturated", WITH_REDIS, VIEWERS),
    _load("saturated", ONE_CORE, VIEWERS),
    _load("saturated", TWO_WORKERS, VIEWERS),
    _load("join", ALONE, JOINING),
    _load(REJOIN.name, ALONE, JOINING),
)
# Once, whatever the rounds.
ONCE: tuple[tuple[str, str, int, Run], ...] = (
    ("log", REDIS, FOLLOWERS[0], measure_redis),
    ("takeover", SERVERS, 1, measure_takeover),
)
MEASURES: tuple[str, ...] = tuple(dict.fromkeys(row[0] for row in (*PLAN, *ONCE)))


def plan(rounds: int, measures: tuple[str, ...]) -> list[tuple[int, str, str, int, Run]]:
    """Return what is to be measured, in order: (round, measure, peer, viewers, how)."""
    rows: list[tuple[int, Any]] = [(1, row) for row in ONCE]
    rows += [(number, row) for number in range(1, rounds + 1) for row in PLAN]
    return [(number, *row) for number, row in rows if not measures or row[0] in measures]
