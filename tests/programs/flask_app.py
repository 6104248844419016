"""An application for `flask run`; its source writes to stdout when it is started."""

import os

from chartserver import ChartServer

charts = ChartServer()
app = charts.app
count = iter(range(1, 1_000_000))


@charts.source("beat", series=["n"], interval_s=0.1)
def beat():
    n = next(count)
    if n == 1:
        print(f"source started in {os.getpid()}", flush=True)
    return n
