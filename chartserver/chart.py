"""A chart: its description, its history, and what the ticker does with ticks that have come.

Any thread may append or push; only the ticker takes. Knows neither viewers nor sockets.
"""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from chartserver.alarm import Alarm, ThreadAlarm
from chartserver.batch import Batch, KeptKey
from chartserver.errors import PositionLost
from chartserver.history import MemoryHistory
from chartserver.inbox import join
from chartserver.inlet import Agree, Inlet
from chartserver.notes import Notes
from chartserver.pushes import NO_LIMITS, PushLimits
from chartserver.sources.source import Last
from chartserver.status import Status
from chartserver.store.store import Restored
from chartserver.ticks import Position, Series, Ticks


class Chart(Inlet):
    """A named set of series that share time, history and room.

    What it takes, and the arguments that are for that, are those of its Inlet.

    Attributes:
        history: what viewers see; the ticker alone appends to it.
        batch: ticks on their way into the history; the ticker's.
        arrived_s: when the first of the ticks that were taken last had come, on `clock`.
        ticks_taken: ticks moved into the history, since the start.
        frames: runs of ticks handed to the broadcast, since the start.
        viewers: how many watch now.
        viewers_elsewhere: how many watch the same chart at other processes.
        joins: how many have come, since the start.
        presenters: who of them shows the others what they look at, the first ones.
        more_presenters: how many more do.
        notes: what viewers have remarked.
        renewals: how often the history began anew under viewers, since the start.
        renewal: why, the last time.
        is_pushed: whether a push made it.
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
        agree: Agree | None = None,
    ) -> None:
        super().__init__(
            name,
            history,
            now_ms=now_ms,
            series=series,
            on_put=on_put,
            on_push=on_push,
            clock=clock,
            limits=limits,
            make_alarm=make_alarm,
            agree=agree,
        )
        self.batch: Batch | None = None
        self.arrived_s = -math.inf
        self.ticks_taken = 0
        self.frames = 0
        self.viewers = self.joins = 0
        self.viewers_elsewhere = 0
        self.presenters: tuple[Mapping[str, str], ...] = ()
        self.more_presenters = 0
        self._arrived_ms: float | None = None
        self.is_pushed = False
        self.renewals = 0
        self.renewal = ""
        self._changes = 0
        self._title = title
        self._interval_s = interval_s
        self._panels = panels
        self.notes = Notes(on_put)

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

        A history that several processes share must be reachable, whether ticks wait or not. The
        ticker tells it to viewers.
        """
        if self.fault and self.source_status.status != "stopping":
            if self.is_shared:
                return Status("failed", f"history not reachable: {self.fault}")
            if self.n_waiting:
                return Status("failed", f"the history cannot be kept: {self.fault}; ticks wait")
        return self.source_status

    @status.setter
    def status(self, status: Status) -> None:
        self.source_status = status

    @property
    def n_waiting(self) -> int:
        """How many ticks have come and are not in the history yet."""
        batch = self.batch
        return len(self._inbox) + (len(batch) if batch else 0)

    @property
    def all_viewers(self) -> int:
        """How many watch now, at whichever process."""
        return self.viewers + self.viewers_elsewhere

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
            "viewers": self.all_viewers,
            "arrived_ms": self._arrived_ms,
        }

    def attendance(self) -> dict[str, Any]:
        """Return what viewers are told of each other: how many watch, and who presents."""
        told: dict[str, Any] = {"chart": self.name, "viewers": self.all_viewers}
        if self.presenters:
            told["presenters"] = list(self.presenters)
        if self.more_presenters:
            told["more_presenters"] = self.more_presenters
        return told

    def adopt(self, title: str, series: Sequence[Series], interval_s: float | None) -> None:
        """Take over what a source says of itself, where nobody has said it before.

        Series that are known stay where they are. Blocks, for a moment, where other processes have
        the chart, too.

        Raises:
            NotKept: they cannot be asked.
        """
        known = {one.name for one in self.series}
        self._agree_on([one for one in series if one.name not in known])
        with self._lock:
            self._title = self._title or title
            self._interval_s = interval_s or self._interval_s
            self._series.complete(series)
            self._series.add(series)
            self._changes += 1

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
            parts=parts if self.is_shared else (),
        )
        return self.batch

    def settle(self, ticks: Ticks) -> Ticks:
        """Say that the batch is in the history, as `ticks`, and return them; for the ticker."""
        batch, self.batch = self.batch, None
        assert batch is not None, "a batch is settled once"
        self._count(ticks, batch.arrived_s)
        batch.complete(ticks)
        return ticks

    def advance(self, ticks: Ticks, keys: Sequence[KeptKey], arrived_s: float) -> Ticks:
        """Append ticks that are kept, of whichever process, and return them; for the ticker.

        `keys` are of the pushes in them; they have come to this process at `arrived_s`.
        """
        taken = self.history.append(ticks.time_ms, ticks.values)
        with self._lock:
            self._inbox.pass_by(float(ticks.time_ms[-1]))
            self.pushes.restore(keys, taken.epoch)
            if not self.fence:
                self._be_live()
        self._count(taken, arrived_s)
        return taken

    def renew(self, restored: Restored, reason: str) -> bool:
        """Begin the history anew as it was `restored`, for a `reason`; for the ticker.

        False when the series are not those of before in their places, so that what waits for
        them does not fit any more.
        """
        with self._lock:
            n_before = len(self._series)
            self.history.reset(len(restored.series), restored.ticks)
            has_kept_places = self._series.replace(restored.series)
            self._inbox.begin_after(self.history.last_time_ms)
            self.pushes.restore(restored.keys, restored.epoch)
            self._title = self._title or restored.title
            # However many series there were: the version has changed.
            self._changes += n_before + 1
        self.renewals += 1
        self.renewal = reason
        return has_kept_places

    def _count(self, ticks: Ticks, arrived_s: float) -> None:
        self.arrived_s = arrived_s
        self._arrived_ms = self._now_ms()
        self.ticks_taken += len(ticks)

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
