"""Wakes the ticker from any OS thread: one class for each async library.

The ticker waits in the loop of its library, where an ordinary lock would stop everything; a byte in
a pipe is what all loops can wait for.
"""

import contextlib
import os
import threading
import warnings
from collections.abc import Callable
from typing import Protocol


class Alarm(Protocol):
    """Set by any thread, waited for by one task."""

    def set(self) -> None:
        """End the wait, or the next one; cheap when it is set already."""

    def wait(self, timeout_s: float) -> None:
        """Wait until it is set, at most `timeout_s`, and unset it."""


class ThreadAlarm:
    """For `threading`: an event."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def set(self) -> None:
        """End the wait, or the next one."""
        self._event.set()

    def wait(self, timeout_s: float) -> None:
        """Wait until it is set, at most `timeout_s`, and unset it."""
        self._event.wait(timeout_s)
        self._event.clear()


class PipeAlarm:
    """For loops: a pipe. `wait_readable(fd, timeout_s)` waits in the loop."""

    def __init__(self, wait_readable: Callable[[int, float], None]) -> None:
        self._wait_readable = wait_readable
        self._is_set = False
        self._read_fd, self._write_fd = os.pipe()
        os.set_blocking(self._read_fd, False)
        os.set_blocking(self._write_fd, False)

    def __del__(self) -> None:
        os.close(self._read_fd)
        os.close(self._write_fd)

    def set(self) -> None:
        """End the wait, or the next one."""
        if not self._is_set:
            self._is_set = True
            with contextlib.suppress(BlockingIOError):
                os.write(self._write_fd, b"\0")

    def wait(self, timeout_s: float) -> None:
        """Wait until it is set, at most `timeout_s`, and unset it.

        The byte is read before the mark is taken back: who sets it in between is served by the
        beat that follows, who sets it after writes again.
        """
        if not self._is_set:
            self._wait_readable(self._read_fd, timeout_s)
        with contextlib.suppress(BlockingIOError):
            os.read(self._read_fd, 64)
        self._is_set = False


def eventlet_alarm() -> Alarm:
    """Return an alarm that waits in eventlet's loop."""
    with warnings.catch_warnings():
        # eventlet's word on its own future, which is for developers.
        warnings.simplefilter("ignore")
        from eventlet.hubs import trampoline

    class Waited(BaseException):
        """The wait's own end: a Timeout may be one that the task is under."""

    def wait_readable(fd: int, timeout_s: float) -> None:
        with contextlib.suppress(Waited):
            trampoline(fd, read=True, timeout=timeout_s, timeout_exc=Waited)

    return PipeAlarm(wait_readable)


def gevent_alarm() -> Alarm:
    """Return an alarm that waits in gevent's loop."""
    from gevent.select import select

    def wait_readable(fd: int, timeout_s: float) -> None:
        select([fd], [], [], timeout_s)

    return PipeAlarm(wait_readable)


ALARMS: dict[str, Callable[[], Alarm]] = {
    "eventlet": eventlet_alarm,
    "threading": ThreadAlarm,
    "gevent": gevent_alarm,
}
# What a task sleeps to let others have their turns. Of what waits not at all gevent does much
# before it looks at sockets and the time again.
PAUSES_S = {"eventlet": 0.0, "threading": 0.0, "gevent": 1e-4}
