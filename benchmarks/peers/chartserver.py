"""chartserver itself, on its fast path and on the ordinary one."""

import json
import sys
import urllib.request
from collections.abc import Mapping
from dataclasses import replace

from benchmarks.peers.peer import Command, Job
from benchmarks.ticks import CHART, TickPlan
from chartserver.version import VERSION

MEASURES = frozenset(["fixed", "saturated", "join", "merging", "slow", "slow-without"])
# In the one place where it is named: how the fast path is switched off.
ORDINARY = {"CHARTSERVER_FAN_OUT": "ordinary"}
# The frame interval: as it comes where it is not named, so that ticks may merge. Elsewhere a tick
# is to be a frame of its own, to compare like with like: half of the ticks' interval, or next to
# none where the server is to send as fast as it can.
FRAME_INTERVALS_S = {"saturated": 1e-6, "slow": 0.005, "slow-without": 0.005}
# What no server here has been seen to reach.
SENDS_PER_S_MAX = 400_000
ALL_POINTS = 100_000
VIEWERS_MAX = 30_000
# Ticks of 4 KB: all that is kept would be 25 MB for each viewer.
SLOW_POINTS = 100
SLOW_HISTORY_TICKS = 6_500
PATH = "/socket.io/?EIO=4&transport=websocket"


class Chartserver:
    """This project's server, with the ticks of `benchmarks.sources`."""

    measures = MEASURES

    def __init__(self, name: str, title: str, environ: Mapping[str, str]) -> None:
        self.name = name
        self.title = title
        self._environ = environ

    def prepare(self) -> str:
        """Return the version."""
        return f"chartserver {VERSION}"

    def server(self, job: Job) -> Command:
        """Return the command line that a user would give, and the settings of this measure."""
        plan, options = self._plan(job), ["--max-viewers", str(VIEWERS_MAX)]
        if job.measure.startswith("slow"):
            options += ["--history", str(SLOW_HISTORY_TICKS)]
        if job.measure in FRAME_INTERVALS_S:
            options += ["--frame-interval-s", f"{FRAME_INTERVALS_S[job.measure]:f}"]
        return Command(
            argv=[
                *(sys.executable, "-m", "chartserver", "serve"),
                *("--chart", f"{CHART}=python:benchmarks.sources:paced"),
                *("--host", "127.0.0.1", "--port", str(job.port), *options),
            ],
            environ={**plan.environ(), **self._environ},
        )

    def load_options(self, measure: str) -> list[str]:
        """Return Socket.IO, and the points that a viewer asks for."""
        points = SLOW_POINTS if measure.startswith("slow") else ALL_POINTS
        return [
            *("--protocol", "socketio", "--joined", "frame", "--path", PATH),
            *("--auth", json.dumps({"chart": CHART, "points": points})),
        ]

    def publisher(self, job: Job) -> None:
        """Return None: the server has its source."""

    def is_ready(self, job: Job) -> bool:
        """Whether the chart holds its history."""
        url = f"http://127.0.0.1:{job.port}/api/charts/{CHART}"
        wanted = self._plan(job).history_ticks
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return int(json.load(answer)["offset"]) >= wanted
        except (OSError, ValueError, KeyError):
            return False

    def _plan(self, job: Job) -> TickPlan:
        if job.measure.startswith("slow"):
            # The history is full from the start: what grows then is not the history.
            return replace(job.plan, history_ticks=2 * SLOW_HISTORY_TICKS)
        if job.plan.rate_hz is None:
            # Ticks come from outside the server: more than it can send one by one, so that it
            # always has one to send.
            return replace(job.plan, rate_hz=SENDS_PER_S_MAX / job.viewers)
        return job.plan


OURS = Chartserver("chartserver", "chartserver", {})
OURS_ORDINARY = Chartserver("chartserver-ordinary", "chartserver, ordinary emit", ORDINARY)
