"""A live chart that many people watch together.

from chartserver import ChartServer

charts = ChartServer()


@charts.source("fx", series=["EURUSD", "USDJPY"], interval_s=1.0)
def fx():
    return 1.0812, 149.83


charts.run()
"""

from chartserver.clients.client import Client, connect
from chartserver.errors import ChartServerError
from chartserver.server import ChartServer
from chartserver.ticks import Series, Tick
from chartserver.version import VERSION

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
