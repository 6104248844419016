"""Histories in Redis, which several processes write to and read together.

Keeps the promises of `Store`, and more: all processes have a chart under the same epoch, its ticks
under the same offsets and its series in the same order, and each is told of what comes.
"""

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from chartserver.batch import Batch
from chartserver.errors import ConfigError, StoreFault
from chartserver.notes import NO_NOTES, NOTES_MAX, Note, NoteConflict
from chartserver.shared import log, reading, scripts
from chartserver.shared.coding import json_text, note_text
from chartserver.shared.follower import Follower, OnNews
from chartserver.shared.link import Link
from chartserver.shared.mending import GRACE_MS, Mending
from chartserver.shared.redis_clock import RedisClock
from chartserver.shared.tail import Tails
from chartserver.shared.writer import Writer
from chartserver.store.store import Restored
from chartserver.ticks import Position, Series, Ticks


class SharedStore:
    """A store in the Redis of `link`.

    `capacity_of` says how many ticks of a chart, by its name, are kept there.

    Attributes:
        name: where it is, without a password.
        writer_name: what this process is called in logs.
        held: returns what the chart's own history has, should Redis lose it; to be set.
    """

    def __init__(
        self, link: Link, capacity_of: Callable[[str], int], grace_ms: int = GRACE_MS
    ) -> None:
        """Connect.

        Raises:
            StoreFault: Redis is not there.
        """
        self.name = link.name
        self.writer_name = secrets.token_hex(6)
        self.held: Callable[[str], Ticks | None] = lambda chart: None
        self._link = link
        self._capacity_of = capacity_of
        self._tails = Tails()
        mending = Mending(lambda chart: self.held(chart), grace_ms)
        self._clock = RedisClock()
        self._follower = Follower(link, self._tails, mending, capacity_of, self._clock)
        self._writer = Writer(
            link, self.writer_name, self._tails, mending, capacity_of, self._follower.lead, grace_ms
        )
        self._writer.start(self._clock)

    @property
    def fault(self) -> str:
        """Why nothing can be written or read now; "" when all is well."""
        return self._writer.fault or self._follower.fault

    def fault_of(self, chart: str) -> str:
        """Return why a chart cannot be written or read now; "" when all is well."""
        alone = self._writer.faults.of(chart) or self._follower.faults.of(chart)
        return self.fault or alone

    @property
    def ticks_kept(self) -> int:
        """How many ticks of this process were kept, since the start."""
        return self._writer.ticks_kept

    @property
    def commits(self) -> int:
        """How often something was written, since the start."""
        return self._writer.commits

    @property
    def failures(self) -> int:
        """How often it could not be, since the start."""
        return self._writer.failures

    @property
    def clock_offset_ms(self) -> float:
        """By how much the clock of Redis is ahead of that of this machine."""
        return self._clock.offset_ms

    def submit(self, batch: Batch, on_done: Callable[[], None]) -> None:
        """Have `batch` appended; returns at once. Afterwards it has `ticks` or a `refusal`."""
        self._writer.submit(batch, on_done)

    def tell(self, chart: str, kind: str, content: Mapping[str, Any]) -> None:
        """Have all processes told, this one as well; returns at once.

        While Redis is away the newest of each kind waits.
        """
        self._writer.tell(chart, kind, content)

    def join(
        self, chart: str, epoch: str, series: Sequence[Series], title: str, is_pushed: bool = False
    ) -> Restored:
        """Return a chart as all have it, made under `epoch` when it is not there; may block.

        Raises:
            StoreFault: Redis cannot be asked now.
        """
        # It is no news here, should all hear of it before it is watched.
        self._follower.know(chart)
        capacity = self._capacity_of(chart)
        try:
            self._link.call(lambda client: log.join(client, chart, epoch, series, title, is_pushed))
            found = self._link.call(lambda client: log.restore(client, chart, capacity))
        except StoreFault:
            self._follower.forget(chart)
            raise
        if found is None:
            raise StoreFault(f"has lost chart {chart!r} while it was read; try again")
        self._tails.of(chart).begin(*found)
        return found.restored

    def agree(self, chart: str, series: Sequence[Series]) -> Sequence[Series]:
        """Have all processes know these series; return all of the chart in the one order.

        May block.

        Raises:
            StoreFault: Redis cannot be asked now.
        """
        tail = self._tails.of(chart)
        known = tail.series
        agreed = self._link.call(lambda client: log.agree(client, chart, known, series))
        with tail.lock:
            if len(agreed) > len(tail.series):
                tail.series = agreed
        return agreed

    def follow(self, on_news: OnNews) -> None:
        """Begin to read what comes to all charts that are watched; only once.

        `on_news` is called in a thread of ours; it must not block.
        """
        self._follower.start(on_news)

    def watch(self, chart: str, position: Position) -> None:
        """Have news of a chart after `position`, which `join` or `restore` has returned."""
        self._follower.watch(chart, position)

    def keep_note(self, chart: str, note: Note, revision: int) -> None:
        """Keep a change of a chart's notes, and wait for that.

        Raises:
            NoteConflict: another process has made a change that is not known here.
            StoreFault: Redis cannot be asked now.
        """
        text = note_text(note) if note.text else ""
        change = {"revision": revision, "note": note.describe() if note.text else None}
        told = json_text(change if note.text else change | {"removed": note.id})
        of = scripts.keys(chart)
        raw = self._link.call(
            lambda client: scripts.run(client, "note", of, revision, note.id, text, NOTES_MAX, told)
        )
        said = scripts.answer(raw)[0]
        if said == "lost":
            raise StoreFault("has lost what it kept of a chart; it is given back")
        if said == "conflict":
            found = self._link.call(lambda client: log.restore(client, chart, 0))
            raise NoteConflict(found.restored.notes if found else NO_NOTES)

    def restore(self, chart: str, capacity: int) -> Restored | None:
        """Return a chart with its last `capacity` ticks; None when it is not there."""
        found = self._link.call(lambda client: log.restore(client, chart, capacity))
        return found.restored if found else None

    def names(self) -> Sequence[str]:
        """Return the charts that pushes have made."""
        return self._link.call(log.pushed_names)

    def pieces(self, chart: str, from_ms: float, to_ms: float) -> Iterator[Ticks]:
        """Yield the ticks with `from_ms` <= time <= `to_ms` that are kept, oldest first."""
        return reading.pieces(self._link, chart, from_ms, to_ms)

    def since(self, chart: str, position: Position) -> Iterator[Ticks]:
        """Yield the ticks after `position`, oldest first."""
        return reading.since(self._link, chart, position)

    def reduced(self, chart: str, from_ms: float, to_ms: float, points: int) -> Ticks:
        """Return at most `points` columns that show the same picture as the ticks between."""
        return reading.reduced(self._link, chart, from_ms, to_ms, points)

    def close(self, timeout_s: float) -> bool:
        """Append what was submitted, and end; whether all was within `timeout_s`."""
        is_done = self._writer.close(timeout_s)
        self._follower.close()
        self._link.close()
        return is_done


def open_shared(
    url: str, capacity_of: Callable[[str], int], certificates: str = "verify"
) -> SharedStore:
    """Return the store in the Redis of `url`.

    Raises:
        ConfigError: it cannot be used, in one line that says why.
    """
    link = Link(url, certificates)
    try:
        return SharedStore(link, capacity_of)
    except StoreFault as fault:
        raise ConfigError(f"Redis {link.name!r} {fault}") from None
