"""What keeping a tick takes of the loop, against what its delivery to ten viewers takes.

Both are processor time of the thread in which the loop runs. The store's own thread works beside
it; what a commit takes there is told as well.
"""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from statistics import median
from typing import Any

from benchmarks.store.month import SERIES
from chartserver.broadcast.fanout_direct import DirectBroadcast
from chartserver.broadcast.outlet import Outlet
from chartserver.broadcast.sockets import best_sockets
from chartserver.broadcast.subscription import Subscription
from chartserver.chart import Chart
from chartserver.history import MemoryHistory
from chartserver.keeper import Keeper
from chartserver.store.store import Store
from chartserver.ticks import Ticks

VIEWERS = 10
TICKS = 2_000


@dataclass(frozen=True)
class Append:
    """Medians of what one tick took, in seconds.

    `memory_cpu_s` and `store_cpu_s` are of the loop, from the inbox into the history, without and
    with a store; `delivery_cpu_s` of the loop, to ten viewers; `kept_s` passes until a tick is
    kept.
    """

    memory_cpu_s: float
    store_cpu_s: float
    delivery_cpu_s: float
    kept_s: float


class Nobody:
    """The ordinary broadcast, of which nobody is a viewer."""

    def tick(self, chart: Chart, ticks: Ticks) -> None:
        """Send to nobody."""


def measure_append(store: Store) -> Append:
    """Take ticks one by one through a chart in memory, a chart that is kept, and to viewers."""
    woken = threading.Event()
    keeper = Keeper(store, lambda _: woken.set())
    memory, kept, delivered, waited = [], [], [], []
    with ExitStack() as stack:
        in_memory, in_store = _chart("in-memory"), _chart("in-store")
        fan_out = stack.enter_context(_watched(in_memory))
        for i in range(TICKS):
            in_memory.append(1.08 + i, 0.86)
            begin_s = time.thread_time()
            ticks = in_memory.take()
            taken_s = time.thread_time()
            assert ticks is not None
            fan_out.tick(in_memory, ticks)
            memory.append(taken_s - begin_s)
            delivered.append(time.thread_time() - taken_s)

            in_store.append(1.08 + i, 0.86)
            began_s, begin_s = time.perf_counter(), time.thread_time()
            assert keeper.take(in_store) is None
            submitted_s = time.thread_time() - begin_s
            woken.wait(10)
            woken.clear()
            waited.append(time.perf_counter() - began_s)
            begin_s = time.thread_time()
            assert keeper.take(in_store) is not None
            kept.append(submitted_s + time.thread_time() - begin_s)
    return Append(median(memory), median(kept), median(delivered), median(waited))


def _chart(name: str) -> Chart:
    now_ms = lambda: time.time() * 1_000  # noqa: E731
    return Chart(name, now_ms=now_ms, history=MemoryHistory(86_400), series=SERIES)


@contextmanager
def _watched(chart: Chart) -> Iterator[DirectBroadcast]:
    """Seat ten viewers, over TCP on the loopback, who read all the time in a thread."""
    outlets = {str(number): Outlet(lambda: None, lambda: None) for number in range(VIEWERS)}
    nobody: Any = Nobody()
    fan_out = DirectBroadcast(outlets.get, nobody, time.sleep, 1_000, best_sockets())
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=VIEWERS))
        for sid, outlet in outlets.items():
            viewer = stack.enter_context(socket.create_connection(listener.getsockname()))
            server = stack.enter_context(listener.accept()[0])
            server.setblocking(False)
            server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            outlet.attach(server.send, lambda: None, server.fileno())
            fan_out.bring_up(sid, Subscription(chart, None, 1_000))
            threading.Thread(target=_read, args=(viewer,), daemon=True).start()
        yield fan_out
        for outlet in outlets.values():
            outlet.detach()


def _read(viewer: socket.socket) -> None:
    while viewer.recv(65_536):
        pass
