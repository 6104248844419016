"""Takes the notes that viewers write: checks them, holds writers to a rate, has notes kept."""

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol

from chartserver.chart import Chart
from chartserver.errors import BadRequest, StoreFault, TooCostly
from chartserver.intake.bucket import Bucket
from chartserver.notes import (
    BY_CHARS_MAX,
    TEXT_CHARS_MAX,
    Keep,
    Note,
    NoteConflict,
    check_text,
)
from chartserver.refusals import Refusals
from chartserver.ticks import EARLIEST_MS, LATEST_MS, short

NOTES_PER_S, NOTES_AT_ONCE = 0.5, 10
WRITERS_MAX = 10_000
KIND = "too_many_notes"
# Of a note that others were quicker than, each time.
TRIES = 50


class Writer(NamedTuple):
    """Who writes: what the rate goes by, from which address, and the name of who gives none."""

    key: str
    address: str
    by: str = ""


class NoteStore(Protocol):
    """What is asked of a store here; see `store.Store`."""

    def keep_note(self, chart: str, note: Note, revision: int) -> None:
        """Keep a change of notes, or raise StoreFault."""


class NoteDesk:
    """Writes notes into charts and takes them away again, for whoever may.

    `offload` calls what waits for the `store` without holding up the loop.
    """

    def __init__(
        self,
        refusals: Refusals,
        offload: Callable[[Callable[[], Any]], Any],
        store: NoteStore | None = None,
        now_ms: Callable[[], float] = lambda: time.time() * 1000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._refusals = refusals
        self._offload = offload
        self._store = store
        self._now_ms = now_ms
        self._clock = clock
        self._writers: OrderedDict[str, Bucket] = OrderedDict()

    def write(self, chart: Chart, raw: Mapping[str, Any], writer: Writer) -> Note:
        """Write the note that `raw` is: `text`, and if wanted `time_ms` and `by`.

        Raises:
            BadRequest: what is wrong, in one line.
            TooCostly: too many notes of this writer.
            StoreFault: it cannot be kept.
        """
        text = check_text(raw.get("text"), "text of the note", TEXT_CHARS_MAX)
        named = check_text(raw.get("by", writer.by), "name of who wrote the note", BY_CHARS_MAX, 0)
        time_ms = _time(raw["time_ms"]) if "time_ms" in raw else self._now_ms()
        self._count(writer)
        offset = chart.history.position.offset
        keep = self._keep(chart)
        note: Note = self._do(chart, lambda: chart.notes.write(time_ms, text, named, offset, keep))
        return note

    def remove(self, chart: Chart, note_id: object, writer: Writer) -> None:
        """Take a note away; raises as `write` does."""
        if not isinstance(note_id, int) or isinstance(note_id, bool):
            raise BadRequest(f"note is {short(note_id)}; expected the id of one, such as 3")
        self._count(writer)
        self._do(chart, lambda: chart.notes.remove(note_id, self._keep(chart)))

    def _do(self, chart: Chart, work: Callable[[], Any]) -> Any:
        return self._offload(lambda: _tried(chart, work)) if self._store else work()

    def _keep(self, chart: Chart) -> Keep:
        store = self._store
        if store is None:
            return lambda *_: None
        return lambda note, revision: store.keep_note(chart.name, note, revision)

    def _count(self, writer: Writer) -> None:
        fresh = Bucket(NOTES_PER_S, NOTES_AT_ONCE, self._clock)
        bucket = self._writers.setdefault(writer.key, fresh)
        self._writers.move_to_end(writer.key)
        if len(self._writers) > WRITERS_MAX:
            self._writers.popitem(last=False)
        if bucket.take():
            return
        self._refusals.note(KIND, "one more note", writer.address)
        raise TooCostly(
            f"got too many notes; expected at most {NOTES_AT_ONCE} at once and one in"
            f" {1 / NOTES_PER_S:g} s: try again in {bucket.wait_s:.0f} s",
            bucket.wait_s,
        )


def _tried(chart: Chart, work: Callable[[], Any]) -> Any:
    """Return what `work` does, after whoever was first in another process."""
    for _ in range(TRIES):
        try:
            return work()
        except NoteConflict as conflict:
            chart.notes.take_over(conflict.kept)
    raise StoreFault("others write notes all the time")


def _time(raw: object) -> float:
    is_number = isinstance(raw, int | float) and not isinstance(raw, bool)
    if is_number and EARLIEST_MS <= raw <= LATEST_MS:  # type: ignore[operator]
        return float(raw)  # type: ignore[arg-type]
    raise BadRequest(
        f"time_ms is {short(raw)}; expected milliseconds since 1970, such as 1763829000000"
    )
