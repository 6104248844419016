"""A viewer that must not notice anything, in a process of its own.

    python tests/bystander.py URL CHART PID

It watches CHART, speaks the protocols by hand, and writes a report as JSON when its stdin ends.

Its waits are the server's only as far as the server could have run: while a thread of the process
PID, or this one, was ready and all processors were taken by others, the machine is to blame. The
kernel counts that time for each thread ("run delay"), and it is taken off.
"""

import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

# Beside this file, also when it is run and not imported.
from hard_viewer import TICK_S, HardViewer

WAIT_MAX_S = 0.25
# However busy the machine is.
HOPELESS_S = 20.0
THREADS_MAX = 16
START_LIMIT_S = 30.0
END_LIMIT_S = 30.0


class Bystander:
    """A healthy viewer of one chart, from now to `end`.

    Its chart must tick a hundred times a second or so, and its server run on this machine.
    """

    def __init__(self, server, chart="steady"):
        self._process = subprocess.Popen(
            [sys.executable, __file__, server.url, chart, str(server.process.pid)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        said = self._process.stdout.readline()
        assert said == "watching\n", f"the bystander did not get in: {said}"

    def end(self, wait_max_s=WAIT_MAX_S):
        """Leave, and fail when a tick was missed, or one was waited for longer; return a report.

        The report has `ticks`, `longest_s` as it was waited, and `stall_s`, the server's part.
        """
        try:
            said, _ = self._process.communicate(timeout=END_LIMIT_S)
        finally:
            self.kill()
        report = json.loads(said)
        assert not report["fault"], report["fault"]
        assert report["stall_s"] <= wait_max_s, f"no tick for {report['stall_s']:.3f} s: {report}"
        return report

    def kill(self):
        """End it, whatever it has seen; may be called again."""
        self._process.kill()
        self._process.wait()
        self._process.stdin.close()
        self._process.stdout.close()


class Delays:
    """How long this thread and those of another process were ready and could not run."""

    def __init__(self, pid):
        self._tasks = Path(f"/proc/{pid}/task")
        self._before = {}
        self._own_before_s = 0.0
        self.passed_s()

    def passed_s(self):
        """Return how much more it is since the last call: of this, and the worst of those."""
        own_s = delay_s(Path("/proc/thread-self"))
        with contextlib.suppress(OSError):
            tasks = sorted(self._tasks.iterdir(), key=lambda task: int(task.name))[:THREADS_MAX]
        now = {task.name: delay_s(task) for task in tasks}
        worst_s = max((s - self._before.get(name, s) for name, s in now.items()), default=0.0)
        passed_s = own_s - self._own_before_s + worst_s
        self._before, self._own_before_s = now, own_s
        return passed_s


def delay_s(task):
    """Return how long a thread was ready to run and had no processor, in its life so far."""
    try:
        return int((task / "schedstat").read_text().split()[1]) / 1e9
    except OSError:
        return 0.0


class Watching:
    """What the process does, and what it has seen."""

    def __init__(self, url, chart, pid):
        self.chart = chart
        self.longest_s = self.stall_s = 0.0
        # On the ordinary path a tick may come before the snapshot that has it, or after it.
        self.viewer = HardViewer(url, {"chart": chart}, may_repeat=True)
        self.viewer.read_until(self._is_live, "a snapshot, and a tick after it")
        self.viewer.positions.may_repeat = False
        self._delays = Delays(pid)

    def _is_live(self):
        events = self.viewer.events
        return "snapshot" in events and "tick" in events[events.index("snapshot") :]

    @property
    def offset(self):
        return self.viewer.positions.offsets[self.chart]

    def until(self, is_over):
        """Read until `is_over()`, and then until a tick has come."""
        offset, moved_s = self.offset, time.monotonic()
        while True:
            self.viewer.read(timeout_s=TICK_S)
            now_s = time.monotonic()
            if self.offset == offset:
                assert now_s - moved_s < HOPELESS_S, "no tick any more"
                continue
            self._note(now_s - moved_s)
            if is_over():
                return
            offset, moved_s = self.offset, now_s

    def _note(self, waited_s):
        self.longest_s = max(self.longest_s, waited_s)
        self.stall_s = max(self.stall_s, waited_s - self._delays.passed_s())

    def check(self):
        """Fail if anything but ticks, each once and in its order, has come."""
        positions = self.viewer.positions
        offsets = sorted(place[2] for place in positions.series)
        assert offsets == list(range(offsets[0], self.offset + 1)), "ticks are missing"
        assert positions.reduced == 0, "was brought up reduced"
        assert positions.snapshots == 1, f"got {positions.snapshots} snapshots; expected one"

    def report(self, fault):
        return {
            "ticks": len(self.viewer.positions.series),
            "longest_s": self.longest_s,
            "stall_s": self.stall_s,
            "fault": fault,
        }


def main(url, chart, pid):
    # What it measures is the server's lateness and not its own; not everybody may do this.
    with contextlib.suppress(PermissionError):
        os.nice(-10)
    watching = Watching(url, chart, pid)
    print("watching", flush=True)
    is_over = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), is_over.set()), daemon=True).start()
    fault = ""
    try:
        watching.until(is_over.is_set)
        watching.check()
    except Exception as error:  # told by the one that started this process
        fault = f"{type(error).__name__}: {error}; {watching.viewer}"
    print(json.dumps(watching.report(fault)))
    watching.viewer.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
