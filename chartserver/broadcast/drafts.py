"""The drafts of large answers: made one at a time, and kept for all who ask for the same."""

import contextlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Protocol

from chartserver.broadcast.draft import Draft, make_draft
from chartserver.broadcast.subscription import Subscription
from chartserver.errors import PositionLost

KEPT_BYTES = 32 * 1024 * 1024
# An answer about so many values takes some two milliseconds: it is made in one step.
AT_ONCE_VALUES = 100_000
# After so long the loop is given to others.
TURN_S = 0.003
# For so long somebody waits for the drafts of others; then a coarser answer has to do.
WAIT_S = 2.0


class Event(Protocol):
    """What tasks wait for; `threading.Event`, or that of an async library."""

    def set(self) -> object:
        """Wake who waits."""

    def wait(self, timeout: float | None = None) -> object:
        """Wait until it is set."""


class Drafts:
    """Makes and keeps drafts, of `kept_bytes` in all at most: the least used go.

    `sleep(0)` gives the loop to others; `make_event` makes what their tasks wait for. Counter:
    `made`.
    """

    def __init__(
        self,
        sleep: Callable[[float], object],
        make_event: Callable[[], Event] = threading.Event,
        kept_bytes: int = KEPT_BYTES,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.made = 0
        self.kept_bytes = 0
        self._sleep = sleep
        self._make_event = make_event
        self._limit_bytes = kept_bytes
        self._clock = clock
        self._kept: OrderedDict[Any, Draft] = OrderedDict()
        self._at_work: Event | None = None
        self._turn_s = 0.0

    def are_for(self, subscription: Subscription) -> bool:
        """Whether the answer is too large to be made in one step."""
        n_series = subscription.chart.history.n_series
        return subscription.extent().n_ticks * n_series > AT_ONCE_VALUES

    def has(self, subscription: Subscription) -> bool:
        """Whether the draft is there, and fresh."""
        draft = self._kept.get(_key(subscription))
        return draft is not None and draft.is_fresh(subscription.chart)

    def prepare(self, subscription: Subscription) -> None:
        """Have the draft made, in turns with others, unless it is there."""
        until_s = self._clock() + WAIT_S
        while not self.has(subscription):
            if self._at_work is None:
                self._make(subscription)
                return
            if self._clock() >= until_s:
                return
            self._at_work.wait(until_s - self._clock())

    def join(self, subscription: Subscription) -> dict[str, Any] | None:
        """Return the frame of the answer, whole; None when there is no draft that would do.

        Takes no turns: no tick can come between it and what the caller does next.
        """
        key = _key(subscription)
        draft = self._kept.get(key)
        if draft is None:
            return None
        self._kept.move_to_end(key)
        return draft.join(subscription.chart)

    def _make(self, subscription: Subscription) -> None:
        at_work = self._at_work = self._make_event()
        try:
            self._turn_s = self._clock()
            key = _key(subscription)
            # Lost meanwhile: the answer is a snapshot then, and says so.
            with contextlib.suppress(PositionLost):
                self._keep(key, make_draft(subscription, self._give_way))
                self.made += 1
        finally:
            self._at_work = None
            at_work.set()

    def _give_way(self) -> None:
        if self._clock() - self._turn_s > TURN_S:
            self._sleep(0)
            self._turn_s = self._clock()

    def _keep(self, key: Any, draft: Draft) -> None:
        self._drop(key)
        self._kept[key] = draft
        self.kept_bytes += draft.held_bytes
        while self.kept_bytes > self._limit_bytes and len(self._kept) > 1:
            self._drop(next(iter(self._kept)))

    def _drop(self, key: Any) -> None:
        draft = self._kept.pop(key, None)
        if draft is not None:
            self.kept_bytes -= draft.held_bytes


def _key(subscription: Subscription) -> Any:
    extent = subscription.extent()
    return subscription.chart.name, extent.since, extent.points
