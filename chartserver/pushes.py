"""What is pushed to a chart: held to limits, put into order, and never taken twice.

Has no lock: its chart has one.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from chartserver.alarm import Alarm, ThreadAlarm
from chartserver.batch import KeptKey
from chartserver.errors import (
    BadTick,
    ChartClosed,
    ChartServerError,
    InboxFull,
    KeyReused,
    NotKept,
    NotPushable,
    PushedTooFast,
    RunTooLong,
)
from chartserver.inbox import Inbox, Pushed
from chartserver.intake.bucket import Bucket
from chartserver.order import Ordered, in_order
from chartserver.push_keys import PushKeys
from chartserver.receipt import Receipt
from chartserver.series_table import SeriesTable
from chartserver.sources.source import SERIES_MAX
from chartserver.ticks import RUN_TICKS_MAX, Run, Series

# What waits is taken several times a second.
RETRY_S = 1.0
REFUSALS: Mapping[type[ChartServerError], str] = {
    BadTick: "bad_tick",
    ChartClosed: "stopping",
    InboxFull: "inbox_full",
    KeyReused: "key_reused",
    NotKept: "not_kept",
    NotPushable: "has_source",
    PushedTooFast: "too_fast",
    RunTooLong: "too_long",
}


class PushLimits(NamedTuple):
    """What pushes may do to a chart.

    Attributes:
        series: how many series it may get by them.
        ticks_per_s: how many ticks a second it takes of them, on the average.
        reorder_s: how old, by its time, a tick of theirs is to be before it goes to viewers, so
            that those which belong before it may still come.
        future_s: how far ahead of the clock the time of a tick may be.
    """

    series: int = SERIES_MAX
    ticks_per_s: float = math.inf
    reorder_s: float = 0.0
    future_s: float = math.inf


NO_LIMITS = PushLimits()


class Pushes:
    """Takes runs for one chart into its inbox.

    Attributes:
        ticks_pushed: taken, since the start.
        runs_refused: how many, by kind; all kinds are there from the start.
    """

    def __init__(
        self,
        chart_name: str,
        inbox: Inbox,
        series: SeriesTable,
        *,
        now_ms: Callable[[], float],
        clock: Callable[[], float],
        limits: PushLimits = NO_LIMITS,
        make_alarm: Callable[[], Alarm] = ThreadAlarm,
    ) -> None:
        self.ticks_pushed = 0
        self.runs_refused: Counter[str] = Counter(dict.fromkeys(REFUSALS.values(), 0))
        self._chart_name = chart_name
        self._inbox = inbox
        self._series = series
        self._now_ms = now_ms
        self._clock = clock
        self._limits = limits
        self._make_alarm = make_alarm
        self._reckoned = -math.inf, 0.0
        self._keys = PushKeys(clock)
        self._bucket = (
            Bucket(limits.ticks_per_s, limits.ticks_per_s, clock)
            if limits.ticks_per_s < math.inf
            else None
        )

    def repeated(self, digest: str) -> Receipt | None:
        """Return the receipt of the push that had this key, where there was one.

        Raises:
            KeyReused: it was another push.
        """
        receipt = self._keys.find(digest) if digest else None
        return receipt.repeated() if receipt else None

    def restore(self, keys: Iterable[KeptKey], epoch: str) -> None:
        """Know the pushes that a server before this one has kept, the oldest first."""
        self._keys.restore(keys, epoch)

    def forget(self, digest: str) -> None:
        """Know a push no more that was taken, and refused after all."""
        if digest:
            self._keys.forget(digest)

    def take(self, run: Run, digest: str) -> Receipt:
        """Take a run of at least one tick into the inbox: all of it, or else none.

        Raises:
            BadTick, RunTooLong, InboxFull: as `Chart.push` says.
        """
        now_ms = self._now_ms()
        ordered, added, n_gone = self._fitted(run, digest, now_ms)
        if self._bucket is not None:
            self._bucket.draw(len(run))
        self._series.add(added)
        return self._put(ordered, self._series.places(run), digest, n_gone, now_ms)

    def check(self, run: Run, digest: str) -> None:
        """Raise what `take` would raise of this run at this moment."""
        self._fitted(run, digest, self._now_ms())

    def _fitted(
        self, run: Run, digest: str, now_ms: float
    ) -> tuple[Ordered, Sequence[Series], int]:
        """Return a run in order, the series that it adds, and how many of it are kept already."""
        self._check_length(len(run))
        floor_ms = self._inbox.taken_ms
        # What was kept before a server ended in the midst of this run is in the history already.
        n_gone = self._keys.n_kept(digest, len(run)) if digest else 0
        ordered = in_order(
            run,
            now_ms=now_ms,
            floor_ms=floor_ms,
            n_gone=n_gone,
            latest_ms=self._latest_ms(now_ms),
        )
        added = self._series.added_by(run, self._limits.series)
        self._check_room(len(run))
        return ordered, added, n_gone

    def _latest_ms(self, now_ms: float) -> float:
        """Return the latest time that a tick may have.

        A clock that was set back does not refuse those who know the time.
        """
        reckoned_ms, at_s = self._reckoned
        now_s = self._clock()
        now_ms = max(now_ms, reckoned_ms + (now_s - at_s) * 1000)
        self._reckoned = now_ms, now_s
        return now_ms + self._limits.future_s * 1000

    def _due_s(self, last_ms: float, now_ms: float, now_s: float) -> float:
        """Return when a run is to go on whose last tick is of `last_ms`; old ones go at once."""
        young_s = self._limits.reorder_s - (now_ms - last_ms) / 1000
        if young_s <= 0 or not self._limits.reorder_s:
            return -math.inf
        return now_s + min(young_s, self._limits.reorder_s)

    def _put(
        self, ordered: Ordered, places: list[int], digest: str, n_gone: int, now_ms: float
    ) -> Receipt:
        n = len(ordered.time_ms)
        now_s = self._clock()
        receipt = Receipt(n, ordered.n_moved, make_alarm=self._make_alarm)
        self._series.values_refused += ordered.n_infinite
        self.ticks_pushed += n
        self._inbox.push(
            Pushed(
                ordered.time_ms[n_gone:],
                ordered.values[:, n_gone:],
                places,
                receipt,
                digest,
                arrived_s=now_s,
                due_s=self._due_s(float(ordered.time_ms[-1]), now_ms, now_s),
                n=n,
                n_kept=n,
                is_stamped=None if ordered.is_stamped is None else ordered.is_stamped[n_gone:],
            )
        )
        if digest:
            self._keys.add(digest, receipt)
        return receipt

    def _check_length(self, n: int) -> None:
        if n > RUN_TICKS_MAX:
            raise RunTooLong(
                f"got {n} ticks at once; expected at most {RUN_TICKS_MAX}: push them in parts",
                RUN_TICKS_MAX,
            )

    def _check_room(self, n: int) -> None:
        if len(self._inbox) + n > RUN_TICKS_MAX:
            raise InboxFull(
                f"chart {self._chart_name!r} already holds {len(self._inbox)} ticks that wait, and"
                f" room for {RUN_TICKS_MAX}; got {n}: push again in a moment",
                RETRY_S,
            )
        if self._bucket is None:
            return
        wait_s = self._bucket.wait_s
        if wait_s:
            raise PushedTooFast(
                f"chart {self._chart_name!r} is pushed more than {self._limits.ticks_per_s:g} ticks"
                f" a second; push again in {math.ceil(wait_s * 10) / 10:g} s",
                wait_s,
            )
