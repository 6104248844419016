"""What is compared: chartserver by itself, with a Redis in the path, and two workers on it."""

import json
import urllib.request
from collections.abc import Sequence
from dataclasses import replace

from benchmarks.measures import MEASURES, Measure, Pace, joining
from benchmarks.peers.chartserver import ALL_POINTS, PATH, Chartserver
from benchmarks.peers.peer import Command, Job
from benchmarks.ticks import CHART, TickPlan

ALONE, WITH_REDIS, ONE_CORE, TWO_WORKERS = "alone", "redis", "one-core", "two-workers"
TITLES = {
    ALONE: "one process, in memory",
    WITH_REDIS: "one process, with a Redis",
    ONE_CORE: "one process, with a Redis, all on one core",
    TWO_WORKERS: "two workers, with a Redis, all on two cores",
}
HISTORY_TICKS = 3_600
# So much a viewer that comes back has missed.
MISSED_TICKS = 5


def _rejoin_plan(_viewers: int, _pace: Pace, go: str) -> TickPlan:
    return TickPlan(go=go, rate_hz=1.0, history_ticks=HISTORY_TICKS)


REJOIN = Measure(
    "rejoin",
    "all come back with their position",
    plan=_rejoin_plan,
    load=lambda _pace: ["--warm-s", "0", "--window-s", "3", "--settle-s", "0"],
    figures=joining,
    goes_at_once=True,
)
ALL_MEASURES = {**MEASURES, REJOIN.name: REJOIN}


class SharedChartserver(Chartserver):
    """A server whose charts are in a Redis, when a `redis_url` is given, with so many workers."""

    def __init__(self, name: str, redis_url: str = "", workers: int = 1) -> None:
        super().__init__(name, TITLES[name], {})
        self._redis_url = redis_url
        self._workers = workers
        self._port = 0

    def server(self, job: Job) -> Command:
        """Return the command line that a user would give."""
        self._port = job.port
        command = super().server(job)
        if not self._redis_url:
            return command
        more = ["--redis-url", self._redis_url, "--workers", str(self._workers)]
        return replace(command, argv=[*command.argv, *more])

    def is_ready(self, job: Job) -> bool:
        """Whether the chart holds its history, and all workers serve it."""
        said = (job.folder / "server.log").read_text(encoding="utf-8")
        do_all_serve = self._workers == 1 or f"with {self._workers} workers" in said
        return do_all_serve and super().is_ready(job)

    def load_options(self, measure: str) -> Sequence[str]:
        """Return what a viewer says; one that comes back tells a position a little behind."""
        options = super().load_options(measure)
        if measure != REJOIN.name:
            return options
        url = f"http://127.0.0.1:{self._port}/api/charts/{CHART}"
        with urllib.request.urlopen(url, timeout=5) as answer:
            told = json.load(answer)
        since = {"epoch": told["epoch"], "offset": told["offset"] - MISSED_TICKS}
        auth = {"chart": CHART, "points": ALL_POINTS, "since": since}
        return [
            *("--protocol", "socketio", "--joined", "frame", "--path", PATH),
            *("--auth", json.dumps(auth)),
        ]


def make_peer(name: str, redis_url: str) -> SharedChartserver:
    """Return a peer by its name; those that share need the Redis."""
    if name == ALONE:
        return SharedChartserver(name)
    return SharedChartserver(name, redis_url, workers=2 if name == TWO_WORKERS else 1)
