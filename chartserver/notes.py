"""Notes: remarks at a time of a chart, that all of its viewers see.

Each change, a note that is written or taken away, has the next number, the revision. Who knows one
and is told of a change whose number does not follow gets all notes anew. Thread-safe; knows no
store and no sockets.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from chartserver.errors import BadRequest, ChartServerError, UnknownNote
from chartserver.one_line import is_one_line

TEXT_CHARS_MAX, BY_CHARS_MAX = 280, 40
# Of a chart: the oldest go; and as many of them as stand in a snapshot.
NOTES_MAX, SHOWN_MAX = 1_000, 200


@dataclass(frozen=True, slots=True)
class Note:
    """A remark, number `id` of its chart, at `time_ms`.

    `by` is who wrote it, as they say, and `offset` that of the last tick when it was written.
    """

    id: int
    time_ms: float
    text: str
    by: str
    offset: int

    def describe(self) -> dict[str, Any]:
        """Return the note as it is told."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class KeptNotes:
    """The notes of a chart after a revision, by their ids."""

    revision: int = 0
    notes: Sequence[Note] = ()


NO_NOTES = KeptNotes()


class NoteConflict(ChartServerError):
    """Another process has made this change of the notes first. Take over what is kept, try again.

    Attributes:
        kept: all notes as they are now.
    """

    def __init__(self, kept: KeptNotes) -> None:
        super().__init__(f"the notes are at revision {kept.revision} already")
        self.kept = kept


Keep = Callable[[Note, int], object]


class Notes:
    """The last notes of one chart; `on_change` is called after each change, by whoever made it."""

    def __init__(self, on_change: Callable[[], object] = lambda: None) -> None:
        self._on_change = on_change
        # One writes at a time, for as long as that takes; what is kept changes in a moment.
        self._writing = threading.Lock()
        self._lock = threading.Lock()
        self._kept = NO_NOTES
        self._untold: deque[dict[str, Any]] = deque()
        self.written = 0

    def __len__(self) -> int:
        return len(self._kept.notes)

    @property
    def kept(self) -> KeptNotes:
        """All that are kept."""
        return self._kept

    @property
    def revision(self) -> int:
        """The number of the last change."""
        return self._kept.revision

    def restore(self, kept: KeptNotes) -> None:
        """Begin with what was kept before."""
        self._kept = kept

    def in_snapshot(self) -> dict[str, Any]:
        """Return what a snapshot says of notes; nothing before the first."""
        revision, notes = self._kept.revision, self._kept.notes[-SHOWN_MAX:]
        if not revision:
            return {}
        return {"notes_revision": revision, "notes": [note.describe() for note in notes]}

    def in_backfill(self) -> dict[str, Any]:
        """Return what a backfill says of notes: whether there may be something new."""
        return {"notes_revision": self.revision} if self.revision else {}

    def write(
        self, time_ms: float, text: str, by: str, offset: int, keep: Keep = lambda *_: None
    ) -> Note:
        """Add a note, once `keep`, which is given it and the revision, has returned.

        Raises:
            NoteConflict: of `keep`: take that over, and write again.
        """
        with self._writing:
            revision = self._kept.revision + 1
            note = Note(revision, time_ms, text, by, offset)
            keep(note, revision)
            self.written += 1
            self.come(revision, note)
        return note

    def remove(self, note_id: int, keep: Keep = lambda *_: None) -> None:
        """Take a note away; `keep` is given one without a text.

        Raises:
            UnknownNote: there is none of that number.
        """
        with self._writing:
            kept = self._kept
            if all(note.id != note_id for note in kept.notes):
                raise UnknownNote(f"there is no note {note_id}; expected one that is kept")
            keep(Note(note_id, 0.0, "", "", 0), kept.revision + 1)
            self.come(kept.revision + 1, None, note_id)

    def come(self, revision: int, note: Note | None, removed: int | None = None) -> None:
        """Take the change `revision`, of whichever process: a note, or one that was `removed`.

        One that has come before changes nothing.
        """
        with self._lock:
            if revision <= self._kept.revision:
                return
            left = tuple(one for one in self._kept.notes if one.id != removed)
            notes = left if note is None else (*left, note)[-NOTES_MAX:]
            what = {"removed": removed} if note is None else {"note": note.describe()}
            self._change(KeptNotes(revision, notes), **what)
        self._on_change()

    def take_over(self, kept: KeptNotes, is_anew: bool = False) -> None:
        """Take all notes as they are `kept`, by other processes; older ones only when `is_anew`."""
        with self._lock:
            before = self._kept
            if kept.revision < before.revision and not is_anew:
                return
            known = {note.id for note in before.notes}
            self._kept = kept
            # Of several changes who watches is told the last, and asks for all by its number.
            for note in [one for one in kept.notes if one.id not in known][-1:]:
                self._untold.append({"revision": kept.revision, "note": note.describe()})
        self._on_change()

    def take_untold(self) -> list[dict[str, Any]]:
        """Return the changes that viewers were not told of, in their order; for the ticker."""
        return [self._untold.popleft() for _ in range(len(self._untold))]

    def _change(self, kept: KeptNotes, **what: Any) -> None:
        self._kept = kept
        self._untold.append({"revision": kept.revision, **what})


def check_text(text: object, what: str, chars_max: int, least: int = 1) -> str:
    """Return a text of one line without blanks around it, or raise BadRequest."""
    cleaned = text.strip() if isinstance(text, str) else ""
    is_fit = isinstance(text, str) and least <= len(cleaned) <= chars_max
    if not is_fit or not is_one_line(cleaned):
        raise BadRequest(f"{what} is not fit; expected {least} to {chars_max} printable characters")
    return cleaned
