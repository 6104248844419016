"""The soaked server: started as a user would, and looked at from outside."""

import asyncio
import json
import os
import re
import socket
import sys
import time
from pathlib import Path
from typing import Any

import psutil

from benchmarks.machine import free_port
from benchmarks.peers.peer import ROOT, Command
from benchmarks.processes import Process, RunFailed
from benchmarks.soak.http_line import fetch
from benchmarks.soak.record import Look
from benchmarks.soak.sources import HISTORY_TICKS, INSIDES_INTERVAL_S
from benchmarks.soak.steady import CHARTS
from benchmarks.soak.viewer import Address

HOST = "127.0.0.1"
EVICT_AFTER_S = 10.0
START_LIMIT_S = 40.0
ASK_LIMIT_S = 15.0
OK = 200
SAMPLE = re.compile(r"^(chartserver_\w+(?:\{[^}]*\})?) ([0-9.e+-]+)$", re.MULTILINE)
# Distributions have a line for each bucket, and times of creation say nothing.
LEFT_OUT = re.compile(r"_bucket|_created")


class WatchedServer:
    """`chartserver serve` in a process of its own, ended with the `with` block."""

    def __init__(self, folder: Path) -> None:
        self.address = Address(HOST, free_port())
        self.log = folder / "server.log"
        self._tracebacks = self._log_bytes = 0
        self.process = Process(self._command(), None, self.log)
        # The process itself, not a tool that pins it, for nothing is pinned here.
        self._info = psutil.Process(self.process.pids[0])

    def __enter__(self) -> "WatchedServer":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.stop()

    def wait_until_ready(self) -> None:
        """Wait until it accepts connections, or raise RunFailed."""
        self.process.wait_until(self._accepts, START_LIMIT_S, "the server accepts")

    async def look(self) -> Look:
        """Ask the server and the system how it is.

        Raises:
            RunFailed: the process has ended.
            OSError: it does not answer.
        """
        self.process.check()
        charts = json.loads(await self._get("/api/charts"))["charts"]
        since_ms = (time.time() - 2 * INSIDES_INTERVAL_S) * 1000
        insides = json.loads(await self._get(f"/api/charts/insides/ticks?from={since_ms:.0f}"))
        greenlets, objects = (int(row[-1]) if row else 0 for row in insides["y"] or ([], []))
        self._read_log()
        with self._info.oneshot():
            cpu = self._info.cpu_times()
            return Look(
                rss_mb=self._info.memory_info().rss / 1e6,
                descriptors=self._info.num_fds(),
                threads=self._info.num_threads(),
                cpu_s=cpu.user + cpu.system,
                viewers={one["name"]: one["viewers"] for one in charts if one["name"] in CHARTS},
                greenlets=greenlets,
                objects=objects,
                tracebacks=self._tracebacks,
                log_bytes=self._log_bytes,
            )

    async def metrics(self) -> dict[str, float]:
        """Return the server's own figures by their names; none if it does not tell them."""
        answer = await fetch(self.address, "/metrics", limit_s=ASK_LIMIT_S)
        found = SAMPLE.findall(answer.body.decode()) if answer.status == OK else []
        return {name: float(value) for name, value in found if not LEFT_OUT.search(name)}

    async def stop(self) -> dict[str, Any]:
        """Send SIGTERM and wait for the end; return how long it took, and the exit status."""
        began_s = time.monotonic()
        await asyncio.to_thread(self.process.stop)
        self._read_log()
        return {
            "took_s": time.monotonic() - began_s,
            "exit_status": self.process.exit_status,
            "tracebacks": self._tracebacks,
        }

    def _command(self) -> Command:
        charts = [f"--chart={name}=python:{__package__}.sources:{name}" for name in CHARTS]
        # Settings of whoever starts this are not those of the soaked server.
        ours = [name for name in os.environ if name.startswith("CHARTSERVER_")]
        if ours:
            raise RunFailed(f"{', '.join(ours)} is set; expected no settings but the soak's own")
        return Command(
            argv=[
                *(sys.executable, "-m", "chartserver", "serve", *charts),
                f"--chart=insides=python:{__package__}.sources:insides",
                *("--host", HOST, "--port", str(self.address.port)),
                *("--async-mode", "eventlet", "--fan-out", "direct"),
                *("--history", str(HISTORY_TICKS), "--interval-s", f"{INSIDES_INTERVAL_S:g}"),
                *("--evict-after-s", f"{EVICT_AFTER_S:g}"),
            ],
            cwd=ROOT,
        )

    async def _get(self, path: str) -> bytes:
        answer = await fetch(self.address, path, limit_s=ASK_LIMIT_S)
        if answer.status != OK:
            raise ConnectionError(f"GET {path} was answered {answer.status}")
        return answer.body

    def _accepts(self) -> bool:
        try:
            socket.create_connection((HOST, self.address.port), 1).close()
        except OSError:
            return False
        return True

    def _read_log(self) -> None:
        """Count tracebacks in what was written since the last time."""
        with self.log.open("rb") as log:
            log.seek(self._log_bytes)
            new = log.read()
        # A line that is not whole yet is read again.
        whole = new.rpartition(b"\n")[0] + b"\n" if b"\n" in new else b""
        self._tracebacks += whole.count(b"Traceback (most recent call last)")
        self._log_bytes += len(whole)
