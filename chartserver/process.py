"""The process as a whole: signals, descriptors, garbage, and whose turn it is."""

import gc
import resource
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

GC_THRESHOLD = 50_000
SWITCH_INTERVAL_S = 0.0005


def tune() -> None:
    """Collect garbage seldom, let the loop have the interpreter back soon, allow many sockets.

    A viewer is hundreds of objects that live long: at the default thresholds the collector walks
    over them again and again while thousands join, and takes as long as the rest of the join. And
    each write to a socket lets other threads in: a source that computes would keep the loop out
    for the usual 5 ms each time. The usual limit of descriptors is a thousand.
    """
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    gc.collect()
    gc.freeze()
    gc.set_threshold(GC_THRESHOLD, 20, 20)


@contextmanager
def stop_signals(stop: Callable[[], None]) -> Iterator[None]:
    """Call `stop` on SIGTERM and SIGINT; a second one ends the process at once."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = (signal.SIGTERM, signal.SIGINT)
    before = [signal.getsignal(number) for number in numbers]

    def ask(number: int, _frame: object) -> None:
        signal.signal(number, signal.SIG_DFL)
        stop()

    for number in numbers:
        signal.signal(number, ask)
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
