"""Moves what has come of each chart into the log of all processes, and that into the histories.

All ticks come into the history by the log, those of this process too: by one way, in one order. Of
a chart there is one batch on its way at a time; what comes meanwhile waits in the inbox.
"""

import logging
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Protocol

from chartserver.batch import Batch, Fenced, Late
from chartserver.chart import Chart
from chartserver.operation.histogram import Histogram
from chartserver.pushes import REFUSALS
from chartserver.shared.again import Again, after_late, without_repeats
from chartserver.shared.lineage import Lineage
from chartserver.shared.news import (
    Came,
    News,
    NoteCame,
    NotesCame,
    Renewed,
    SeriesCame,
    Told,
)
from chartserver.shared.told_status import STATUS, ToldStatus, show_status
from chartserver.ticks import Position, Ticks, joined

# So long it is tried again before anybody is told that the log is out of reach.
PATIENCE_S = 1.0
# What was asked for again is there in some milliseconds.
ASK_AGAIN_S = 1.0
# After which a batch that was kept, and has not come by the log, was lost with it.
LOST_S = 10.0
MOVED = "the chart has begun anew with other series; push again"

log = logging.getLogger(__name__)


class Log(Protocol):
    """What is asked of the store of several processes here; see `shared.store`."""

    def fault_of(self, chart: str) -> str:
        """Return why a chart cannot be written or read now; "" when all is well."""

    def submit(self, batch: Batch, on_done: Callable[[], None]) -> None:
        """Have `batch` kept, or refused; returns at once."""

    def tell(self, chart: str, kind: str, content: Mapping[str, Any]) -> None:
        """Tell all processes something of a chart; returns at once."""

    def watch(self, chart: str, position: Position) -> None:
        """Have what comes after `position` heard; may block for a moment."""


