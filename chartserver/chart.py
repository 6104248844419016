"""A chart: its description, its history, and the ticks that wait for the ticker.

Any thread may append or push; only the ticker takes. Knows neither viewers nor sockets.
"""

import math
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from chartserver.alarm import Alarm, ThreadAlarm
from chartserver.batch import Batch, KeptKey
from chartserver.errors import (
    ChartClosed,
    ChartServerError,
    InboxFull,
    NotKept,
    NotPushable,
    PositionLost,
)
from chartserver.history import MemoryHistory
from chartserver.inbox import INBOX_TICKS, Inbox, join
from chartserver.notes import Notes
from chartserver.order import next_time
from chartserver.pushes import NO_LIMITS, REFUSALS, Pushes, PushLimits
from chartserver.receipt import Receipt
from chartserver.series_table import SeriesTable
from chartserver.sources.source import Last
from chartserver.status import LIVE, Status
from chartserver.ticks import Position, Run, Series, Tick, Ticks, check_chart_name


class Chart:
    """A named set of series that share time, history and room.

    `on_put` is called, by any thread, after ticks have come, and `on_push` with the name of the
    chart after some were pushed; `make_alarm` makes what the task of a pusher can wait for.

    Attributes:
        history: what viewers see; the ticker alone appends to it.
        batch: ticks on their way into the history; the ticker's.
        fault: why nothing can be kept at the moment, "" when all is well.
        source_status: as its thread or the ticker found it; live with each tick that comes.
        arrived_s: when the first of the ticks that were taken last had come, on `clock`.
        ticks_taken: ticks moved into the history, since the start.
        frames: runs of ticks handed to the broadcast, since the start.
        viewers: how many watch now.
        joins: how many have come, since the start.
        presenters: who of them shows the others what they look at, the first ones.
        ticks_refused: ticks of the source that did not fit, since the start.
        notes: what viewers have remarked.
        pushes: what is pushed, counted.
        is_pushable: whether it takes pushes: it has no source of its own.
        is_pushed: whether a push made it.
        fence: the token of the lease under which its source runs here; "" where there is none.
        ticks_fenced: ticks of the source that came after the lease was lost, since the start.
    """

    def __init__(
        self,
        name: str,
        *,
        now_ms: Callable[[], float],
        history: MemoryHistory,
        title: str = "",
        series: Sequence[Series] = (),
        interval_s: float | None = None,
        panels: str = "auto",
        on_put: Callable[[], object] = lambda: None,
        on_push: Callable[[str], object] = lambda _: None,
        clock: Callable[[], float] = time.monotonic,
        limits: PushLimits = NO_LIMITS,
        make_alarm: Callable[[], Alarm] = ThreadAlarm,
    ) -> None:
        self._on_put = on_put
        self._on_push = on_push
        self.name = check_chart_name(name)
        self.history = history
        self.batch: Batch | None = None
        self.fault = ""
        self.arrived_s = -math.inf
        self.ticks_taken = 0
        self.frames = 0
        self.viewers = self.joins = 0
        self.presenters: tuple[Mapping[str, str], ...] = ()
        self._arrived_ms: float | None = None
        self.ticks_refused = 0
        self.fence = ""
        self.ticks_fenced = 0
        self.is_pushable = True
        self.is_pushed = False
        self.source_status = Status("waiting", "no tick has come yet")
        self._changes = 0
        self._title = title
        self._interval_s = interval_s
        self._panels = panels
        self._now_ms = now_ms
        self._lock = threading.Lock()
        self._is_closed = False
        self._series = SeriesTable(name, self._widen_history)
        self._series.add(series)
        self._inbox = Inbox(clock, history.last_time_ms)
        self.notes = Notes(on_put)
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
    def interval_s(self) -> float | None:
        """Seconds between ticks, None when there is no beat."""
        return self._interval_s

    @property
    def version(self) -> int:
        """A number that rises whenever the description changes."""
        return self._changes + len(self._series)

    @property
    def status(self) -> Status:
        """How the chart is: as its source is, or failed while ticks wait that cannot be kept.

        The ticker tells it to viewers.
        """
        if self.fault and self.n_waiting and self.source_status.status != "stopping":
            return Status("failed", f"the history cannot be kept: {self.fault}; ticks wait")
        return self.source_status

    @status.setter
    def status(self, status: Status) -> None:
        self.source_status = status

    @property
    def values_refused(self) -> int:
        """Infinities taken for missing values, since the start."""
        return self._series.values_refused

    @property
    def is_full(self) -> bool:
        """Whether the inbox takes no more of a source until the next beat of the ticker."""
        return len(self._inbox) >= INBOX_TICKS

    @property
    def n_waiting(self) -> int:
        """How many ticks have come and are not in the history yet."""
        batch = self.batch
        return len(self._inbox) + (len(batch) if batch else 0)

    def describe(self) -> dict[str, Any]:
        """Return the description, as it stands in a snapshot and in the HTTP interface."""
        epoch, offset = self.history.position
        status = self.status
        return {
            "name": self.name,
            "title": self._title or self.name,
            "series": [series.describe() for series in self.series],
            "panels": self._panels,
            "interval_ms": self._interval_s and self._interval_s * 1000,
            "epoch": epoch,
            "offset": offset,
            "status": status.status,
            "reason": status.reason,
            "viewers": self.viewers,
            "arrived_ms": self._arrived_ms,
        }

    def attendance(self) -> dict[str, Any]:
        """Return what viewers are told of each other: how many watch, and who presents."""
        told: dict[str, Any] = {"chart": self.name, "viewers": self.viewers}
        return told | {"presenters": list(self.presenters)} if self.presenters else told

    def adopt(self, title: str, series: Sequence[Series], interval_s: float | None) -> None:
        """Take over what a source says of itself, where nobody has said it before.

        Series that are known stay where they are.
        """
        with self._lock:
            self._title = self._title or title
            self._interval_s = interval_s or self._interval_s
            self._series.complete(series)
            self._series.add(series)
            self._changes += 1

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
            self._inbox.put(time_ms, self._series.row(tick.values))
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

    def put_up_fence(self, fence: str) -> None:
        """Have ticks of the source go under `fence` from now on; what waits of before is dropped.

        For who holds the lease of its source, or has lost it.
        """
        with self._lock:
            self.ticks_fenced += self._inbox.drop_singles()
            self.fence = fence

    def last(self) -> Last | None:
        """Return the last tick of the history; None when it has none. For any thread."""
        epoch, offset = self.history.position
        if not len(self.history):
            return None
        try:
            ticks = self.history.since(Position(epoch, offset - 1))
        except PositionLost:  # in between the history has begun anew
            return self.last()
        values = zip(self.series, ticks.values[:, -1].tolist(), strict=False)
        known = {series.name: value for series, value in values if not math.isnan(value)}
        return Last(ticks.offset, float(ticks.time_ms[-1]), known)

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

    def take(self) -> Ticks | None:
        """Move what waits into the history and return it; None when nothing waits.

        For the ticker alone.
        """
        # Ticks for which there was no memory wait as a batch: whoever gave them was told that they
        # are taken.
        batch = self.batch or self.collect()
        if batch is None:
            return None
        return self.settle(self.history.append(batch.time_ms, batch.values))

    def collect(self) -> Batch | None:
        """Take what waits as a batch that is on its way until `settle`; for the ticker alone."""
        with self._lock:
            parts = self._inbox.take(self._is_closed)
            if not parts:
                return None
            series = self._series.all()
            fence = self.fence
        try:
            columns = join(parts, len(series))
        except MemoryError:
            with self._lock:
                self._inbox.put_back(parts)
            raise
        self.batch = Batch(
            self.name,
            columns.time_ms,
            columns.values,
            epoch=self.history.epoch,
            title=self._title,
            series=series,
            keys=columns.keys,
            is_pushed=self.is_pushed,
            arrived_s=min(part.arrived_s for part in parts),
            receipts=columns.receipts,
            fence=fence,
        )
        return self.batch

    def settle(self, ticks: Ticks) -> Ticks:
        """Say that the batch is in the history, as `ticks`, and return them; for the ticker."""
        batch, self.batch = self.batch, None
        assert batch is not None, "a batch is settled once"
        self.arrived_s = batch.arrived_s
        self._arrived_ms = self._now_ms()
        self.ticks_taken += len(ticks)
        batch.complete(ticks)
        return ticks

    def give_up(self, fault: str) -> None:
        """Tell those who pushed what still waits that it is not kept, and may never be.

        Should it be kept all the same, who asks again is told so. For the ticker.
        """
        with self._lock:
            receipts = list(self._inbox.receipts())
        if self.batch:
            receipts += [receipt for receipt, _ in self.batch.receipts]
        for receipt in receipts:
            receipt.fail(fault)

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
