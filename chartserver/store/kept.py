"""A store in a database of SQL: the writer's thread, and readers beside it."""

import time
from collections.abc import Callable, Iterator, Sequence

from chartserver.batch import Batch
from chartserver.notes import Note
from chartserver.store import note_table, reading, tables
from chartserver.store.database import Database
from chartserver.store.levels import DAY_MS, Retention
from chartserver.store.reader_pool import ReaderPool
from chartserver.store.store import Restored
from chartserver.store.writer import Writer
from chartserver.ticks import Position, Ticks


class KeptStore:
    """Keeps the promises of `Store` in a `database`."""

    def __init__(
        self,
        database: Database,
        retention: Callable[[str], Retention],
        now_ms: Callable[[], float] = lambda: time.time() * 1000,
    ) -> None:
        """Open the database for writing.

        Raises:
            StoreFault: it cannot be.
        """
        self.name = database.name
        self._now_ms = now_ms
        self._writer = Writer(database, retention, now_ms=now_ms)
        self._readers = ReaderPool(database.connect_reader)

    @property
    def fault(self) -> str:
        """Why nothing can be written now; "" when all is well."""
        return self._writer.fault

    @property
    def ticks_kept(self) -> int:
        """How many ticks were kept, since the start."""
        return self._writer.ticks_kept

    @property
    def commits(self) -> int:
        """How many transactions were written, since the start."""
        return self._writer.commits

    @property
    def failures(self) -> int:
        """How many transactions could not be written, since the start."""
        return self._writer.failures

    def submit(self, batch: Batch, on_done: Callable[[], None]) -> None:
        """Have `batch` kept; returns at once."""
        self._writer.submit(batch, on_done)

    def keep_note(self, chart: str, note: Note, revision: int) -> None:
        """Keep a change of a chart's notes, and wait for that."""
        self._writer.run_errand(lambda on: note_table.put(on, chart, note, revision))

    def restore(self, chart: str, capacity: int) -> Restored | None:
        """Return a chart with its last `capacity` ticks; None when it is not in the store."""
        with self._readers.reading() as connection:
            return reading.restore(connection, chart, capacity, self._now_ms() - DAY_MS)

    def names(self) -> Sequence[str]:
        """Return the charts that pushes have made."""
        with self._readers.reading() as connection:
            return tables.pushed_names(connection)

    def pieces(self, chart: str, from_ms: float, to_ms: float) -> Iterator[Ticks]:
        """Yield the ticks with `from_ms` <= time <= `to_ms` that are kept, oldest first."""
        return reading.pieces(self._readers, chart, from_ms, to_ms)

    def since(self, chart: str, position: Position) -> Iterator[Ticks]:
        """Yield the ticks after `position`, oldest first."""
        return reading.since(self._readers, chart, position)

    def reduced(self, chart: str, from_ms: float, to_ms: float, points: int) -> Ticks:
        """Return at most `points` columns that show the same picture as the ticks between."""
        with self._readers.reading() as connection:
            return reading.reduced(connection, chart, from_ms, to_ms, points)

    def close(self, timeout_s: float) -> bool:
        """Keep what was submitted, and end; whether all was kept within `timeout_s`."""
        is_kept = self._writer.close(timeout_s)
        self._readers.close()
        return is_kept
