"""A store in a file of SQLite.

Write-ahead log, so that readers and the writer do not wait for each other; each transaction is on
the disk before it counts (`synchronous = FULL`).
"""

import contextlib
import fcntl
import os
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from chartserver.errors import StoreFault
from chartserver.store.database import Connection, Row

BUSY_S = 1.0
# For who stops while its successor starts.
LOCK_WAIT_S = 2.0
LOCK_POLL_S = 0.05
READ_TIMEOUT_S = 10.0
# So many steps of SQLite's machine between two looks at the clock.
STEPS_BETWEEN_LOOKS = 10_000
PAGE_BYTES = 8_192
LOG_BYTES_KEPT = 16_777_216
WRITER = (
    f"PRAGMA page_size = {PAGE_BYTES}",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    f"PRAGMA journal_size_limit = {LOG_BYTES_KEPT}",
)
READER = ("PRAGMA query_only = ON",)
REASONS = {
    "SQLITE_BUSY": "is locked by another program",
    "SQLITE_LOCKED": "is locked by another program",
    "SQLITE_FULL": "cannot grow: the disk is full",
    "SQLITE_IOERR": "cannot be written or read: the disk is full or fails",
    "SQLITE_READONLY": "cannot be written: the file or its disk is read-only",
    "SQLITE_CANTOPEN": "cannot be opened: the folder is missing or may not be written to",
    "SQLITE_PERM": "may not be opened",
    "SQLITE_CORRUPT": "is damaged; restore a backup, or move it away to begin anew",
    "SQLITE_NOTADB": "is no SQLite database; expected one, or a file that is not there yet",
    "SQLITE_INTERRUPT": f"was not read within {READ_TIMEOUT_S:g} s",
}


class SqliteDatabase:
    """The file at `path`. One writer at a time, over all processes, by a lock beside the file."""

    blob_type = "BLOB"

    def __init__(self, path: str) -> None:
        self.name = f"sqlite:///{path}"
        self._path = Path(path)
        self._lock: int | None = None
        self._file: tuple[int, int] | None = None

    def connect_writer(self) -> Connection:
        """Connect for writing.

        Raises:
            StoreFault: the file cannot be had, or another server writes to it.
        """
        if self._lock is None:
            self._lock = self._locked()
        self._check_same_file()
        connection = SqliteConnection(self._path, is_writer=True, check=self._check_same_file)
        self._file = self._identity()
        return connection

    def connect_reader(self) -> Connection:
        """Connect for reading alone."""
        return SqliteConnection(self._path, is_writer=False)

    def close(self) -> None:
        """Let another server write."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _locked(self) -> int:
        # A file of its own: closing any descriptor of the database would drop SQLite's own locks.
        path = self._path.with_name(self._path.name + "-lock")
        try:
            lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise StoreFault(
                f"cannot make {path.name!r} beside it ({error.strerror});"
                " expected a folder that is there and may be written to"
            ) from None
        until_s = time.monotonic() + LOCK_WAIT_S
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return lock
            except OSError:
                if time.monotonic() >= until_s:
                    os.close(lock)
                    raise StoreFault(
                        "another server writes to it; expected one server for a store"
                    ) from None
            time.sleep(LOCK_POLL_S)

    def _identity(self) -> tuple[int, int] | None:
        try:
            status = self._path.stat()
        except OSError:
            return None
        return status.st_dev, status.st_ino

    def _check_same_file(self) -> None:
        """Raise StoreFault when what is written would not be found at the path.

        SQLite goes on writing to a file that was moved away.
        """
        if self._file is not None and self._identity() != self._file:
            raise StoreFault(
                "the file was moved or removed while it was written to;"
                " put it back, or start the server again to begin anew"
            )


class SqliteConnection:
    """A connection to a file of SQLite."""

    def __init__(
        self, path: Path, *, is_writer: bool, check: Callable[[], None] = lambda: None
    ) -> None:
        self._is_writer = is_writer
        self._check = check
        self._until_s = float("inf")
        uri = f"{path.absolute().as_uri()}?mode={'rwc' if is_writer else 'ro'}"
        with _explained():
            self._connection = sqlite3.connect(
                uri, uri=True, timeout=BUSY_S, isolation_level=None, check_same_thread=False
            )
        try:
            for statement in WRITER if is_writer else READER:
                self.rows(statement)
        except StoreFault:
            self.close()
            raise
        if not is_writer:
            self._connection.set_progress_handler(self._is_late, STEPS_BETWEEN_LOOKS)

    def rows(self, sql: str, *parameters: object) -> Sequence[Row]:
        """Run a statement and return what it finds."""
        with _explained():
            return self._connection.execute(sql, parameters).fetchall()

    def run_many(self, sql: str, parameters: Iterable[Sequence[object]]) -> None:
        """Run a statement once for each of `parameters`."""
        with _explained():
            self._connection.executemany(sql, parameters)

    def begin(self) -> None:
        """Begin a transaction."""
        self._until_s = time.monotonic() + READ_TIMEOUT_S
        self.rows("BEGIN IMMEDIATE" if self._is_writer else "BEGIN")

    def commit(self) -> None:
        """End the transaction; what was written is on the disk."""
        self._check()
        self.rows("COMMIT")

    def rollback(self) -> None:
        """End the transaction and take back what was written."""
        with contextlib.suppress(sqlite3.Error):
            self._connection.rollback()

    def close(self) -> None:
        """Let go of the file; of a writer all is in it then, and little beside it."""
        with contextlib.suppress(sqlite3.Error):
            if self._is_writer:
                self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        with contextlib.suppress(sqlite3.Error):
            self._connection.close()

    def _is_late(self) -> bool:
        return time.monotonic() > self._until_s


@contextlib.contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        name = getattr(error, "sqlite_errorname", "")
        kind = next((one for one in REASONS if name.startswith(one)), "")
        raise StoreFault(REASONS.get(kind, f"SQLite says: {error}")) from error
