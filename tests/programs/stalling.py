"""A server of one's own with pages that hold up whoever serves them."""

import re
import time
from itertools import count

from flask import request

from chartserver import ChartServer
from chartserver.operation.logs import start_logging

start_logging()
charts = ChartServer(port=0)
charts.chart("lab", series=["a"])


@charts.source("steady", interval_s=0.01)
def steady():
    """Yield 1, 2, 3 …, a hundred times a second."""
    yield from count(1)


@charts.app.get("/api/sleep")
def sleep_here():
    """Stand still without working, as a call does that blocks."""
    time.sleep(float(request.args.get("s", 2.0)))
    return "slept"


@charts.app.get("/api/work")
def work_here():
    """Keep the interpreter to itself, as C code may: each try twice as long as the one before."""
    for n in range(16, 40):
        began_s = time.monotonic()
        re.match(r"(a+)+$", "a" * n + "b")
        if time.monotonic() - began_s > 2.0:
            break
    return "worked"


charts.run()
