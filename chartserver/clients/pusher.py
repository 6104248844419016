"""Sends what is in a backlog, batch after batch, until the server has confirmed all of it.

Owns the order (one batch at a time is on its way), the keys of the batches, and the pauses. What
a batch looks like is in the wire protocol; how it travels is the endpoint's.
"""

import random
import threading
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import orjson

from chartserver.clients.backlog import Backlog, Entry
from chartserver.clients.endpoint import Confirmed, NoChartServer, PushRefused, TryAgain
from chartserver.clients.outage import pause_s
from chartserver.errors import ChartServerError
from chartserver.ticks import Position, Tick

# So long a tick waits for others to travel with.
LINGER_S = 0.1
# A server that asks for no pause at all gets this one.
PAUSE_LEAST_S = 0.1
PAUSE_HURRIED_S = 0.5


class Post(Protocol):
    """Sends a batch once; see `Endpoint.post`."""

    def __call__(self, body: bytes, key: str) -> Confirmed:
        """Return the confirmation, or raise TryAgain or PushRefused."""


class Pusher:
    """Empties a backlog into a server. `run` is for one thread, the rest for any.

    Attributes:
        confirmed: ticks that the server has taken.
        skipped: ticks that it refused, with `skip_bad`; `first_skipped` says why the first.
        reordered: confirmed ticks that were put before later ones.
        restarts: how often the chart's numbering began afresh: what was confirmed before is gone.
        position: the chart's end as of the last confirmation.
        overtaken: ticks that got the server's time in place of that of their reading, as others
            had pushed later ones meanwhile.
        trouble: why the batch on its way is not confirmed; "" while all is well.
        fault: what has ended it before its time.
    """

    def __init__(
        self,
        backlog: Backlog,
        post: Post,
        *,
        batch_ticks: int,
        skip_bad: bool = False,
        pause: Callable[[int, float], float] = pause_s,
    ) -> None:
        self.confirmed = self.skipped = self.reordered = self.restarts = self.overtaken = 0
        self.first_skipped = ""
        self.position: Position | None = None
        self.trouble = ""
        self.fault: ChartServerError | None = None
        self._backlog = backlog
        self._post = post
        self._batch_ticks = batch_ticks
        self._skip_bad = skip_bad
        self._pause_s = pause
        # Of this run alone: the same ticks pushed by another run are others.
        self._run = uuid.uuid4().hex
        self._batches = 0
        self._is_stopped = self._is_hurried = False
        self._wake = threading.Event()

    def run(self) -> None:
        """Send until the backlog has ended and is empty, until `stop`, or until a fault."""
        try:
            while batch := self._backlog.take(self._batch_ticks, LINGER_S):
                self._batches += 1
                if not self._push(batch):
                    return
        except ChartServerError as error:
            self.fault = error
        finally:
            self._backlog.close()

    def hurry(self) -> None:
        """Try at once, and with short pauses from now on."""
        self._is_hurried = True
        self._wake.set()

    def stop(self) -> None:
        """Try no more; what is on its way may still be confirmed."""
        self._is_stopped = True
        self._backlog.close()
        self._wake.set()

    def _push(self, batch: Sequence[Entry]) -> bool:
        """Send a batch until it is confirmed or dropped; return False when stopped before."""
        body, key = body_of([entry.tick for entry in batch]), f"{self._run}-{self._batches}"
        tries = 0
        while not self._is_stopped:
            try:
                self._confirm(batch, self._post(body, key))
                return True
            except TryAgain as error:
                tries += 1
                self._pause(error, tries)
            except PushRefused as error:
                if isinstance(error, NoChartServer) and self.position is not None:
                    # It was one before. What stands in its place may go again.
                    tries += 1
                    self._pause(TryAgain(str(error)), tries)
                    continue
                if error.is_late and _is_stamped(batch, error.tick):
                    # Nothing was taken, so that the key is free for the same with another time.
                    batch = [_of_now(entry) for entry in batch]
                    body = body_of([entry.tick for entry in batch])
                    continue
                self._skip(batch, error)
                return True
        return False

    def _confirm(self, batch: Sequence[Entry], answer: Confirmed) -> None:
        self._backlog.drop(len(batch))
        self.confirmed += len(batch)
        self.overtaken += sum(entry.tick.time_ms is None for entry in batch)
        self.reordered += answer.reordered
        if self.position is not None and answer.position.epoch != self.position.epoch:
            self.restarts += 1
        self.position = answer.position
        self.trouble = ""

    def _pause(self, error: TryAgain, tries: int) -> None:
        if error.is_lost and tries == 1:
            # A kept connection that the server has closed meanwhile is nothing to speak of.
            return
        self.trouble = str(error)
        chance = random.random()
        if error.after_s is None:
            wait_s = self._pause_s(tries - 1, chance)
        else:
            wait_s = max(PAUSE_LEAST_S, error.after_s) * (1 + chance / 10)
        self._wake.wait(min(wait_s, PAUSE_HURRIED_S) if self._is_hurried else wait_s)
        self._wake.clear()

    def _skip(self, batch: Sequence[Entry], error: PushRefused) -> None:
        """Drop the tick that was refused, so that the others go out anew; else raise."""
        if error.tick is None or error.tick >= len(batch):
            raise PushRefused(f"{_lines(batch)}: {error}" if error.is_content else str(error))
        told = f"line {batch[error.tick].line}: {error}"
        if not self._skip_bad:
            raise PushRefused(told)
        self._backlog.drop_one(error.tick)
        self.skipped += 1
        self.first_skipped = self.first_skipped or told
        self.trouble = ""


def _is_stamped(batch: Sequence[Entry], tick: int | None) -> bool:
    """Return whether a tick of a batch has the time of its reading."""
    return tick is not None and tick < len(batch) and batch[tick].is_stamped


def _of_now(entry: Entry) -> Entry:
    """Return an entry that leaves its time to the server, unless that stood in its line."""
    return entry._replace(tick=entry.tick._replace(time_ms=None)) if entry.is_stamped else entry


def body_of(ticks: Sequence[Tick]) -> bytes:
    """Return ticks as the JSON columns of a push; those without a time are of the server's now."""
    content: dict[str, object] = {"t": [tick.time_ms for tick in ticks]}
    if isinstance(ticks[0].values, Mapping):
        rows = [tick.values for tick in ticks if isinstance(tick.values, Mapping)]
        names = list(dict.fromkeys(name for row in rows for name in row))
        content["names"] = names
        # NaN becomes null, which is how JSON says missing.
        content["y"] = [[row.get(name) for row in rows] for name in names]
    else:
        content["y"] = [
            list(column) for column in zip(*(tick.values for tick in ticks), strict=True)
        ]
    return orjson.dumps(content)


def _lines(batch: Sequence[Entry]) -> str:
    first, last = batch[0].line, batch[-1].line
    return f"line {first}" if first == last else f"lines {first} to {last}"
