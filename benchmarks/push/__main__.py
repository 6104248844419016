"""The command `python -m benchmarks.push`: pushes batches over loopback, and prints a table.

The server has one core, the client another. A row is of a fresh server; a batch follows the answer
to the one before, over one connection or four.
"""

import http.client
import os
import re
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import NamedTuple

import click

from benchmarks.push.loads import BATCH_TICKS, FIRST_MS, LOADS, Load

ROOT = Path(__file__).resolve().parents[2]
SERVER_CORE, CLIENT_CORE = 0, 1
TICKS_A_SECOND_MAX = 1_000_000
# As many as are pushed in some seconds, made beforehand so that the client costs little.
BATCHES = 250
PLAIN = Load("plain handler: json, a list", "/plain", "application/json", LOADS[1].body)
SERVER = [
    *(sys.executable, "-m", "chartserver", "serve", "--port=0", "--requests-per-s=1000000"),
    *(f"--push-ticks-per-s={TICKS_A_SECOND_MAX}",),
]


class Cost(NamedTuple):
    """What came of a row; `cpu_us` is that of the server, for each tick."""

    ticks_per_s: float
    cpu_us: float
    answer_ms: float
    busy: float


@click.command()
@click.option("--seconds", default=2.0, help="How long each row pushes.", show_default=True)
@click.option("--store", default="memory:", help="Where the server keeps ticks.", show_default=True)
def main(seconds: float, store: str) -> None:
    """Measure how many ticks a second are taken, and what each costs the server."""
    os.sched_setaffinity(0, {CLIENT_CORE})
    click.echo(
        "| batches of 1,000 | connections | ticks/s | µs of CPU a tick | ms an answer | core |"
    )
    click.echo("|---|--:|--:|--:|--:|--:|")
    rows = [([*SERVER, f"--store={store}"], load, n) for load in LOADS for n in (1, 4)]
    rows.append(([sys.executable, "-m", "benchmarks.push.plain"], PLAIN, 1))
    for command, load, n_connections in rows:
        cost = measure(command, load, n_connections, seconds)
        click.echo(
            f"| {load.name} | {n_connections} | {cost.ticks_per_s:,.0f} | {cost.cpu_us:.1f}"
            f" | {cost.answer_ms:.1f} | {cost.busy:.0%} |"
        )


def measure(command: list[str], load: Load, n_connections: int, seconds: float) -> Cost:
    """Return what pushing to a fresh server costs it."""
    server = subprocess.Popen(
        command,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=lambda: os.sched_setaffinity(0, {SERVER_CORE}),
    )
    try:
        port = _port(server)
        bodies = [load.body(FIRST_MS + i * BATCH_TICKS) for i in range(BATCHES)]
        of_line = [[body.replace(b"#", b"%d" % i) for body in bodies] for i in range(n_connections)]
        began_s, began_cpu_s = time.perf_counter(), _cpu_s(server.pid)
        taken: list[int] = []
        threads = [
            threading.Thread(
                target=lambda i=i: taken.append(_push(port, load, i, of_line[i], seconds))
            )
            for i in range(n_connections)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        took_s = time.perf_counter() - began_s
        cpu_s = _cpu_s(server.pid) - began_cpu_s
    finally:
        server.terminate()
        server.communicate()
    n_ticks = sum(taken) * BATCH_TICKS
    answer_s = took_s * n_connections / max(1, sum(taken))
    return Cost(n_ticks / took_s, cpu_s / max(1, n_ticks) * 1e6, answer_s * 1e3, cpu_s / took_s)


def _push(port: int, load: Load, number: int, bodies: list[bytes], seconds: float) -> int:
    """Push for so many seconds to the chart of that number; return how many batches were taken."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    path, headers = load.path.replace("#", str(number)), {"Content-Type": load.content_type}
    end_s = time.perf_counter() + seconds
    taken = 0
    for body in bodies:
        if time.perf_counter() >= end_s:
            break
        line.request("POST", path, body, headers)
        answer = line.getresponse()
        said = answer.read()
        if answer.status not in (200, 204):
            raise click.ClickException(f"{load.name}: {answer.status} {said!r}")
        taken += 1
    line.close()
    return taken


def _port(server: "subprocess.Popen[str]") -> int:
    assert server.stdout is not None
    for line in server.stdout:
        found = re.search(r"serving on http://[^:]+:(\d+)", line)
        if found:
            return int(found[1])
    raise click.ClickException("the server did not start")


def _cpu_s(pid: int) -> float:
    """Return the processor time of all threads of a process."""
    tasks = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9


if __name__ == "__main__":
    main()
