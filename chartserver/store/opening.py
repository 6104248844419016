"""Opens the store that a URL names."""

from collections.abc import Callable

from chartserver.errors import ConfigError, StoreFault
from chartserver.operation.masking import Mask
from chartserver.store.database import Database
from chartserver.store.kept import KeptStore
from chartserver.store.levels import Retention
from chartserver.store.sqlite import SqliteDatabase
from chartserver.store.store import Store

MEMORY, SQLITE = "memory:", "sqlite:///"


def open_store(
    url: str, retention: Callable[[str], Retention] = lambda _: Retention()
) -> Store | None:
    """Open the store of `url` for the one server that writes to it; None for `memory:`.

    `retention` says how long each level of a chart, by its name, is kept.

    Raises:
        ConfigError: it cannot be opened, in one line that says why.
    """
    if url == MEMORY:
        return None
    name = Mask()(url)
    try:
        database = _database(url)
        try:
            return KeptStore(database, retention)
        except Exception:
            database.close()
            raise
    except (StoreFault, ConfigError) as error:
        raise ConfigError(f"store {name!r} {error}") from None


def _database(url: str) -> Database:
    if url.startswith(SQLITE):
        return SqliteDatabase(url.removeprefix(SQLITE))
    # Its library takes a tenth of the time of a start: loaded only where it is used.
    from chartserver.store.postgresql import PostgresDatabase

    return PostgresDatabase(url)
