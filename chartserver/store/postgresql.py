"""A store in a database of PostgreSQL.

One writer at a time, over all machines, by an advisory lock that ends with its connection. A
commit counts once the server says that it is on its disk.
"""

import contextlib
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, LiteralString

from chartserver.errors import ConfigError, StoreFault
from chartserver.operation.masking import Mask
from chartserver.store.database import Connection, Row

try:
    import psycopg
except ImportError:  # an extra
    psycopg = None  # type: ignore[assignment]

CONNECT_TIMEOUT_S = 5
STATEMENT_TIMEOUT_MS = 10_000
# For who stops while its successor starts, as where a platform replaces one process by another.
LOCK_WAIT_S, OWN_LOCK_WAIT_S = 10.0, 2.0
LOCK_POLL_S = 0.2
# Any number, the same in all versions: "charts" in ASCII.
LOCK_NUMBER = 0x636861727473
# A server that is gone is noticed after some seconds, not after two hours.
KEEPALIVES: Mapping[str, Any] = {
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}
READ = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"


class PostgresDatabase:
    """The database that `url` names, by the options of libpq, such as `?sslmode=require`."""

    blob_type = "BYTEA"

    def __init__(self, url: str) -> None:
        """Read `url`; nothing is connected yet.

        Raises:
            ConfigError: the library for PostgreSQL is not installed.
        """
        if psycopg is None:
            raise ConfigError(
                "needs a library that is not installed; expected it by:"
                " pip install 'chartserver[postgresql]'"
            )
        self.name = Mask()(url)
        self._url = url
        self._has_connected = False

    def connect_writer(self) -> Connection:
        """Connect for writing.

        Raises:
            StoreFault: the server cannot be reached, or another server of ours writes.
        """
        connection = PostgresConnection(self._url, begin="BEGIN")
        try:
            self._lock(connection)
        except StoreFault:
            connection.close()
            raise
        self._has_connected = True
        return connection

    def connect_reader(self) -> Connection:
        """Connect for reading alone."""
        return PostgresConnection(self._url, begin=READ)

    def close(self) -> None:
        """Nothing is left to let go: the lock ended with the connection."""

    def _lock(self, connection: Connection) -> None:
        # Later on the lock may be our own, of a connection that the server has not missed yet.
        until_s = time.monotonic() + (OWN_LOCK_WAIT_S if self._has_connected else LOCK_WAIT_S)
        while not connection.rows("SELECT pg_try_advisory_lock(?)", LOCK_NUMBER)[0][0]:
            if time.monotonic() >= until_s:
                raise StoreFault("another server writes to it; expected one server for a store")
            time.sleep(LOCK_POLL_S)


class PostgresConnection:
    """A connection to PostgreSQL."""

    def __init__(self, url: str, begin: str) -> None:
        self._begin = begin
        with _explained():
            self._connection = psycopg.connect(
                url,
                autocommit=True,
                connect_timeout=CONNECT_TIMEOUT_S,
                application_name="chartserver",
                **KEEPALIVES,
            )
            self.rows(f"SET statement_timeout = {STATEMENT_TIMEOUT_MS}")
            self._cursor = self._connection.cursor(binary=True)

    def rows(self, sql: str, *parameters: object) -> Sequence[Row]:
        """Run a statement and return what it finds."""
        with _explained():
            cursor = self._connection.execute(_spelt(sql), parameters, binary=True)
            return cursor.fetchall() if cursor.description else ()

    def run_many(self, sql: str, parameters: Iterable[Sequence[object]]) -> None:
        """Run a statement once for each of `parameters`."""
        with _explained():
            self._cursor.executemany(_spelt(sql), parameters)

    def begin(self) -> None:
        """Begin a transaction."""
        self.rows(self._begin)

    def commit(self) -> None:
        """End the transaction; what was written is on the disk of the server."""
        self.rows("COMMIT")

    def rollback(self) -> None:
        """End the transaction and take back what was written."""
        with contextlib.suppress(psycopg.Error):
            self._connection.execute("ROLLBACK")

    def close(self) -> None:
        """Let go of the connection."""
        with contextlib.suppress(psycopg.Error):
            self._connection.close()


def _spelt(sql: str) -> LiteralString:
    """Return a statement with the parameters as the library spells them."""
    return sql.replace("?", "%s")


@contextlib.contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except psycopg.Error as error:
        # Of several lines the first says what is wrong.
        text = str(error).strip() or type(error).__name__
        raise StoreFault(f"PostgreSQL says: {Mask()(text.splitlines()[0])}") from error
