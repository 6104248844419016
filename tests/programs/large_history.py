"""A server with a long and wide history, which tells for how long its loop was held.

`/api/held` answers with the most seconds of processor time that passed between two turns of a task,
since it was asked last: however busy the machine is, that is what others had to wait for.
"""

import time

import numpy as np

from chartserver import ChartServer
from chartserver.operation.logs import start_logging

N_SERIES, N_TICKS = 50, 86_400

start_logging()
charts = ChartServer(port=0, request_timeout_s=60.0)
wide = charts.chart("wide", series=[f"s{i}" for i in range(N_SERIES)])
times_ms = 1_763_829_000_123.0 + 1000.0 * np.arange(N_TICKS)
wide.history.append(times_ms, np.random.default_rng(1).normal(1.0, 1000.0, (N_SERIES, N_TICKS)))
longest_s = 0.0


@charts.app.get("/api/held")
def held():
    """Tell it."""
    global longest_s
    told, longest_s = longest_s, 0.0
    return {"held_s": told}


def watch():
    """Have a turn as often as may be."""
    global longest_s
    while True:
        before_s = time.thread_time()
        charts.socketio.sleep(0.001)
        longest_s = max(longest_s, time.thread_time() - before_s)


charts.socketio.start_background_task(watch)
charts.run()
