"""A live chart that many people watch together.

from chartserver import ChartServer

charts = ChartServer()


@charts.source("fx", series=["EURUSD", "USDJPY"], interval_s=1.0)
def fx():
    return 1.0812, 149.83


charts.run()
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from chartserver.errors import ChartServerError
from chartserver.ticks import Series, Tick
from chartserver.version import VERSION

if TYPE_CHECKING:
    from chartserver.clients.client import Client, connect
    from chartserver.server import ChartServer

__all__ = [
    "VERSION",
    "ChartServer",
    "ChartServerError",
    "Client",
    "Series",
    "Tick",
    "connect",
]
__version__ = VERSION

# Imported when they are asked for: who serves needs no client, and who watches no server.
LATER = {
    "ChartServer": "chartserver.server",
    "Client": "chartserver.clients.client",
    "connect": "chartserver.clients.client",
}


def __getattr__(name: str) -> Any:
    if name not in LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(LATER[name]), name)
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *LATER})
