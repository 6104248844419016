"""The processes of one run: started, pinned, watched and ended by their own ids."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from benchmarks.peers.peer import Command

STOP_LIMIT_S = 10.0
SAMPLE_INTERVAL_S = 0.5


class RunFailed(Exception):
    """A run could not be measured; the text says why."""


class Process:
    """A process pinned to `core`, with its output in `log`. Ends with the `with` block."""

    def __init__(self, command: Command, core: int | None, log: Path) -> None:
        self.log = log
        pin = [] if core is None else ["taskset", "-c", str(core)]
        with log.open("wb") as output:
            self._popen = subprocess.Popen(
                [*pin, *command.argv],
                env=command.full_environ(),
                cwd=command.cwd,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def __enter__(self) -> "Process":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def pids(self) -> list[int]:
        """Return the process and its children, such as nginx's worker."""
        return [self._popen.pid, *_children(self._popen.pid)]

    @property
    def exit_status(self) -> int | None:
        """How the process has ended; None while it runs."""
        return self._popen.poll()

    def check(self) -> None:
        """Raise RunFailed when the process has ended."""
        if self._popen.poll() is not None:
            lines = self.log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
            said = lines[-1] if lines else "it said nothing"
            raise RunFailed(f"ended with status {self._popen.returncode}: {said}")

    def wait_until(self, is_so: Callable[[], bool], limit_s: float, what: str) -> None:
        """Wait for `is_so`, or raise RunFailed with `what` was waited for."""
        deadline_s = time.monotonic() + limit_s
        while not is_so():
            self.check()
            if time.monotonic() > deadline_s:
                raise RunFailed(f"{what}: not within {limit_s:g} s")
            time.sleep(0.05)

    def kill(self) -> None:
        """End the process at once: a crash."""
        self._popen.kill()
        self._popen.wait()

    def stop(self) -> None:
        """End the process and its children: asked first, then made to."""
        pids = self.pids
        if self._popen.poll() is None:
            self._popen.send_signal(signal.SIGTERM)
            try:
                self._popen.wait(STOP_LIMIT_S)
            except subprocess.TimeoutExpired:
                self._popen.kill()
                self._popen.wait()
        for pid in pids[1:]:
            _wait_or_kill(pid)


class MemoryWatch:
    """Samples the memory of processes in a thread until `stop`."""

    def __init__(self, pids: list[int]) -> None:
        self.peak_kb = 0.0
        self._pids = pids
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> float:
        """End the sampling and return the peak, in KB."""
        self._stop.set()
        self._thread.join()
        return self.peak_kb

    def _run(self) -> None:
        while not self._stop.wait(SAMPLE_INTERVAL_S):
            self.peak_kb = max(self.peak_kb, memory_kb(self._pids))


def memory_kb(pids: list[int]) -> float:
    """Return the proportional set size of `pids` together, in KB; 0 for those that are gone."""
    total = 0.0
    for pid in pids:
        try:
            text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
        except OSError:
            continue
        total += sum(float(line.split()[1]) for line in text.splitlines() if line[:4] == "Pss:")
    return total


def kernel_tcp_kb() -> float:
    """Return the memory that the kernel holds for all TCP sockets of the machine, in KB."""
    for line in Path("/proc/net/sockstat").read_text(encoding="ascii").splitlines():
        if line.startswith("TCP:"):
            return float(line.split()[-1]) * 4
    return 0.0


def _children(pid: int) -> list[int]:
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    except OSError:
        return []
    return [int(child) for child in text.split()]


def _wait_or_kill(pid: int) -> None:
    """Wait for a child of a process that has ended; it was not ours to reap."""
    deadline_s = time.monotonic() + STOP_LIMIT_S
    stat = Path(f"/proc/{pid}")
    while stat.exists() and time.monotonic() < deadline_s:
        time.sleep(0.05)
    if stat.exists():
        os.kill(pid, signal.SIGKILL)