class SharedKeeper:
    """Has ticks kept by `log` before anybody sees them.

    `call` is called with the name of a chart, by any thread, when there is something to `take` that
    somebody here waits for, and `wake` when it is for the next beat of the ticker.
    A frame goes out each `frame_interval_s`.

    Attributes:
        late: batches that came behind those of another process, since the start.
        repeats: pushes that another process had kept already, since the start.
        renewals: histories that began anew, since the start.
        round: from when a batch is given to the log until the history has it, in seconds.
    """

    def __init__(
        self,
        log: Log,
        call: Callable[[str], None],
        wake: Callable[[], object],
        frame_interval_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.late = self.repeats = self.renewals = 0
        self.round = Histogram()
        self._log = log
        self._call = call
        self._wake = wake
        self._frame_interval_s = frame_interval_s
        self._clock = clock
        # By chart: what was heard of it, and when.
        self._heard: dict[str, deque[tuple[float, News]]] = {}
        # By chart: since when something is wrong with its log.
        self._fault_s: dict[str, float] = {}
        self._told_status = ToldStatus(log.tell)
        self._lineage = Lineage()
        self._given_s: dict[str, float] = {}
        # Charts of which something was given to the log here.
        self._given: dict[str, Chart] = {}
        # Held by who makes a batch of what waits.
        self._giving = threading.Lock()
        self._kept_s: dict[str, float] = {}
        self._asked_s: dict[str, float] = {}

    def hear(self, name: str, news: News) -> None:
        """Take note of news of a chart; from any thread, at once."""
        self._heard.setdefault(name, deque()).append((self._clock(), news))
        given = self._given.get(name)
        if given is not None and given.batch is not None:
            self._call(name)
        else:
            self._wake()

    def take(self, chart: Chart) -> Ticks | None:
        """Move what has come into the history and return it, and have kept what waits.

        None when nothing has come since the last time. For the ticker alone.
        """
        chart.fault = self._lasting_fault(chart.name)
        came = self._catch_up(chart)
        self._told_status.tell(chart)
        if chart.batch is not None:
            self._look_after(chart, chart.batch)
        self._submit(chart)
        return joined(came) if came else None

    def give(self, chart: Chart) -> bool:
        """Have kept what has come after a quiet time, at once and from any thread.

        False when it is for the ticker to have it kept: with all else of a frame.
        """
        quiet_s = self._clock() - self._given_s.get(chart.name, -math.inf)
        try:
            return quiet_s >= self._frame_interval_s and self._submit(chart)
        except MemoryError:
            return False  # what came was put back: it is not lost

    def _submit(self, chart: Chart) -> bool:
        """Have kept what waits, unless something is on its way; whether there was anything."""
        with self._giving:
            batch = chart.collect() if chart.batch is None else None
            if batch is None:
                return False
            self._given[chart.name] = chart
            self._given_s[chart.name] = self._clock()
        self._log.submit(batch, partial(self._call, chart.name))
        return True

    def _lasting_fault(self, name: str) -> str:
        """Return what is wrong with a log, once that has lasted: most of it is over at once."""
        fault = self._log.fault_of(name)
        if not fault:
            self._fault_s.pop(name, None)
            return ""
        now_s = self._clock()
        return fault if now_s - self._fault_s.setdefault(name, now_s) >= PATIENCE_S else ""

    # What is heard.

    def _catch_up(self, chart: Chart) -> list[Ticks]:
        came: list[Ticks] = []
        heard = self._heard.get(chart.name)
        while heard:
            arrived_s, news = heard.popleft()
            if isinstance(news, Came):
                ticks = self._advance(chart, news, arrived_s)
                if ticks is not None:
                    came.append(ticks)
            elif isinstance(news, Renewed):
                # Whoever watches is sent a snapshot, with all that is in it.
                came.clear()
                self._renew(chart, news)
            else:
                _take_in(chart, news)
        return came

    def _advance(self, chart: Chart, news: Came, arrived_s: float) -> Ticks | None:
        ticks = news.ticks
        epoch, offset = chart.history.position
        known = offset - (ticks.offset - len(ticks))
        if ticks.epoch != epoch or known < 0 or len(ticks.values) > chart.history.n_series:
            self._ask_again(chart)
            return None
        if known:
            ticks = Ticks(epoch, ticks.offset, ticks.time_ms[known:], ticks.values[:, known:])
        if not len(ticks):
            return None
        batch = chart.batch
        if batch is not None and len(batch) == len(ticks):
            is_own = batch.time_ms[-1] == ticks.time_ms[-1]
            arrived_s = batch.arrived_s if is_own else arrived_s
        return chart.advance(ticks, news.keys, arrived_s)

    def _ask_again(self, chart: Chart) -> None:
        """Have all that comes after the end of the history told again: some of it is missing."""
        now_s, position = self._clock(), chart.history.position
        if now_s - self._asked_s.get(chart.name, -math.inf) >= ASK_AGAIN_S:
            self._asked_s[chart.name] = now_s
            log.warning("chart %s: what was read does not follow; it is read again", chart.name)
            watch = partial(self._log.watch, chart.name, position)
            threading.Thread(target=watch, name="watch-again", daemon=True).start()

    def _renew(self, chart: Chart, news: Renewed) -> None:
        self.renewals += 1
        restored = news.restored
        if restored.came_from:
            came_from = Position(restored.came_from, restored.came_at)
            self._lineage.note(restored.epoch, came_from)
        # No batch is made of what came for the series before with those after.
        with self._giving:
            if not chart.renew(restored, news.reason):
                _let_go(chart)
        chart.notes.take_over(restored.notes, is_anew=True)
        show_status(chart, restored.told.get(STATUS, {}))

    # What is on its way.

    def _look_after(self, chart: Chart, batch: Batch) -> None:
        if batch.refusal is not None:
            self._try_again(chart, batch)
        elif batch.ticks is not None:
            self._confirm(chart, batch, batch.ticks)
        elif chart.fault:
            # Who pushed is told at once; a repeat under its key is not taken twice.
            chart.give_up(chart.fault)

    def _confirm(self, chart: Chart, batch: Batch, ticks: Ticks) -> None:
        """Settle a batch once the history here has it: who asks here then finds it."""
        epoch, offset = chart.history.position
        if offset >= ticks.offset and self._lineage.leads_to(ticks.position, epoch):
            self._kept_s.pop(chart.name, None)
            self.round.observe(self._clock() - self._given_s[chart.name])
            chart.batch = None
            batch.complete(replace(ticks, epoch=epoch))
        elif ticks.epoch != epoch:
            kept_s = self._kept_s.setdefault(chart.name, self._clock())
            if self._clock() - kept_s > LOST_S:
                del self._kept_s[chart.name]
                self._put_back(chart, Again(parts=list(batch.parts)))

    def _try_again(self, chart: Chart, batch: Batch) -> None:
        refusal = batch.refusal
        if isinstance(refusal, Fenced) or batch.fence != chart.fence:
            chart.batch = None
            chart.ticks_fenced += len(batch)
            if batch.fence == chart.fence:
                # Whoever holds the lease now tells how the source is.
                chart.put_up_fence("")
        elif not batch.parts:
            chart.batch = None
            for receipt, _ in batch.receipts:
                receipt.fail(MOVED)
        elif isinstance(refusal, Late):
            self.late += 1
            with chart.waiting() as inbox:
                inbox.pass_by(refusal.last_ms)
            self._put_back(chart, after_late(batch.parts, refusal.last_ms))
        elif refusal is not None:
            again = without_repeats(batch.parts, refusal.keys)
            self.repeats += len(again.kept)
            self._put_back(chart, again)

    def _put_back(self, chart: Chart, again: Again) -> None:
        with chart.waiting() as inbox:
            chart.batch = None
            inbox.put_back(again.parts)
            for part, _ in again.refused:
                inbox.drop_push(part.receipt)
                chart.pushes.forget(part.digest)
        chart.ticks_refused += again.dropped
        for part, error in again.refused:
            chart.pushes.runs_refused[REFUSALS[type(error)]] += 1
            part.receipt.refuse(error)
        for part, key in again.kept:
            part.receipt.complete(chart.history.epoch, key.offset)


def _take_in(chart: Chart, news: News) -> None:
    if isinstance(news, SeriesCame):
        chart.know_series(news.series)
    elif isinstance(news, Told) and news.kind == STATUS:
        show_status(chart, news.content)
    elif isinstance(news, NoteCame):
        chart.notes.come(news.revision, news.note, news.removed)
    elif isinstance(news, NotesCame):
        chart.notes.take_over(news.kept)


def _let_go(chart: Chart) -> None:
    """Give up what waits for series that have moved; who pushed it may push again."""
    with chart.waiting() as inbox:
        for part in inbox.clear():
            chart.pushes.forget(part.digest)
            part.receipt.fail(MOVED)
    if chart.batch is not None:
        chart.batch.parts = ()
