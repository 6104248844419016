"""The tables of a store, and their version."""

from chartserver.errors import ConfigError
from chartserver.store import note_table
from chartserver.store.database import Connection

SCHEMA_VERSION = 1
SCHEMA = (
    "CREATE TABLE IF NOT EXISTS chartserver_schema (version INTEGER NOT NULL)",
    """CREATE TABLE IF NOT EXISTS chartserver_charts (
        id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, epoch TEXT NOT NULL,
        title TEXT NOT NULL, series TEXT NOT NULL, is_pushed INTEGER NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS chartserver_pages (
        chart INTEGER NOT NULL, level INTEGER NOT NULL, last BIGINT NOT NULL, n INTEGER NOT NULL,
        from_ms DOUBLE PRECISION NOT NULL, until_ms DOUBLE PRECISION NOT NULL,
        data {blob} NOT NULL, PRIMARY KEY (chart, level, last))""",
    """CREATE INDEX IF NOT EXISTS chartserver_pages_times
        ON chartserver_pages (chart, level, until_ms, last, from_ms, n)""",
    """CREATE TABLE IF NOT EXISTS chartserver_keys (
        chart INTEGER NOT NULL, digest TEXT NOT NULL, last BIGINT NOT NULL, n INTEGER NOT NULL,
        n_kept INTEGER NOT NULL, kept_ms DOUBLE PRECISION NOT NULL, PRIMARY KEY (chart, digest))""",
    "CREATE INDEX IF NOT EXISTS chartserver_keys_times ON chartserver_keys (kept_ms)",
)


def make_tables(connection: Connection, blob_type: str) -> None:
    """Make the tables, unless they are there; in a transaction.

    Raises:
        ConfigError: they are of a version that this program does not know.
    """
    connection.rows(SCHEMA[0])
    # It came later, and those who do not know it need not.
    connection.rows(note_table.SCHEMA)
    found = connection.rows("SELECT version FROM chartserver_schema")
    if not found:
        for statement in SCHEMA:
            connection.rows(statement.format(blob=blob_type))
        connection.rows("INSERT INTO chartserver_schema (version) VALUES (?)", SCHEMA_VERSION)
    elif (version := found[0][0]) != SCHEMA_VERSION:
        raise ConfigError(
            f"is of version {version}; this program knows version"
            f" {SCHEMA_VERSION}: use the program that wrote it, or another store"
        )
