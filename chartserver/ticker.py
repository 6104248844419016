"""The one background task: takes waiting ticks, appends them, hands frames to the broadcast.

Time, sleep and broadcast are arguments; no web framework and no async library are known here.
"""

import logging
import threading
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from chartserver.calls import Calls
from chartserver.chart import Chart
from chartserver.operation.histogram import Histogram
from chartserver.sources.source import next_deadline
from chartserver.status import Status
from chartserver.ticks import Ticks, joined

STATUS_INTERVAL_S = 1.0
# Without ticks there is still a status to tell, and a stall to notice.
QUIET_BEAT_S = 0.25
LONGEST_NAP_S = 0.5
VIEWERS_INTERVAL_S = 2.0
# A beat that fails does so each time, many times a second.
FAILURES_INTERVAL_S = 60.0
STALLED_INTERVALS = 3
STALLED_AT_LEAST_S = 2.0
# At the end: for how long it waits for ticks that are on their way into the history.
REST_LIMIT_S = 4.0
REST_NAP_S = 0.01

log = logging.getLogger(__name__)


class Broadcast(Protocol):
    """Hands something on to all viewers of a chart. Must not block."""

    def tick(self, chart: Chart, ticks: Ticks) -> None:
        """Send new ticks as one frame."""

    def description(self, chart: Chart) -> None:
        """Send the description, which has changed."""

    def status(self, chart: Chart) -> None:
        """Send the status of the source, which has changed."""

    def viewers(self, chart: Chart) -> None:
        """Send the number of viewers, which has changed."""

    def note(self, chart: Chart, change: dict[str, Any]) -> None:
        """Send a change of the notes."""

    def renew(self, chart: Chart) -> None:
        """Send a snapshot to all: the history has begun anew, for `chart.renewal`."""


class Notice:
    """A value that viewers are told of after it has changed, at most once in `interval_s`.

    A value that changed and changed back is told as well: who joined in between saw the other.
    """

    def __init__(self, interval_s: float) -> None:
        self._interval_s = interval_s
        self._seen: object = None
        self._is_due = False
        self._told_s = float("-inf")

    def take(self, value: object, now_s: float) -> bool:
        """Look at the value of now; True when it is to be told, now."""
        self._is_due = self._is_due or value != self._seen
        self._seen = value
        if not self._is_due or now_s - self._told_s < self._interval_s:
            return False
        self._is_due, self._told_s = False, now_s
        return True


class Told:
    """What was told last of one chart, to its viewers and in the log, and when.

    `unsent` are ticks that are in the history and in no frame yet; the first came at `arrived_s`.
    `is_awaited` says that ticks of the last beat are on their way into the history, for a frame of
    that beat; `is_renewed` that the history began anew and nobody was told.
    """

    def __init__(self) -> None:
        self.version = Notice(0.0)
        self.status = Notice(STATUS_INTERVAL_S)
        self.viewers = Notice(VIEWERS_INTERVAL_S)
        self.failures = Notice(FAILURES_INTERVAL_S)
        self.tick_s: float | None = None
        self.described = 0
        self.unsent: list[Ticks] = []
        self.arrived_s = 0.0
        self.is_awaited = self.is_renewed = False
        self.renewals = 0


