"""A server with the ticks of one measure, and the relay before it."""

import json
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.machine import free_port
from benchmarks.page.browser import wait_until
from benchmarks.page.relay import Relay
from benchmarks.page.sources import Plan
from benchmarks.peers.peer import Command
from benchmarks.processes import Process

CHART = "bench"
HISTORY_TICKS = 100_000
START_LIMIT_S = 60.0
REQUESTS_PER_S = 10_000


@dataclass(frozen=True)
class Site:
    """Where a browser finds the pages: `url`, of the relay."""

    url: str
    relay: Relay
    plan: Plan
    server_port: int

    @property
    def ours(self) -> str:
        """Address of our page."""
        return f"{self.url}/{CHART}"

    @property
    def classic(self) -> str:
        """Address of the original page."""
        return f"{self.url}/classic?chart={CHART}"

    def epoch(self, size_px: tuple[int, int], more: str = "") -> str:
        """Return the address of the benchmark's own page with Epoch, drawn as large as this.

        `more` is put behind it: `&points=…` for ticks that the server has reduced, `&bare` for an
        answer without the headers that the pages of the server have.
        """
        return f"{self.url}/epoch?width={size_px[0]}&height={size_px[1]}{more}"

    def number(self, name: str) -> int:
        """Return a number of the chart's description: `offset`, or `viewers`."""
        return _number(self.server_port, name)

    def wait_for(self, ticks: int) -> None:
        """Wait until the server has so many ticks, or raise RunFailed."""
        wait_until(lambda: self.number("offset") >= ticks, f"{ticks:,} ticks in the server")

    def wait_for_viewers(self, count: int) -> None:
        """Wait until so many watch, or raise RunFailed."""
        wait_until(lambda: self.number("viewers") == count, f"{count} viewers at the server")


@contextmanager
def site(plan: Plan, folder: Path) -> Iterator[Site]:
    """Start a server with the ticks of `plan`; it ends with the `with` block."""
    port = free_port()
    with Process(_command(plan, port), None, folder / "server.log") as server:
        # A past that waits to be told to go is not waited for.
        ready = 0 if plan.go else plan.history_ticks
        server.wait_until(
            lambda: _number(port, "offset") >= ready, START_LIMIT_S, "the server is ready"
        )
        with Relay(port) as relay:
            yield Site(f"http://127.0.0.1:{relay.port}", relay, plan, port)


def _command(plan: Plan, port: int) -> Command:
    return Command(
        argv=[
            *(sys.executable, "-m", "chartserver", "serve"),
            *("--chart", f"{CHART}=python:benchmarks.page.sources:walk?series={_names(plan)}"),
            *("--host", "127.0.0.1", "--port", str(port), "--history", str(HISTORY_TICKS)),
            *("--requests-per-s", str(REQUESTS_PER_S)),
        ],
        environ=plan.environ(),
    )


def _names(plan: Plan) -> str:
    return ",".join(f"walk-{i}" for i in range(1, plan.n_series + 1))


def _number(port: int, name: str) -> int:
    """Return a number of the chart's description, -1 as long as the server does not answer."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/charts/{CHART}", timeout=5) as it:
            return int(json.load(it)[name])
    except (OSError, ValueError, KeyError):
        return -1
