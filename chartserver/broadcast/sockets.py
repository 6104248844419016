"""The sockets of a cohort, in a row, and one loop that writes a frame into all of them.

Two implementations of one contract: in Python, and with the C helper where it was built.
"""

from array import array
from collections.abc import Callable, Sequence
from typing import Any, Protocol

try:
    from chartserver._cohort import send_frame
except ImportError:  # no compiler was there when the package was installed
    send_frame = None  # type: ignore[assignment]

LOST = -1
# Of each viewer's socket: small, so that one who does not read is noticed before the kernel has
# taken megabytes for it.
SEND_BUFFER_BYTES = 64 * 1024


class Sockets(Protocol):
    """A row of sockets that do not block."""

    def append(self, send: Callable[[Any], int], fileno: int) -> None:
        """Put a socket at the end: its `send`, and its descriptor, open as long as it is here."""

    def remove(self, index: int) -> None:
        """Take a socket out; the last one takes its place."""

    def write(self, frame: bytes) -> Sequence[tuple[int, int]]:
        """Write `frame` into each; return (index, taken) of those that did not take all of it.

        `taken` is `LOST` when the socket is lost. Indexes rise. No other task runs meanwhile.
        """


class PythonSockets:
    """A row of sockets, written to by their own `send`."""

    def __init__(self) -> None:
        self._sends: list[Callable[[Any], int]] = []

    def append(self, send: Callable[[Any], int], fileno: int) -> None:
        """Put a socket at the end."""
        self._sends.append(send)

    def remove(self, index: int) -> None:
        """Take a socket out; the last one takes its place."""
        last = self._sends.pop()
        if index < len(self._sends):
            self._sends[index] = last

    def write(self, frame: bytes) -> Sequence[tuple[int, int]]:
        """Write `frame` into each; return (index, taken) of those that did not take all of it."""
        size = len(frame)
        unfinished = []
        for index, send in enumerate(self._sends):
            try:
                taken = send(frame)
            except BlockingIOError:
                taken = 0
            except OSError:
                taken = LOST
            if taken != size:
                unfinished.append((index, taken))
        return unfinished


class NativeSockets:
    """A row of sockets, written to by the C helper."""

    def __init__(self) -> None:
        self._filenos = array("i")

    def append(self, send: Callable[[Any], int], fileno: int) -> None:
        """Put a socket at the end."""
        self._filenos.append(fileno)

    def remove(self, index: int) -> None:
        """Take a socket out; the last one takes its place."""
        last = self._filenos.pop()
        if index < len(self._filenos):
            self._filenos[index] = last

    def write(self, frame: bytes) -> Sequence[tuple[int, int]]:
        """Write `frame` into each; return (index, taken) of those that did not take all of it."""
        return send_frame(self._filenos, frame)


def best_sockets() -> type[Sockets]:
    """Return the faster implementation of those that are there."""
    return PythonSockets if send_frame is None else NativeSockets