class Ticker:
    """Feeds all `charts`, which may grow while it runs; the only one that appends.

    A tick that comes after a quiet time goes out at once. As long as more come it beats on a grid
    of `frame_interval_s`, and what arrives between two beats travels in one frame. `wait(s)` is to
    return when a tick waits, or after so many seconds; without it the ticker beats all the time.
    `take` moves what has come of a chart into its history, or has it moved and returns it later.
    For charts that are in `calls` it does so at once, and what is new goes out with the next frame.

    Attributes:
        lag: from the arrival of a frame's first tick until the broadcast was through, in seconds.
        beaten_s: when the last beat ended, on `clock`; None before the first.
        beats_skipped: those that were due when it was late.
        failures: of beats of one chart.
    """

    def __init__(
        self,
        charts: Mapping[str, Chart],
        broadcast: Broadcast,
        *,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
        frame_interval_s: float,
        wait: Callable[[float], object] | None = None,
        take: Callable[[Chart], Ticks | None] = lambda chart: chart.take(),
        calls: Calls | None = None,
    ) -> None:
        self._take = take
        self._calls = calls
        self._wait = wait
        self.lag = Histogram()
        self.beaten_s: float | None = None
        self.beats_skipped = 0
        self.failures = 0
        self._charts = charts
        self.broadcast = broadcast
        self._clock = clock
        self._sleep = sleep
        self._frame_interval_s = frame_interval_s
        self._told: dict[str, Told] = {}
        self._lock = threading.Lock()
        self._has_framed = True
        self._is_started = False
        self._is_stopping = False
        self._stopped = threading.Event()

    def start(self, spawn: Callable[[Callable[[], None]], object]) -> bool:
        """Start the task through `spawn`; True for the one call that did.

        May be called by any number of threads at the same instant.
        """
        with self._lock:
            if self._is_started:
                return False
            self._is_started = True
        spawn(self.run)
        return True

    def stop(self) -> None:
        """End the task after the beat under way; what waits is still handed on."""
        self._is_stopping = True

    @property
    def is_stopped(self) -> bool:
        """Whether the task has ended, or never began."""
        return self._stopped.is_set() or not self._is_started

    def run(self) -> None:
        """Beat until `stop`. A beat that is late is skipped and counted."""
        deadline_s = self._clock()
        while not self._is_stopping:
            self.beat()
            upcoming_s = next_deadline(deadline_s, self._clock(), self._frame_interval_s)
            self.beats_skipped += round((upcoming_s - deadline_s) / self._frame_interval_s) - 1
            deadline_s = upcoming_s
            # After a beat without a frame the next tick need not wait for a beat of the grid.
            if self._has_framed or self._wait is None:
                self._rest_until(deadline_s)
            if self._wait is not None:
                self._wait(QUIET_BEAT_S)
            quiet_s = self._clock() - deadline_s
            # What comes after a quiet time, or before the next beat was due, begins a grid anew.
            if not 0 <= quiet_s <= self._frame_interval_s:
                deadline_s += quiet_s
        self.beat()
        self._hand_on_the_rest()
        self._stopped.set()

    def _hand_on_the_rest(self) -> None:
        """Beat until nothing is on its way any more; who pushed what is left is told."""
        charts = dict(self._charts).values()
        until_s = self._clock() + REST_LIMIT_S
        while any(chart.n_waiting for chart in charts) and self._clock() < until_s:
            self._sleep(REST_NAP_S)
            self.beat()
        for chart in charts:
            if chart.n_waiting:
                log.error("chart %s: %d ticks could not be kept", chart.name, chart.n_waiting)
                chart.give_up("the server has stopped before these ticks were kept; push again")

    def _rest_until(self, deadline_s: float) -> None:
        """Rest in naps, so that a stop is noticed however long the frame interval is."""
        if self._calls is not None:
            self._answer(self._calls, deadline_s)
        while True:
            left_s = max(0.0, deadline_s - self._clock())
            self._sleep(min(left_s, LONGEST_NAP_S))
            if left_s <= LONGEST_NAP_S or self._is_stopping:
                return

    def _answer(self, calls: Calls, until_s: float) -> None:
        """Take what has come of charts that call, those that had called before as well."""
        calls.is_resting = True
        self._take_called(calls)
        while not self._is_stopping and (left_s := until_s - self._clock()) > 0:
            calls.wait(min(left_s, LONGEST_NAP_S))
            self._take_called(calls)
            if calls.is_called:
                # The next wait is none: calls that never end must not hold up the loop.
                self._sleep(0)
        calls.is_resting = False
        # Whoever called up to now has not begun a beat.
        self._take_called(calls)

    def _take_called(self, calls: Calls) -> None:
        for name in calls.take():
            if name in self._charts:
                self._go_on(self._take_early, self._charts[name])

    def beat(self) -> None:
        """Hand on what has come for each chart. One chart's failure is not another's."""
        self._has_framed = False
        for chart in dict(self._charts).values():
            self._go_on(self._beat_of, chart)
        self.beaten_s = self._clock()

    def _go_on(self, step: Callable[[Chart], None], chart: Chart) -> None:
        try:
            step(chart)
        except Exception:
            self.failures += 1
            told = self._told.setdefault(chart.name, Told())
            if told.failures.take(self.failures, self._clock()):
                log.exception(
                    "chart %s: beat failed, the next goes on; %d beats have failed so far",
                    chart.name,
                    self.failures,
                )

    def _take_early(self, chart: Chart) -> None:
        """Move what has come into the history, without a frame; with one that the beat still owes.

        What a beat has found is shown as soon as it is kept, not a beat later.
        """
        told = self._told.setdefault(chart.name, Told())
        if told.is_awaited:
            self._beat_of(chart)
            return
        # A new series waits for the beat, which tells viewers of it first.
        ticks = self._moved(chart, told) if chart.version == told.described else None
        if ticks is not None:
            if not told.unsent:
                told.arrived_s = chart.arrived_s
            told.unsent.append(ticks)

    def _beat_of(self, chart: Chart) -> None:
        now_s = self._clock()
        told = self._told.setdefault(chart.name, Told())
        ticks, arrived_s = self._new_ticks(chart, told)
        # A frame with a new series must find viewers that know the series.
        version = chart.version
        if told.version.take(version, now_s):
            self.broadcast.description(chart)
            told.described = version
        if told.is_renewed:
            told.is_renewed = False
            self.broadcast.renew(chart)
        told.is_awaited = ticks is None and chart.batch is not None
        # A frame that is awaited counts: until it goes out ticks may come as fast as they will.
        self._has_framed = self._has_framed or ticks is not None or told.is_awaited
        if ticks is not None:
            told.tick_s = now_s
            self.broadcast.tick(chart, ticks)
            chart.frames += 1
            self.lag.observe(self._clock() - arrived_s)
        else:
            self._notice_stall(chart, told, now_s)
        for change in chart.notes.take_untold():
            self.broadcast.note(chart, change)
        if told.status.take(chart.status, now_s):
            self.broadcast.status(chart)
        # Also when one left and one came: a snapshot that is shared may tell an older number.
        attendance = chart.all_viewers, chart.joins, chart.presenters, chart.more_presenters
        if told.viewers.take(attendance, now_s):
            self.broadcast.viewers(chart)

    def _new_ticks(self, chart: Chart, told: Told) -> tuple[Ticks | None, float]:
        """Return what is in no frame yet, and when the first of it had come."""
        ticks = self._moved(chart, told)
        if not told.unsent:
            return ticks, chart.arrived_s
        unsent, told.unsent = told.unsent, []
        return joined([*unsent, ticks] if ticks is not None else unsent), told.arrived_s

    def _moved(self, chart: Chart, told: Told) -> Ticks | None:
        """Move what has come into the history; return none of it that a snapshot for all has."""
        ticks = self._take(chart)
        if chart.renewals == told.renewals:
            return ticks
        told.renewals, told.is_renewed = chart.renewals, True
        told.unsent.clear()
        return None

    def _notice_stall(self, chart: Chart, told: Told, now_s: float) -> None:
        if told.tick_s is None or chart.interval_s is None or chart.status.status != "live":
            return
        silent_s = now_s - told.tick_s
        if silent_s > max(STALLED_INTERVALS * chart.interval_s, STALLED_AT_LEAST_S):
            chart.status = Status(
                "stalled", f"a tick was expected each {chart.interval_s:g} s; none has come"
            )
