"""The seam between the store and the databases that it can use.

The store speaks SQL that both SQLite and PostgreSQL understand, `?` for parameters; what differs
(how to connect, to lock, to begin, and to say what is wrong) is behind these protocols.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

Row = tuple[Any, ...]


class Connection(Protocol):
    """A connection, used by one thread at a time. Whatever fails is a StoreFault."""

    def rows(self, sql: str, *parameters: object) -> Sequence[Row]:
        """Run a statement and return what it finds."""

    def run_many(self, sql: str, parameters: Iterable[Sequence[object]]) -> None:
        """Run a statement once for each of `parameters`."""

    def begin(self) -> None:
        """Begin a transaction: of the writer, or for reading one state."""

    def commit(self) -> None:
        """End the transaction. What was written survives whatever the database promises."""

    def rollback(self) -> None:
        """End the transaction and take back what was written in it; never fails."""

    def close(self) -> None:
        """Let go of the connection; never fails."""


class Database(Protocol):
    """Where a store is. `name` is how people are told of it: without a password."""

    name: str
    blob_type: str

    def connect_writer(self) -> Connection:
        """Connect for writing; the one writer of this store, or a StoreFault."""

    def connect_reader(self) -> Connection:
        """Connect for reading alone."""

    def close(self) -> None:
        """Let go of what the writer held; its connection is closed."""


@contextmanager
def transaction(connection: Connection) -> Iterator[Connection]:
    """Commit at the end, take back what was written when it fails."""
    connection.begin()
    try:
        yield connection
        connection.commit()
    except BaseException:
        connection.rollback()
        raise
