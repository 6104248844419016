"""What every store promises, whatever it keeps histories in.

A batch that is done is kept: it survives the end of the process, however it comes, and is read
again under the same epoch and the same offsets. A batch that is not done is tried again for ever.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from chartserver.batch import Batch, KeptKey
from chartserver.notes import NO_NOTES, KeptNotes, Note
from chartserver.ticks import Position, Series, Ticks


@dataclass(frozen=True, slots=True)
class Restored:
    """A chart as it was kept: what it was called, where it ends, and its last ticks.

    Attributes:
        ticks: the last ones, as many as were asked for and are kept; `ticks.position` is the end.
        keys: of the pushes of the last day, in the order of their positions.
        notes: the last ones.
        told: what was told last of the chart, by its kind, where several processes serve it.
        came_from: the epoch before, whose offsets go on in this one; "" when there was none.
        came_at: up to which offset the ticks of both epochs are the same.
    """

    title: str
    series: Sequence[Series]
    ticks: Ticks
    keys: Sequence[KeptKey]
    notes: KeptNotes = NO_NOTES
    told: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    came_from: str = ""
    came_at: int = 0

    @property
    def epoch(self) -> str:
        """The epoch, which stays."""
        return self.ticks.epoch

    @property
    def offset(self) -> int:
        """The offset of the last tick; 0 when none has come."""
        return self.ticks.offset


class Store(Protocol):
    """Keeps the histories of charts. All of it may be called from any thread.

    What is read may block, up to some seconds: not in the loop. A StoreFault says that something
    cannot be read now; a chart that is not in the store is an UnknownChart.

    Attributes:
        name: where it is, as people may be told: without a password.
        fault: why nothing can be written now; "" when all is well.
        ticks_kept: since the start.
        commits: transactions that were written, since the start.
        failures: those that could not be, since the start.
    """

    name: str

    @property
    def fault(self) -> str: ...

    @property
    def ticks_kept(self) -> int: ...

    @property
    def commits(self) -> int: ...

    @property
    def failures(self) -> int: ...

    def submit(self, batch: Batch, on_done: Callable[[], None]) -> None:
        """Have `batch` kept; returns at once.

        When it is kept, `batch.ticks` is set and `on_done` called, in a thread of the store's.
        """

    def keep_note(self, chart: str, note: Note, revision: int) -> None:
        """Keep a change of a chart's notes, its number `revision`, and wait for that.

        A note without a text is one that was taken away. Tried once: a StoreFault says why not.
        """

    def restore(self, chart: str, capacity: int) -> Restored | None:
        """Return a chart with its last `capacity` ticks; None when it is not in the store."""

    def names(self) -> Sequence[str]:
        """Return the charts that pushes have made."""

    def pieces(self, chart: str, from_ms: float, to_ms: float) -> Iterator[Ticks]:
        """Yield the ticks with `from_ms` <= time <= `to_ms` that are kept, oldest first.

        Each piece has at most 10,000. Between two pieces nothing of the store is held.

        Raises:
            PositionLost: at a later piece: its ticks have become too old meanwhile.
        """

    def since(self, chart: str, position: Position) -> Iterator[Ticks]:
        """Yield the ticks after `position`, oldest first, as `pieces` does.

        Raises:
            PositionLost: at the first piece: `position` is of another epoch, in the future, or a
                tick after it is no longer kept.
        """

    def reduced(self, chart: str, from_ms: float, to_ms: float, points: int) -> Ticks:
        """Return at most `points` columns that show the same picture as the ticks between.

        The lowest and the highest value of each series are those of the ticks. Where ticks are
        no longer kept, the window is widened to the buckets that are.
        """

    def close(self, timeout_s: float) -> bool:
        """Keep what was submitted, and end; whether all was kept within `timeout_s`."""
