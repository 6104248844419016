"""News of a chart: what has come into the log that all processes read, in the order of the log.

Plain values, for whoever keeps charts; knows nothing of Redis.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chartserver.batch import KeptKey
from chartserver.notes import KeptNotes, Note
from chartserver.store.store import Restored
from chartserver.ticks import Series, Ticks


@dataclass(frozen=True, slots=True)
class Came:
    """Ticks have come, right after those before them, with the keys of the pushes in them."""

    ticks: Ticks
    keys: Sequence[KeptKey] = ()


@dataclass(frozen=True, slots=True)
class SeriesCame:
    """The chart has these series now, in the one order; told before ticks that need them."""

    series: Sequence[Series]


@dataclass(frozen=True, slots=True)
class Told:
    """A process has told something of `kind`, such as the status of the source."""

    kind: str
    content: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class NoteCame:
    """A note was written, or that of the id `removed` taken away: the change `revision`."""

    revision: int
    note: Note | None
    removed: int | None = None


@dataclass(frozen=True, slots=True)
class NotesCame:
    """All notes as they are now: changes in between were missed."""

    kept: KeptNotes


@dataclass(frozen=True, slots=True)
class Made:
    """Another process has made this chart, for a push. It is not watched yet."""


@dataclass(frozen=True, slots=True)
class Renewed:
    """The chart as it is now: what came before may not lead there without a gap.

    With another epoch it is another history; one that goes on where the old one ended says so in
    `restored.came_from`, and in `restored.came_at` up to where both are the same.
    """

    restored: Restored
    reason: str


News = Came | SeriesCame | Told | NoteCame | NotesCame | Made | Renewed
