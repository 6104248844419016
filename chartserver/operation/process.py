"""The process as a whole: signals, descriptors, garbage, and whose turn it is."""

import contextlib
import faulthandler
import gc
import logging
import os
import resource
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

# New objects until the youngest are looked through: so much garbage may lie about. All others are
# looked through as seldom as with thresholds of (50000, 20, 20).
GC_THRESHOLDS = (10_000, 100, 20)
SWITCH_INTERVAL_S = 0.0005
# Heroku kills after 30 s. The second limit needs no interpreter, should the first not get it.
END_LIMIT_S = 25.0
LAST_LIMIT_S = 2.0
OVERDUE_STATUS = 1

log = logging.getLogger(__name__)


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
    gc.set_threshold(*GC_THRESHOLDS)


@contextmanager
def staying() -> Iterator[None]:
    """Look for no garbage while something is made that stays, such as modules, nor among it later.

    The collector would look it through again and again while it grows: a fifth of a start.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def keep_standard_descriptors() -> None:
    """Have 0, 1 and 2 be open: what is printed would else go into the next file that is opened."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


@contextmanager
def stop_signals(stop: Callable[[], None]) -> Iterator[None]:
    """Call `stop` on SIGTERM and SIGINT; a second one ends the process at once.

    So does the end of `END_LIMIT_S` after a first SIGTERM: it asks for the end of the process, and
    not, as Ctrl-C in a notebook may, for that of the server alone.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = (signal.SIGTERM, signal.SIGINT)
    limit = EndLimit(END_LIMIT_S)
    before = [signal.getsignal(number) for number in numbers]

    def ask(number: int, _frame: object) -> None:
        for one in numbers:
            signal.signal(one, signal.SIG_DFL)
        if number == signal.SIGTERM:
            limit.start()
        stop()

    for number in numbers:
        signal.signal(number, ask)
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


def end_in_time(stop: Callable[[], None]) -> None:
    """Call `stop`; the end of `END_LIMIT_S` after it ends the process, as after a SIGTERM."""
    EndLimit(END_LIMIT_S).start()
    stop()


class EndLimit:
    """Ends the process, whatever it does, when its end takes longer than `limit_s`."""

    def __init__(self, limit_s: float) -> None:
        self._limit_s = limit_s
        self._timer = threading.Timer(limit_s, self._end)
        self._timer.daemon = True

    def start(self) -> None:
        """Begin to count."""
        self._timer.start()
        # Without a real stderr nobody would read where it hangs; the first limit has to do.
        with contextlib.suppress(OSError, ValueError, AttributeError, RuntimeError):
            faulthandler.dump_traceback_later(
                self._limit_s + LAST_LIMIT_S, exit=True, file=sys.__stderr__ or sys.stderr
            )

    def _end(self) -> None:
        log.critical(
            "still running %g s after SIGTERM; the process ends now",
            self._limit_s,
        )
        logging.shutdown()
        os._exit(OVERDUE_STATUS)
