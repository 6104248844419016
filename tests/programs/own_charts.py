"""Charts made in Python in every way there is."""

import os
import threading
import time

from chartserver import ChartServer
from chartserver.errors import InboxFull

THREADS, EACH = 8, 2_000

charts = ChartServer(async_mode=os.environ.get("CHARTSERVER_ASYNC_MODE", "eventlet"))


@charts.source("function", series=["EURUSD", "USDJPY"], interval_s=0.05)
def function():
    return 1.0812, 149.83


@charts.source("generator", series=["n"])
def generator():
    yield from range(1, 501)


@charts.source("names", interval_s=0.05)
def names():
    return {"cpu": 12.5, "memory": None}


lab = charts.chart("lab", series=["thread", "i"], title="Laboratory")


def append(thread):
    for i in range(EACH):
        while True:
            try:
                lab.append(thread, i)
                break
            except InboxFull:
                time.sleep(0.005)


for thread in range(THREADS):
    threading.Thread(target=append, args=(thread,), daemon=True).start()
charts.run(port=0)
