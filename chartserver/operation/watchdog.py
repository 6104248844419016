"""Notices when the loop that serves everybody stands still: how late it is, where, for how long.

A task on the loop beats; a thread of the operating system looks whether it does. What stands still
because the whole process does (SIGSTOP, a laptop that sleeps) is no fault of the loop.
"""

import logging
import sys
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from chartserver.operation.histogram import Histogram

BEAT_S = 0.1
LOOK_S = 0.25
STALL_S = 1.0
# Later than this, and the thread that looks was held up as well.
LATE_S = 0.5
WORKED_SHARE = 0.1
STACK_FRAMES = 8

log = logging.getLogger(__name__)


class Watchdog:
    """Watches one loop from `start` to `stop`.

    Attributes:
        lag: how much later than asked a task gets its turn, in seconds.
        stalls: how often the loop stood still for more than a second, and `stalled_s`, how long
            in all.
    """

    def __init__(
        self,
        sleep: Callable[[float], None],
        clock: Callable[[], float] = time.monotonic,
        cpu_clock: Callable[[], float] = time.process_time,
        place: Callable[[int], str] | None = None,
    ) -> None:
        self.lag = Histogram()
        self.stalls = 0
        self.stalled_s = 0.0
        self._sleep = sleep
        self._clock = clock
        self._cpu_clock = cpu_clock
        self._place = place or place_of
        self._stop = threading.Event()
        self._loop_thread = 0
        self._beat_s: float | None = None
        self._looked_s, self._looked_cpu_s = clock(), cpu_clock()
        # Before this the loop had no chance to beat.
        self._excused_s = float("-inf")
        self._stalled_since_s: float | None = None

    def start(self, spawn: Callable[[Callable[[], None]], object]) -> None:
        """Begin: `spawn` starts a task on the loop."""
        spawn(self.beat_on)
        threading.Thread(target=self._look_on, name="chartserver watchdog", daemon=True).start()

    def stop(self) -> None:
        """End; returns at once."""
        self._stop.set()

    def beat_on(self) -> None:
        """Beat until `stop`; on the loop."""
        self._loop_thread = threading.get_ident()
        while not self._stop.is_set():
            before_s = self._clock()
            self._sleep(BEAT_S)
            self._beat_s = self._clock()
            self.lag.observe(max(0.0, self._beat_s - before_s - BEAT_S))

    def _look_on(self) -> None:
        while not self._stop.wait(LOOK_S):
            self.look()

    def look(self) -> None:
        """Judge the loop as of now; in the thread that looks, every `LOOK_S`."""
        now_s, cpu_s = self._clock(), self._cpu_clock()
        late_s = now_s - self._looked_s - LOOK_S
        worked_s = cpu_s - self._looked_cpu_s
        self._looked_s, self._looked_cpu_s = now_s, cpu_s
        # Code that keeps the interpreter to itself makes us late as well, but then the process
        # works, as far as other processes let it.
        if late_s > LATE_S and worked_s < LOOK_S + late_s * WORKED_SHARE:
            self._excused_s = now_s
        if self._beat_s is None:
            return
        if self._stalled_since_s is None:
            self._begin_stall(self._beat_s, now_s)
        elif self._beat_s > self._stalled_since_s:
            self._end_stall(self._beat_s - self._stalled_since_s)

    def _begin_stall(self, beat_s: float, now_s: float) -> None:
        silent_s = now_s - max(beat_s, self._excused_s)
        if silent_s <= STALL_S:
            return
        self.stalls += 1
        self._stalled_since_s = beat_s
        log.error(
            "the loop stands still since %.1f s: nobody is served; it is at %s",
            silent_s,
            self._place(self._loop_thread),
        )

    def _end_stall(self, stalled_s: float) -> None:
        self._stalled_since_s = None
        self.stalled_s += stalled_s
        log.warning("the loop goes on, after %.1f s", stalled_s)


def place_of(thread: int) -> str:
    """Return where a thread is, in one line, the innermost call first."""
    frame = sys._current_frames().get(thread)
    if frame is None:
        return "an unknown place"
    calls = traceback.extract_stack(frame)[-STACK_FRAMES:]
    return " < ".join(f"{Path(one.filename).name}:{one.lineno} {one.name}" for one in calls[::-1])
