"""A viewer that must not notice anything, in a process of its own.

    python tests/bystander.py URL CHART PID

It watches CHART, speaks the protocols by hand, and writes a report as JSON when its stdin ends.

None of its waits may be longer than 250 ms, as far as the server is to blame. Two things see to
that:

- What the machine has taken is taken off. While a thread of the process PID, or this one, was ready
  and all processors were taken by others, the kernel counts it for each thread ("run delay"), and
  for each processor if another machine had it ("steal"). While nothing ran at all, nobody counts:
  therefore a thread of this process sleeps for a moment again and again, as a metronome, and by how
  much it wakes too late is the machine's doing as well.
- What is left over may have been a hiccup of which nobody told, such as of a disk: two waits may be
  longer, and one more each twenty seconds, but none beyond all measure. An attack that can hold up
  the server holds it up each time: so each is made `TIMES`, or goes on for long.
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
# So many waits may be longer, and one more each so many seconds; but no longer than this.
HICCUPS = 2
HICCUP_EACH_S = 20.0
HICCUP_MAX_S = 5.0
STALLS_KEPT = 100
# As often an attack is made, so that it is told from hiccups.
TIMES = HICCUPS + 1
# However busy the machine is.
HOPELESS_S = 60.0
# A tick passes two: its source, and who sends it; a third may have the interpreter meanwhile.
THREADS_PASSED = 3
# Each but the first, which may do all the work, waits for a processor so often for one tick.
TURNS_PASSED = 2
# A server with a thread for each viewer has some twenty before the first; who is served comes late.
THREADS_MAX = 48
BEAT_S = 0.02
TICK_S_OF_KERNEL = 1 / os.sysconf("SC_CLK_TCK")
END_LIMIT_S = 90.0


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

    @property
    def pid(self):
        return self._process.pid

    def end(self, wait_max_s=WAIT_MAX_S):
        """Leave, and fail when a tick was missed, or ticks were waited for longer; return a report.

        The report has `ticks`, `watched_s`, `longest_s` as it was waited, and `stalls_s`, the
        server's part of the longest waits, the longest first.
        """
        try:
            said, _ = self._process.communicate(timeout=END_LIMIT_S)
        finally:
            self.kill()
        report = json.loads(said)
        assert not report["fault"], report["fault"]
        fault = fault_of(report["stalls_s"], report["watched_s"], wait_max_s)
        assert not fault, f"{fault}: {report}"
        return report

    def kill(self):
        """End it, whatever it has seen; may be called again."""
        self._process.kill()
        self._process.wait()
        self._process.stdin.close()
        self._process.stdout.close()


def fault_of(stalls_s, watched_s, wait_max_s=WAIT_MAX_S):
    """Return what is wrong with the longest stalls, the longest first; "" for nothing."""
    if stalls_s and stalls_s[0] > max(HICCUP_MAX_S, wait_max_s):
        return f"no tick for {stalls_s[0]:.3f} s"
    n_hiccups = HICCUPS + int(watched_s // HICCUP_EACH_S)
    for stall_s in stalls_s[n_hiccups : n_hiccups + 1]:
        if stall_s > wait_max_s:
            return f"{n_hiccups + 1} times or more no tick for {stall_s:.3f} s"
    return ""


class Delays(threading.Thread):
    """How long the machine has held up this thread, and the threads of another process.

    It looks again and again, as a metronome: what is less than a beat holds up nothing, however
    often it is, and is not counted.
    """

    def __init__(self, pid):
        super().__init__(daemon=True)
        self._lock = threading.Lock()
        self._tasks, self._first = Path(f"/proc/{pid}/task"), str(pid)
        self._own = Path(f"/proc/self/task/{threading.get_native_id()}")
        self._seen_s = time.monotonic()
        self._ours, self._theirs = Count(), Count()
        self.passed_s()
        self.start()

    def run(self):
        while True:
            time.sleep(BEAT_S)
            with self._lock:
                self._look()

    def passed_s(self):
        """Return how much more it is since the last call."""
        with self._lock:
            self._look()
            ours, theirs = self._ours.taken(), self._theirs.taken()
        theirs_s = [
            sum(delays_s) if name == self._first else sum(sorted(delays_s)[-TURNS_PASSED:])
            for name, delays_s in theirs.items()
        ]
        # The same may be counted in several ways.
        ours_s = max(map(sum, ours.values()), default=0.0)
        return ours_s + sum(sorted(theirs_s)[-THREADS_PASSED:])

    def _look(self):
        now_s = time.monotonic()
        late_s = max(0.0, now_s - self._seen_s - BEAT_S)
        self._seen_s = now_s
        self._ours.add("late", late_s)
        self._ours.reach("delay", delay_s(self._own))
        self._ours.reach("steal", steal_s())
        tasks = []
        with contextlib.suppress(OSError):
            tasks = sorted(self._tasks.iterdir(), key=lambda task: int(task.name))[:THREADS_MAX]
        for task in tasks:
            self._theirs.reach(task.name, delay_s(task))


class Count:
    """Spans of seconds by name, each less a beat, of those alone that were longer."""

    def __init__(self):
        self._taken = {}
        self._reached = {}

    def add(self, name, seconds):
        if seconds > BEAT_S:
            self._taken.setdefault(name, []).append(seconds - BEAT_S)

    def reach(self, name, seconds):
        """Add by how much more it is than it was."""
        self.add(name, seconds - self._reached.get(name, seconds))
        self._reached[name] = seconds

    def taken(self):
        """Return the spans, and begin anew."""
        taken, self._taken = self._taken, {}
        return taken


def delay_s(task):
    """Return how long a thread was ready to run and had no processor, in its life so far."""
    try:
        return int((task / "schedstat").read_text().split()[1]) / 1e9
    except OSError:
        return 0.0


def steal_s():
    """Return how long other machines had a processor of this one that was wanted, all in all."""
    try:
        return int(Path("/proc/stat").read_text().split(None, 9)[8]) * TICK_S_OF_KERNEL
    except (OSError, IndexError):
        return 0.0


class Watching:
    """What the process does, and what it has seen."""

    def __init__(self, url, chart, pid):
        self.chart = chart
        self.longest_s = 0.0
        self.stalls_s = []
        # On the ordinary path a tick may come before the snapshot that has it, or after it.
        self.viewer = HardViewer(url, {"chart": chart}, may_repeat=True)
        self.viewer.read_until(self._is_live, "a snapshot, and a tick after it")
        self.viewer.positions.may_repeat = False
        self._began_s = time.monotonic()
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
        stall_s = waited_s - self._delays.passed_s()
        self.stalls_s = sorted([*self.stalls_s, stall_s], reverse=True)[:STALLS_KEPT]

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
            "watched_s": time.monotonic() - self._began_s,
            "longest_s": self.longest_s,
            "stalls_s": [stall_s for stall_s in self.stalls_s if stall_s > WAIT_MAX_S / 2],
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
