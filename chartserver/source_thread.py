"""Runs one source in an OS thread of its own, and starts it again when it fails.

A source that blocks, floods or raises holds up nobody else: it only ever touches its own chart's
inbox, and waits while that is full. It may be stopped and started again any number of times, each
time in a fresh thread.
"""

import logging
import math
import threading
import time
from collections.abc import Callable, Mapping, Sequence

from chartserver.chart import Chart
from chartserver.errors import (
    BadTick,
    ChartClosed,
    ChartServerError,
    InboxFull,
    NotKept,
    SourceFailed,
)
from chartserver.sources.source import Connecting, Resuming, Source
from chartserver.status import Status
from chartserver.ticks import Tick, some_of

FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 60.0
FULL_PAUSE_S = 0.01
COMPLAINT_INTERVAL_S = 60.0

log = logging.getLogger(__name__)


class SourceThread:
    """Feeds `chart` from `source` until `stop`, or until the source ends."""

    def __init__(
        self,
        chart: Chart,
        source: Source,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.chart = chart
        self.restarts = 0
        self._source = source
        self._clock = clock
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._complained_s: dict[str, float] = {}
        self._values_refused = 0
        if isinstance(source, Connecting):
            source.on_connected = self._note_connected
        chart.adopt(source.title, source.series, source.interval_s)
        self._names: Sequence[str] = ()

    def start(self, fence: str = "", prepare: Callable[[threading.Event], object] = id) -> None:
        """Start a thread; one that was started before must have been stopped.

        Its ticks are put under `fence`: they are refused once the chart has another. `prepare` is
        called first, in the thread; it must return soon after the event is set that it is given.
        """
        self._stop = stop = threading.Event()

        def run() -> None:
            prepare(stop)
            self._run(stop, fence, stop.wait)

        self._thread = threading.Thread(target=run, name=f"source-{self.chart.name}", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ask the source to end; returns at once. One that blocks is left behind: a daemon."""
        self._stop.set()

    @property
    def is_alive(self) -> bool:
        """Whether the source may still put ticks."""
        return self._thread is not None and self._thread.is_alive()

    def run(self, pause: Callable[[float], object] | None = None) -> None:
        """Take ticks until the source ends or `stop` is called; in the thread of the caller.

        `pause` waits between a failure and the next try, in seconds.
        """
        self._run(self._stop, "", pause or self._stop.wait)

    def _run(self, stop: threading.Event, fence: str, pause: Callable[[float], object]) -> None:
        pause_s = FIRST_PAUSE_S
        while not stop.is_set():
            began_s = self._clock()
            try:
                self._feed(stop, fence)
            # SystemExit would end the thread without a word, and asyncio's CancelledError or the
            # timeouts of eventlet and gevent with a traceback: none of them is an Exception.
            except BaseException as error:
                if stop.is_set():
                    return  # what becomes of the chart is not this thread's to say any more
                if self._clock() - began_s > LONGEST_PAUSE_S:
                    pause_s = FIRST_PAUSE_S
                # Whoever knows the other side spreads its tries itself.
                asked_s = error.next_try_s if isinstance(error, SourceFailed) else None
                now_s = pause_s if asked_s is None else asked_s
                reason = f"{_said(error)}; next try in {now_s:.2g} s"
                self.chart.status = Status("failed", reason)
                log.warning("chart %s: source failed: %s", self.chart.name, reason)
                self.restarts += 1
                pause(now_s)
                pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
            else:
                if not stop.is_set():
                    self.chart.status = Status("ended", "the source has no more ticks")
                return

    def _note_connected(self) -> None:
        """Say of a source that had failed, or has not begun, that it is not to blame any more."""
        if self.chart.source_status.status in ("failed", "waiting"):
            self.chart.status = Status("waiting", "connected; no tick has come since")

    def _feed(self, stop: threading.Event, fence: str) -> None:
        last = self.chart.last()
        if isinstance(self._source, Resuming) and last is not None:
            self._source.resume(last)
        names = [series.name for series in self._source.series]
        # A chart that was kept may have them in another order, and more than these.
        self._names = names if names != [series.name for series in self.chart.series] else ()
        for tick in self._source.ticks(stop):
            self._put(tick, stop, fence)
            if stop.is_set():
                return

    def _put(self, tick: Tick, stop: threading.Event, fence: str) -> None:
        """Append a tick as soon as there is room, so that none is lost."""
        while not stop.is_set():
            try:
                self.chart.put(self._by_name(tick) if self._names else tick, fence)
            except (InboxFull, NotKept):
                stop.wait(FULL_PAUSE_S)
            except ChartClosed:
                return
            except BadTick as error:
                self._refuse(error)
                return
            else:
                self._notice_infinities()
                return

    def _by_name(self, tick: Tick) -> Tick:
        """Return a tick with its values by the names of the source's series."""
        if isinstance(tick.values, Mapping):
            return tick
        if len(tick.values) != len(self._names):
            raise BadTick(
                f"got {len(tick.values)} values; expected {len(self._names)},"
                f" one for each of {some_of(self._names)}"
            )
        return Tick(tick.time_ms, dict(zip(self._names, tick.values, strict=True)))

    def _refuse(self, error: BadTick) -> None:
        self.chart.ticks_refused += 1
        if self.chart.status.status != "live":
            self.chart.status = Status(self.chart.status.status, str(error))
        self._complain("tick refused", self.chart.ticks_refused, str(error))

    def _notice_infinities(self) -> None:
        if self.chart.values_refused > self._values_refused:
            self._values_refused = self.chart.values_refused
            self._complain(
                "infinite value taken as missing",
                self._values_refused,
                "expected a number, or None where there is none",
            )

    def _complain(self, what: str, count: int, why: str) -> None:
        """Log the first time, and then at most once a minute."""
        now_s = self._clock()
        if now_s - self._complained_s.get(what, -math.inf) >= COMPLAINT_INTERVAL_S:
            self._complained_s[what] = now_s
            log.warning("chart %s: %s, %d so far: %s", self.chart.name, what, count, why)


def _said(error: BaseException) -> str:
    """Return an exception as one line; what is not ours keeps the name of its class."""
    text = " ".join(str(error).split())[:300]
    if isinstance(error, ChartServerError):
        return text
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
