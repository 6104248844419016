"""The floor: a bare loop of `send()` over raw WebSockets, in Python and in C."""

import platform
import subprocess
import sys

from benchmarks.compiler import build_program
from benchmarks.peers.peer import BUILD, ROOT, Command, Job

MEASURES = frozenset(["fixed", "saturated"])


class PythonLoop:
    """The program of `bare_loop.py`."""

    name = "python-loop"
    title = "bare Python loop"
    measures = MEASURES

    def prepare(self) -> str:
        """Return the version of Python."""
        return f"Python {platform.python_version()}"

    def server(self, job: Job) -> Command:
        """Return the program that sends."""
        return Command(
            argv=[sys.executable, "-m", "benchmarks.peers.bare_loop", str(job.port)],
            environ=job.plan.environ(),
        )

    def load_options(self, measure: str) -> list[str]:
        """Return raw WebSockets."""
        return ["--protocol", "raw", "--joined", "open"]

    def publisher(self, job: Job) -> None:
        """Return None: the server makes its ticks."""

    def is_ready(self, job: Job) -> bool:
        """Return True: there is no history."""
        return True


class CLoop(PythonLoop):
    """The program of `bare_loop.c`."""

    name = "c-loop"
    title = "bare C loop"

    def prepare(self) -> str:
        """Compile it and return the compiler's version."""
        build_program("bare_loop", [ROOT / "benchmarks" / "peers" / "bare_loop.c"])
        release = subprocess.run(["cc", "--version"], capture_output=True, text=True, timeout=20)
        return release.stdout.splitlines()[0]

    def server(self, job: Job) -> Command:
        """Return the program that sends."""
        rate_hz = job.plan.rate_hz or 0
        return Command(
            argv=[str(BUILD / "bare_loop"), str(job.port), f"{rate_hz:.6f}", job.plan.go]
        )
