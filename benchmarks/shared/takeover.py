"""How long viewers see nothing when the process that runs a chart's source is killed."""

import random
import re
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from benchmarks.machine import free_port
from benchmarks.peers.peer import Command
from benchmarks.processes import Process, RunFailed
from chartserver.clients.client import Client

LEASE_S = 3.0
INTERVAL_S = 0.02
SERVERS = 3
START_LIMIT_S = 60.0
TAKEOVER_LIMIT_S = 60.0
# Between two kills, so that all are at rest, and at no fixed phase of the lease.
CALM_S, SPREAD_S = 1.0, LEASE_S
SERVES = re.compile(r"serving on (http://\S+)")
RUNS_HERE = re.compile(r"its source runs here")


class Server:
    """A server of a chart whose source beats; its log tells whether the source runs in it."""

    def __init__(self, redis_url: str, folder: Path, stack: ExitStack) -> None:
        log = folder / f"{free_port()}.log"
        argv = [
            *(sys.executable, "-m", "chartserver", "serve", "--chart", "fx=walk"),
            *("--interval-s", str(INTERVAL_S), "--lease-s", str(LEASE_S), "--port", "0"),
            *("--redis-url", redis_url),
        ]
        self.process = stack.enter_context(Process(Command(argv=argv), None, log))
        self._log = log

    @property
    def url(self) -> str:
        """Where it serves, once it does."""
        self.process.wait_until(lambda: bool(self._said(SERVES)), START_LIMIT_S, "it serves")
        return SERVES.findall(self._text())[-1]

    @property
    def runs_source(self) -> bool:
        """Whether it has ever got the lease: nobody loses it here but by its end."""
        return self._said(RUNS_HERE)

    def _said(self, pattern: re.Pattern[str]) -> bool:
        return bool(pattern.search(self._text()))

    def _text(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")


def measure_takeovers(redis_url: str, times: int) -> list[float]:
    """Return, for each kill of the holder, the seconds until a viewer elsewhere got a tick.

    The tick is one that was made after the kill; the viewer is at a process that lives.
    """
    chance = random.Random(1)
    took = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="benchmark-")))
        servers = [Server(redis_url, folder, stack) for _ in range(SERVERS)]
        for _ in range(times):
            urls = {server: server.url for server in servers}
            holder = _holder(servers)
            others = [server for server in servers if server is not holder]
            with Client(f"{urls[others[0]]}/fx") as viewer:
                _wait_for_tick(viewer, 0.0)
                time.sleep(CALM_S + chance.uniform(0.0, SPREAD_S))
                viewer.poll(0)
                killed_s = time.time()
                holder.process.kill()
                took.append(_wait_for_tick(viewer, killed_s * 1000) - killed_s)
            servers = [*others, Server(redis_url, folder, stack)]
    return took


def _holder(servers: list[Server]) -> Server:
    deadline_s = time.monotonic() + TAKEOVER_LIMIT_S
    while time.monotonic() < deadline_s:
        for server in servers:
            if server.runs_source:
                return server
        time.sleep(0.05)
    raise RunFailed("no process runs the source")


def _wait_for_tick(viewer: Client, after_ms: float) -> float:
    """Return when a tick came whose time is after that one."""
    deadline_s = time.monotonic() + TAKEOVER_LIMIT_S
    while time.monotonic() < deadline_s:
        ticks = viewer.poll(0.05)
        now_s = time.time()
        if any(tick.time_ms > after_ms for tick in ticks):
            return now_s
    raise RunFailed(f"no tick within {TAKEOVER_LIMIT_S:g} s")
