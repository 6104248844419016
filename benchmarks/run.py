"""One run: a fresh server, the load client against it, and what came of it."""

import json
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from benchmarks.compiler import build_program
from benchmarks.machine import Cores, free_port
from benchmarks.measures import Measure, Pace
from benchmarks.peers.peer import ROOT, Job, Peer
from benchmarks.processes import MemoryWatch, Process, RunFailed, kernel_tcp_kb, memory_kb

START_LIMIT_S = 40.0
# All have joined and the server is at rest: then its memory is read, before ticks begin.
REST_S = 1.0
FAULTS = ("gaps", "repeats", "bad_frames", "short_histories", "closed")

Sample = dict[str, Any]


def build_load_client() -> Path:
    """Return the load client, compiled."""
    sources = sorted((ROOT / "benchmarks" / "client").glob("*.c"))
    return build_program("load", sources, ["-lz"])


def run(peer: Peer, measure: Measure, viewers: int, pace: Pace, cores: Cores) -> Sample:
    """Measure `peer` once and return the figures; a run that fails says why in `fault`."""
    sample: Sample = {"peer": peer.name, "measure": measure.name, "viewers": viewers}
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        try:
            figures, result = _measure(peer, measure, viewers, pace, cores, Path(folder))
        except RunFailed as failure:
            return sample | {"fault": str(failure), "figures": {}, "result": {}}
    return sample | {
        "fault": _fault(measure, viewers, result),
        "figures": figures,
        "result": result,
    }


def _measure(
    peer: Peer, measure: Measure, viewers: int, pace: Pace, cores: Cores, folder: Path
) -> tuple[dict[str, float | None], dict[str, Any]]:
    job = _job(peer, measure, viewers, pace, folder)
    if measure.goes_at_once:
        Path(job.plan.go).touch()
    with ExitStack() as stack:
        server = stack.enter_context(Process(peer.server(job), cores.server, folder / "server.log"))
        server.wait_until(lambda: _accepts(job.port), START_LIMIT_S, "the server accepts")
        server.wait_until(lambda: peer.is_ready(job), START_LIMIT_S, "the server has its history")
        if command := peer.publisher(job):
            feed = stack.enter_context(Process(command, cores.load, folder / "publisher.log"))
            is_fed = lambda: "ready" in feed.log.read_text(encoding="utf-8")  # noqa: E731
            feed.wait_until(is_fed, START_LIMIT_S, "the history is published")
        pids = server.pids
        before_kb, tcp_before_kb = memory_kb(pids), kernel_tcp_kb()
        watch = MemoryWatch(pids)
        figures: dict[str, float | None] = {}
        result: dict[str, Any] = {}
        for line in _load(peer, measure, job, pids, pace, cores):
            if line["phase"] == "joined":
                time.sleep(REST_S if not measure.goes_at_once else 0)
                joined_kb = memory_kb(pids)
                figures["kb_per_viewer"] = (joined_kb - before_kb) / max(1, line["joined"])
                watch.peak_kb = joined_kb
            elif line["phase"] == "window":
                figures["growth_in_window_mb"] = (watch.peak_kb - joined_kb) / 1024
                figures["kernel_tcp_mb"] = (kernel_tcp_kb() - tcp_before_kb) / 1024
            else:
                result = line
        if not result:
            server.check()
            raise RunFailed("the load client did not finish")
        figures["growth_mb"] = (watch.stop() - joined_kb) / 1024
    window_s = max(result["window_s"], 1e-9)
    figures["server_busy"] = result["server_cpu_s"] / window_s
    figures["client_busy"] = result["client_cpu_s"] / window_s
    figures |= measure.figures(result)
    return {name: _rounded(value) for name, value in figures.items()}, result


def _job(peer: Peer, measure: Measure, viewers: int, pace: Pace, folder: Path) -> Job:
    return Job(
        measure=measure.name,
        viewers=viewers,
        plan=measure.plan(viewers, pace, str(folder / "go")),
        port=free_port(),
        folder=folder,
    )


def _accepts(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=2).close()
    except OSError:
        return False
    return True


def _load(
    peer: Peer, measure: Measure, job: Job, pids: list[int], pace: Pace, cores: Cores
) -> Iterator[dict[str, Any]]:
    """Run the load client and yield its lines as they come; killed at the time limit."""
    pin = [] if cores.load is None else ["taskset", "-c", str(cores.load)]
    argv = [
        *pin,
        str(build_load_client()),
        *("--port", str(job.port), "--viewers", str(job.viewers + measure.extra_viewers)),
        *("--pids", ",".join(map(str, pids)), "--go", job.plan.go),
        *("--join-limit-s", str(pace.join_limit_s)),
        *peer.load_options(measure.name),
        *measure.load(pace),
    ]
    limit_s = pace.join_limit_s + pace.slow_s + pace.window_s + pace.drain_limit_s + 60
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as client:
        timer = threading.Timer(limit_s, client.kill)
        timer.start()
        try:
            assert client.stdout
            for line in client.stdout:
                yield json.loads(line)
        finally:
            timer.cancel()
            client.kill()


def _rounded(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.6g}")


def _fault(measure: Measure, viewers: int, result: dict[str, Any]) -> str:
    """Return what was wrong with what the viewers got, or an empty text."""
    wrong = [f"{result[name]} {name}" for name in FAULTS if result[name]]
    missing = viewers + measure.extra_viewers - result["joined"]
    if missing:
        wrong.insert(0, f"{missing} did not join")
    if result["first_fault"]:
        wrong.append(result["first_fault"])
    return ", ".join(wrong)
