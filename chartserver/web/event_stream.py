"""The answer to one viewer that takes server-sent events: an iterator that waits for what is new.

The viewer is a position. Whatever waits for it is in the history, once for all.
"""

import random
import time
from collections.abc import Callable, Generator, Iterator
from functools import partial

from chartserver.access.rules import Permit
from chartserver.broadcast.catch_up import NOWHERE
from chartserver.broadcast.event_lines import HEARTBEAT, event_lines, retry_line
from chartserver.broadcast.readers import Reader, Readers
from chartserver.broadcast.subscription import Subscription
from chartserver.broadcast.tides import Tides
from chartserver.chart import Chart
from chartserver.stack.connection import Line

KIND = "sse"
# Heroku's router ends what is silent for 55 s, others after 30.
HEARTBEAT_S = 15.0
# Within which a viewer comes back whose connection was lost, each at a moment of its own.
RETRY_S = (1.0, 3.0)


class EventStreams:
    """Answers viewers of this kind, who are counted and judged as `readers`.

    Args:
        count: counts viewers of a chart, one more (1) or less (-1).
        answered: is told of the first event of each.
        spend: takes what an answer costs from the budget of an address, or raises TooCostly.
        sleep: gives the loop to others for so many seconds.
        clock: Unix time, in seconds.
    """

    def __init__(
        self,
        readers: Readers,
        tides: Tides,
        *,
        count: Callable[[Chart, int], object],
        answered: Callable[[str], object],
        spend: Callable[[str, int], object] = lambda _address, _cost: None,
        sleep: Callable[[float], object] = time.sleep,
        clock: Callable[[], float] = time.time,
        spread: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self.readers = readers
        self.tides = tides
        self.count = count
        self.answered = answered
        self.clock = clock
        self._spend = spend
        self._sleep = sleep
        self.spread = spread

    def prepare(self, subscription: Subscription, address: str) -> None:
        """Do what takes long of the first event, in turns with others.

        Raises:
            TooCostly: too much was asked for from there; nothing is done.
        """
        subscription.wait_for_others(self._sleep)
        self.tides.snapshots.prepare(subscription, partial(self._spend, address))

    def answer(
        self, subscription: Subscription, permit: Permit, address: str, line: Line
    ) -> "EventStream":
        """Return the answer to one viewer, which counts from now on until it is closed."""
        reader = self.readers.enter(KIND, address)
        reader.line = line
        return EventStream(self, reader, subscription, permit.expires_s)


class EventStream:
    """Yields events for as long as the viewer may watch; `close` is to be called at the end."""

    def __init__(
        self,
        streams: EventStreams,
        reader: Reader,
        subscription: Subscription,
        expires_s: float,
    ) -> None:
        self._streams = streams
        self._reader = reader
        self._chart = subscription.chart
        self._subscription = subscription
        self._expires_s = expires_s
        self._epoch, self._offset = "", 0
        self._tide = streams.tides.of(self._chart)
        self._told = self._tide.told
        self._group = self._tide.enter()
        streams.count(self._chart, 1)
        self._pieces = self._events()

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        """Return what is new, once there is something; the last piece has been taken."""
        self._reader.stuck_since_s = None
        piece = next(self._pieces)
        self._reader.stuck_since_s = self._streams.readers.clock()
        return piece

    def close(self) -> None:
        """Count the viewer no more."""
        if self._streams.readers.leave(self._reader):
            self._tide.leave(self._group)
            self._streams.count(self._chart, -1)
            self._pieces.close()

    def _events(self) -> Generator[bytes, None, None]:
        event, content, message = self._streams.tides.snapshots.answer(self._subscription)
        self._streams.answered(event)
        # No turn for others since the answer was made.
        self._epoch, self._offset = self._chart.history.epoch, content["offset"]
        yield retry_line(self._streams.spread(*RETRY_S)) + message.payload
        while not self._has_expired():
            # Both before it is looked whether there is something.
            bell, return_within_s = self._group.bell, self._chart.status.return_within_s
            if return_within_s is not None:
                yield from self._new_ticks()
                yield self._last_words(return_within_s)
                return
            yield from self._new_notices()
            yield from self._new_ticks()
            left_s = min(HEARTBEAT_S, self._expires_s - self._streams.clock())
            if left_s > 0 and not bell.wait(left_s):
                yield HEARTBEAT

    def _new_notices(self) -> Iterator[bytes]:
        told, self._told = self._told, self._tide.told
        yield from self._tide.notices_after(told)

    def _new_ticks(self) -> Iterator[bytes]:
        while not self._has_expired():
            epoch, offset = self._chart.history.position
            if epoch != self._epoch:
                self._epoch, self._offset = epoch, NOWHERE
            if self._offset == offset:
                return
            message, self._offset = self._streams.tides.catch_ups.lead_on(self._chart, self._offset)
            yield message.payload

    def _has_expired(self) -> bool:
        return self._streams.clock() >= self._expires_s

    def _last_words(self, return_within_s: float) -> bytes:
        """Tell of the stop, and a moment of its own to come back at."""
        notice = event_lines("status", self._chart.status.notice(self._chart.name))
        return retry_line(self._streams.spread(0.0, return_within_s)) + notice
