"""Opens what a process has together with others, in the Redis that its settings name."""

from collections.abc import Callable, Mapping

from chartserver.chart import Chart
from chartserver.errors import ConfigError
from chartserver.settings import Settings
from chartserver.shared.histories import SharedHistories
from chartserver.shared.peers import Peers
from chartserver.store.opening import MEMORY


def open_together(
    settings: Settings,
    charts: Mapping[str, Chart],
    capacity_of: Callable[[str], int],
    call: Callable[[str], None],
    wake: Callable[[], object],
) -> tuple[SharedHistories, Peers]:
    """Return the histories that are shared, and the other processes; for the `charts` served here.

    `capacity_of` says how many ticks of a chart all keep; `call` is called with the name of one,
    by any thread, when something has come of it that somebody waits for, and `wake` when all else
    has come or viewers were counted.

    Raises:
        ConfigError: it cannot be had, in one line that says why.
    """
    if settings.store != MEMORY:
        raise ConfigError(
            "got a store and a Redis; expected one of them to keep histories: leave out --store,"
            " or --redis-url (and their variables CHARTSERVER_STORE, DATABASE_URL, REDIS_URL)"
        )
    # Their library is loaded only where it is used.
    try:
        from chartserver.shared.asking import Asking
        from chartserver.shared.link import Link
        from chartserver.shared.store import open_shared
    except ImportError:
        raise ConfigError(
            "redis_url needs the library redis: run pip install 'chartserver[redis]'"
        ) from None
    certificates = settings.redis_certificates
    store = open_shared(settings.redis_url, capacity_of, certificates)
    link = Link(settings.redis_url, certificates)
    peers = Peers(
        lambda answer_s: Asking(link, answer_s),
        charts,
        settings.lease_s,
        on_counted=wake,
    )
    return SharedHistories(store, charts, call, wake, settings.frame_interval_s), peers
