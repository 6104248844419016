"""This machine: processor, memory, load, disk and network, as psutil tells them.

What a machine or a container does not tell is a missing value, not a failure.
"""

import time
from collections.abc import Callable, Mapping, Sequence

import psutil

from chartserver.sources.options import Options
from chartserver.sources.source import Beat, Source
from chartserver.ticks import Series

# What psutil raises where a platform has no such counter, or hides it.
NOT_TOLD = (OSError, RuntimeError, NotImplementedError, psutil.Error)

Read = Callable[[], float | None]


class Rate:
    """Turns a counter that only rises into its growth per second.

    None at first, when the counter is not told, and when it has started afresh.
    """

    def __init__(self, total: Read, clock: Callable[[], float] = time.monotonic) -> None:
        self._total = total
        self._clock = clock
        self._last: tuple[float, float] | None = None

    def __call__(self) -> float | None:
        """Return the growth per second since the call before."""
        total, now_s = _told(self._total), self._clock()
        last, self._last = self._last, None if total is None else (total, now_s)
        if last is None or total is None or total < last[0] or now_s <= last[1]:
            return None
        return (total - last[0]) / (now_s - last[1])


class Cpu:
    """Percent of all processors in use since the call before; None at first.

    Counts for itself: psutil's own `cpu_percent` keeps one memory for each thread.
    """

    def __init__(self, times: Callable[[], Mapping[str, float]] | None = None) -> None:
        self._times = times or (lambda: psutil.cpu_times()._asdict())
        self._last: tuple[float, float] | None = None

    def __call__(self) -> float | None:
        """Return the percentage."""
        times: Mapping[str, float] = self._times()
        # Linux counts the time of guests in user and nice already.
        total = sum(times.values()) - times.get("guest", 0.0) - times.get("guest_nice", 0.0)
        idle = times.get("idle", 0.0) + times.get("iowait", 0.0)
        last, self._last = self._last, (total, idle)
        if last is None or total <= last[0]:
            return None
        busy = 100.0 - 100.0 * (idle - last[1]) / (total - last[0])
        return min(100.0, max(0.0, busy))


def _memory() -> float:
    return psutil.virtual_memory().percent


def _load() -> float:
    return psutil.getloadavg()[0]


def _disk_read() -> float | None:
    counters = psutil.disk_io_counters()
    return counters and counters.read_bytes


def _disk_write() -> float | None:
    counters = psutil.disk_io_counters()
    return counters and counters.write_bytes


def _net_in() -> float | None:
    counters = psutil.net_io_counters()
    return counters and counters.bytes_recv


def _net_out() -> float | None:
    counters = psutil.net_io_counters()
    return counters and counters.bytes_sent


# Series of the source, and what makes a reader for it: rates remember, so each source has its own.
METERS: Mapping[str, tuple[Series, Callable[[], Read]]] = {
    "cpu": (Series("cpu", "CPU", "%", digits=1), Cpu),
    "memory": (Series("memory", "Memory", "%", digits=1), lambda: _memory),
    "load": (Series("load", "Load, 1 min", digits=2), lambda: _load),
    "disk_read": (Series("disk_read", "Disk read", "B/s", digits=0), lambda: Rate(_disk_read)),
    "disk_write": (Series("disk_write", "Disk write", "B/s", digits=0), lambda: Rate(_disk_write)),
    "net_in": (Series("net_in", "Network in", "B/s", digits=0), lambda: Rate(_net_in)),
    "net_out": (Series("net_out", "Network out", "B/s", digits=0), lambda: Rate(_net_out)),
}


def open_system(target: str, options: Options) -> Source:
    """Open `system[?series=cpu,memory&interval_s=…]`."""
    interval_s = options.interval_s()
    names = [series.name for series in options.series()] or list(METERS)
    options.no_target(target)
    options.faults += [
        f"series of system is {name!r}; expected some of: {', '.join(METERS)},"
        " such as series=cpu,memory"
        for name in names
        if name not in METERS
    ]
    options.finish()
    readers = [METERS[name][1]() for name in names]

    def read() -> Sequence[float | None]:
        return [_told(reader) for reader in readers]

    series = [METERS[name][0] for name in names]
    return Beat(read, series=series, interval_s=interval_s, title="This machine")


def _told(read: Read) -> float | None:
    try:
        return read()
    except NOT_TOLD:
        return None
