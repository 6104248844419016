"""Opens the store that a URL names."""

from collections.abc import Callable

from chartserver.errors import ConfigError, StoreFault
from chartserver.store.kept import KeptStore
from chartserver.store.levels import Retention
from chartserver.store.sqlite import SqliteDatabase
from chartserver.store.store import Store

MEMORY = "memory:"


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
    database = SqliteDatabase(url.removeprefix("sqlite:///"))
    try:
        return KeptStore(database, retention)
    except (StoreFault, ConfigError) as error:
        database.close()
        raise ConfigError(f"store {database.name!r} {error}") from None
