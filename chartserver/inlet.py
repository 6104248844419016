"""The inlet of a chart: ticks that any thread puts or pushes, until they are taken.

Knows nothing of what becomes of them then, nor who watches.
"""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from chartserver.alarm import Alarm, ThreadAlarm
from chartserver.batch import KeptKey
from chartserver.errors import (
    ChartClosed,
    ChartServerError,
    InboxFull,
    NotKept,
    NotPushable,
    StoreFault,
)
from chartserver.history import MemoryHistory
from chartserver.inbox import INBOX_TICKS, Inbox
from chartserver.order import next_time
from chartserver.pushes import NO_LIMITS, REFUSALS, Pushes, PushLimits
from chartserver.receipt import Receipt
from chartserver.series_table import SeriesTable
from chartserver.sources.source import SERIES_MAX
from chartserver.status import LIVE, Status
from chartserver.ticks import Run, Series, Tick, check_chart_name

# Adds series to those that all processes have, and returns all, in the one order; may block.
Agree = Callable[[Sequence[Series]], Sequence[Series]]


class Inlet:
    """Takes the ticks of one chart, and says what is wrong with those that do not fit.

    `on_put` is called, by any thread, after ticks have come, and `on_push` with the name of the
    chart after some were pushed; `make_alarm` makes what the task of a pusher can wait for. Where
    several processes have the chart together they `agree` on its series.

    Attributes:
        fault: why nothing can be kept at the moment, "" when all is well.
        source_status: as its thread or the ticker found it; live with each tick that comes.
        ticks_refused: ticks of the source that did not fit, since the start.
        pushes: what is pushed, counted.
        is_pushable: whether it takes pushes: it has no source of its own.
        fence: the token of the lease under which its source runs here; "" where there is none.
        ticks_fenced: ticks of the source that came after the lease was lost, since the start.
    """

    def __init__(
        self,
        name: str,
        history: MemoryHistory,
        *,
        now_ms: Callable[[], float],
        series: Sequence[Series] = (),
        on_put: Callable[[], object] = lambda: None,
        on_push: Callable[[str], object] = lambda _: None,
        clock: Callable[[], float] = time.monotonic,
        limits: PushLimits = NO_LIMITS,
        make_alarm: Callable[[], Alarm] = ThreadAlarm,
        agree: Agree | None = None,
    ) -> None:
        self.name = check_chart_name(name)
        self.history = history
        self.fault = ""
        self.ticks_refused = 0
        self.fence = ""
        self.ticks_fenced = 0
        self.is_pushable = True
        self.source_status = Status("waiting", "no tick has come yet")
        self._on_put = on_put
        self._on_push = on_push
        self._now_ms = now_ms
        self._agree = agree
        self._lock = threading.Lock()
        self._is_closed = False
        self._series = SeriesTable(name, self._widen_history)
        self._series.add(series)
        self._inbox = Inbox(clock, history.last_time_ms)
        self.pushes = Pushes(
            name,
            self._inbox,
            self._series,
            now_ms=now_ms,
            clock=clock,
            limits=limits,
            make_alarm=make_alarm,
        )

    @property
    def series(self) -> Sequence[Series]:
        """The series in the order of the values. A series is never taken away."""
        return self._series.all()

    @property
    def is_shared(self) -> bool:
        """Whether other processes have the chart, too."""
        return self._agree is not None

    @property
    def values_refused(self) -> int:
        """Infinities taken for missing values, since the start."""
        return self._series.values_refused

    @property
    def is_full(self) -> bool:
        """Whether the inbox takes no more of a source until the next beat of the ticker."""
        return len(self._inbox) >= INBOX_TICKS

    def append(self, *values: Any, time_ms: float | None = None) -> None:
        """Append one tick: `append(1.08, 149.8)`, `append([1.08, 149.8])` or by name, a dict.

        Thread-safe. The first tick names the series, when nobody has; a name that is new adds
        a series. None and NaN are missing values; `time_ms` defaults to now.

        Raises:
            BadTick: the wrong number of values, something that is no number, or a time before
                the last tick's. Nothing is appended.
            InboxFull: ticks come faster than they can be taken; wait and append again.
            ChartClosed: the server stops.
        """
        only = values[0] if len(values) == 1 else values
        is_run = isinstance(only, Mapping | Sequence | np.ndarray) and not isinstance(
            only, str | bytes
        )
        self.put(Tick(time_ms, only if is_run else (only,)))

    def put(self, tick: Tick, fence: str = "") -> None:
        """Append one tick; as `append`, for those who hold a Tick.

        What comes under a `fence` that is not the chart's any more is dropped, and counted.
        """
        if self._agree is not None:
            self._agree_on(self._series.new_in(tick.values))
        with self._lock:
            self._check_open()
            if fence and fence != self.fence:
                self.ticks_fenced += 1
                return
            if self.is_full:
                raise InboxFull(
                    f"chart {self.name!r} already holds {len(self._inbox)} ticks that wait;"
                    " expected fewer between two beats: append again in a moment"
                )
            time_ms = next_time(tick.time_ms, self._now_ms, self._inbox.last_ms)
            row = self._series.row(tick.values)
            self._inbox.put(time_ms, row, tick.time_ms is not None)
            self._be_live()
        self._on_put()

    def push(self, run: Run, key: str = "") -> Receipt:
        """Take a run of ticks, all or none, to be put into the order of time with what waits.

        Thread-safe, and never blocks: the receipt says when they are in the history and kept. A
        `key` names the push: who gives the same again is given the receipt of the first time.

        Raises:
            BadTick: a tick does not fit, by its index; or the series do not.
            RunTooLong: push it in parts.
            InboxFull: ticks come faster than they can be taken; push again after a while.
            KeyReused: another push has come under this key.
            NotKept: the history cannot be kept at the moment; push again after a while.
            NotPushable: the chart has a source of its own.
            ChartClosed: the server stops.
        """
        try:
            self.agree_on(run, key)
            with self._lock:
                receipt = self.pushes.repeated(key)
                if receipt:
                    return receipt
                self._check_pushable()
                if not len(run):
                    return self._nothing_pushed()
                receipt = self.pushes.take(run, key)
                self._be_live()
        except ChartServerError as error:
            self.pushes.runs_refused[REFUSALS[type(error)]] += 1
            raise
        self._on_put()
        self._on_push(self.name)
        return receipt

    def must_agree(self, run: Run) -> bool:
        """Whether `run` brings series that other processes are to be asked about first."""
        if self._agree is None:
            return False
        with self._lock:
            return self._series.would_grow(run)

    def agree_on(self, run: Run, key: str = "") -> None:
        """Have all processes know the series that `run` brings, before it is pushed.

        Blocks when it `must_agree`, up to some seconds: not in the loop.

        Raises: what `push` would raise at this moment.
        """
        if self.must_agree(run):
            self.check_push(run, key)
            with self._lock:
                added = self._series.added_by(run, SERIES_MAX)
            self._agree_on(added)

    def know_series(self, series: Sequence[Series]) -> None:
        """Have the series on which all processes have agreed."""
        with self._lock:
            self._series.take_over(series)

    @contextmanager
    def waiting(self) -> Iterator[Inbox]:
        """Give what waits to who has to change it, in the lock: for a moment only."""
        with self._lock:
            yield self._inbox

    def put_up_fence(self, fence: str) -> None:
        """Have ticks of the source go under `fence` from now on; what waits of before is dropped.

        For who holds the lease of its source, or has lost it: then without a fence.
        """
        with self._lock:
            self.ticks_fenced += self._inbox.drop_singles()
            self.fence = fence
            if fence:
                # What was taken under another one, and refused, holds back nothing.
                self._inbox.begin_after(self.history.last_time_ms)

    def check_takes_pushes(self) -> None:
        """Raise NotPushable for a chart that is fed by a source of its own."""
        if not self.is_pushable:
            raise NotPushable(
                f"chart {self.name!r} has a source of its own; push to another, or serve it as"
                f" '{self.name}=push'"
            )

    def check_push(self, run: Run, key: str = "") -> None:
        """Raise what `push` would raise at this moment; take nothing."""
        with self._lock:
            if not self.pushes.repeated(key):
                self._check_pushable()
                self.pushes.check(run, key)

    def restore_keys(self, keys: Iterable[KeptKey]) -> None:
        """Know the pushes that a server before this one has kept, the oldest first."""
        self.pushes.restore(keys, self.history.epoch)

    def close(self) -> None:
        """Take no more ticks: nobody is told that one was taken which no viewer will see."""
        with self._lock:
            self._is_closed = True

    def _agree_on(self, added: Sequence[Series]) -> None:
        if self._agree is None or not added:
            return
        try:
            self.know_series(self._agree(added))
        except StoreFault as error:
            raise NotKept(
                f"chart {self.name!r} cannot be given more series: the history {error}; try again"
                " in a moment"
            ) from None

    def _nothing_pushed(self) -> Receipt:
        receipt = Receipt(0)
        receipt.complete(*self.history.position)
        return receipt

    def _be_live(self) -> None:
        if self.source_status is not LIVE:
            self.source_status = LIVE

    def _check_open(self) -> None:
        if self._is_closed:
            raise ChartClosed(f"chart {self.name!r} takes no more ticks: the server is stopping")

    def _check_pushable(self) -> None:
        self._check_open()
        self.check_takes_pushes()
        if self.fault:
            raise NotKept(
                f"the history of chart {self.name!r} cannot be kept: {self.fault}; push again in a"
                " moment"
            )

    def _widen_history(self, n_series: int) -> None:
        self.history.add_series(n_series - self.history.n_series)
