"""What ties a worker to the supervisor that has started it: a pair of sockets, an end in each.

The worker says on it that it serves. That the other end is closed, by the supervisor's wish or by
its death, is the wish that the worker ends. A signal would not do: terminals and platforms send
theirs to all processes together, and the second that a server gets ends it at once.
"""

import contextlib
import os
import re
import socket
import threading
from collections.abc import Callable

from chartserver.errors import ConfigError

SERVING = b"serving\n"


class Lifeline:
    """The worker's end; `number` is which worker this process is, from 1."""

    def __init__(self, number: int, descriptor: int) -> None:
        self.number = number
        # What this process starts must not keep the supervisor's last word from being heard.
        os.set_inheritable(descriptor, False)
        self._sock = socket.socket(fileno=descriptor)

    @classmethod
    def parse(cls, raw: str) -> "Lifeline":
        """Return the lifeline of `NUMBER:DESCRIPTOR`, as a supervisor gives it.

        Raises:
            ConfigError: it is no such text, or nothing of the kind was inherited.
        """
        try:
            found = re.fullmatch(r"([0-9]{1,3}):([0-9]{1,6})", raw)
            if found is None:
                raise ValueError
            return cls(int(found[1]), int(found[2]))
        except (ValueError, OSError):
            raise ConfigError(
                f"--worker is {raw!r}; expected to be left to `chartserver serve --workers N`"
            ) from None

    def tell_serving(self, _url: str = "") -> None:
        """Tell the supervisor that this worker serves."""
        with contextlib.suppress(OSError):  # it is gone, which `watch` hears
            self._sock.sendall(SERVING)

    def watch(self, on_end: Callable[[], object]) -> None:
        """Have `on_end` called, in a thread, when the supervisor wishes so or is gone."""
        threading.Thread(
            target=self._wait, args=(on_end,), name="chartserver lifeline", daemon=True
        ).start()

    def _wait(self, on_end: Callable[[], object]) -> None:
        with contextlib.suppress(OSError):  # as dead as at its end
            self._sock.recv(1)
        on_end()
