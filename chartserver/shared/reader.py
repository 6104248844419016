"""How far one log was read, and what is new in what comes next. Pure: entries in, news out."""

import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from chartserver.batch import KeptKey
from chartserver.errors import ChartServerError
from chartserver.shared.coding import (
    DAMAGE,
    Entry,
    EntryId,
    TicksEntry,
    ToldEntry,
    note_of,
    series_of,
)
from chartserver.shared.lead import Lead
from chartserver.shared.news import Came, News, NoteCame, SeriesCame, Told
from chartserver.shared.tail import Tail
from chartserver.ticks import Position, Series, Ticks, joined

log = logging.getLogger(__name__)


class Missed(ChartServerError):
    """What comes next does not follow what was read. The chart is to be read anew."""


class Reader:
    """Reads one log on from `position`; what it reads goes into the `tail`.

    `series_now` asks which series the chart has now.

    Attributes:
        lock: held by who reads until what is new is told, and by who passes by.
        lead: whether the log is to be read at all.
        last: the id of the last entry that was read.
        has_missed_notes: whether changes of notes are missing: all are to be read anew.
    """

    def __init__(
        self, tail: Tail, position: Position, series_now: Callable[[], Sequence[Series]]
    ) -> None:
        self.tail = tail
        self.lock = threading.Lock()
        self.lead = Lead()
        self.has_missed_notes = False
        self._series_now = series_now
        self.start(position)

    def start(self, position: Position) -> None:
        """Read on from `position`."""
        self.lead.pause()
        self.epoch, self.offset = position
        # What was told at this offset comes again, for some of it may be new.
        self.last = EntryId(self.offset, 0)
        self._n_series = len(self.tail.series)

    @property
    def chart(self) -> str:
        """The name of the chart."""
        return self.tail.chart

    def has_read(self, ticks: Ticks) -> bool:
        """Whether the log was read to the end of these ticks, or further."""
        return self.epoch == ticks.epoch and self.offset >= ticks.offset

    def pass_by(self, before: EntryId, ticks: Ticks) -> bool:
        """Read on behind `ticks`, which stand in the log right after the entry `before`.

        False, and nothing changes, where that is not the last that was read: some is to be read.
        """
        is_next = self.last == before and self.epoch == ticks.epoch
        if not is_next or len(ticks.values) > self._n_series:
            return False
        self.offset = ticks.offset
        self.last = EntryId(ticks.offset, 0)
        return True

    def take(self, entries: Iterable[tuple[EntryId, Entry | None]]) -> Iterator[News]:
        """Yield what is new; runs of ticks that follow each other together.

        Raises:
            Missed: some is missing; what came before was yielded.
        """
        runs: list[Ticks] = []
        keys: list[KeptKey] = []

        def came() -> Iterator[News]:
            if runs:
                yield Came(joined(runs), tuple(keys))
                runs.clear()
                keys.clear()

        try:
            for entry_id, entry in entries:
                if isinstance(entry, TicksEntry):
                    if len(entry.ticks.values) > self._n_series:
                        yield from came()
                        yield self._series_came(self._series_now())
                    if run := self._ticks(entry):
                        runs.append(run)
                        keys += entry.keys
                elif entry is not None:
                    yield from came()
                    yield from self._understood(entry)
                self.last = entry_id
        finally:
            # Also what came before something that is missing.
            yield from came()

    def _ticks(self, entry: TicksEntry) -> Ticks | None:
        ticks = entry.ticks
        if ticks.offset <= self.offset:
            return None
        begin = self.offset - (ticks.offset - len(ticks))
        if ticks.epoch != self.epoch:
            raise Missed("Redis had lost the history, which goes on under another epoch")
        if begin < 0:
            raise Missed(f"the ticks after offset {self.offset} are no longer kept")
        self.tail.hold(ticks)
        self.tail.hold_keys(entry.keys)
        if entry.writer:
            self.tail.hold_writer(entry.writer, entry.number, ticks.offset)
        self.offset = ticks.offset
        return Ticks(ticks.epoch, ticks.offset, ticks.time_ms[begin:], ticks.values[:, begin:])

    def _understood(self, entry: ToldEntry) -> Iterator[News]:
        """Yield what is told; one thing that is not as it should be must not hold up the ticks."""
        try:
            yield from self._told(entry)
        except DAMAGE as error:
            log.warning("chart %s: %s was told that is damaged: %s", self.chart, entry.kind, error)
            self.has_missed_notes |= entry.kind == "note"

    def _told(self, entry: ToldEntry) -> Iterator[News]:
        content: Any = entry.content
        if entry.kind == "series":
            series = series_of(content)
            if len(series) > self._n_series:
                yield self._series_came(series)
        elif entry.kind == "note":
            revision, removed = int(content["revision"]), content.get("removed")
            note = note_of(content["note"]) if content.get("note") else None
            if self.tail.hold_note(revision, note, removed):
                yield NoteCame(revision, note, removed)
            elif revision > self.tail.notes.revision:
                self.has_missed_notes = True
        elif not isinstance(content, dict):
            raise TypeError(f"{content!r:.100} is no object")
        else:
            with self.tail.lock:
                self.tail.told[entry.kind] = content
            yield Told(entry.kind, content)

    def _series_came(self, series: Sequence[Series]) -> News:
        with self.tail.lock:
            # A writer here may know of more already: what is read was told before.
            if len(series) > len(self.tail.series):
                self.tail.series = series
        self._n_series = len(series)
        return SeriesCame(series)
