"""Writes log lines in a thread of its own: who logs never waits for who reads, and never fails.

A terminal that was closed, a full disk or a pipe that nobody empties must not hold up the loop.
"""

import contextlib
import io
import os
import queue
import threading
import time
from collections.abc import Callable
from typing import Any, TextIO

LINES_MAX = 10_000
FLUSH_LIMIT_S = 1.0
RETRY_S = 0.05


class LogWriter:
    """Writes lines to the descriptor `fd`, or nowhere when it is None.

    Attributes:
        lost: lines that could not be written, or not be kept until they could.
    """

    def __init__(self, fd: int | None) -> None:
        self.lost = 0
        self._fd = fd
        self._told_lost = 0
        self._waiting: queue.SimpleQueue[str | threading.Event] = queue.SimpleQueue()
        threading.Thread(target=self._write_on, name="chartserver log", daemon=True).start()

    def put(self, line: str) -> None:
        """Have a line written; one too many is lost."""
        if self._waiting.qsize() >= LINES_MAX:
            self.lost += 1
        else:
            self._waiting.put(line)

    def flush(self) -> None:
        """Wait until what was put is written, but not for long."""
        written = threading.Event()
        self._waiting.put(written)
        written.wait(FLUSH_LIMIT_S)

    def _write_on(self) -> None:
        while True:
            item = self._waiting.get()
            if isinstance(item, threading.Event):
                item.set()
                continue
            if self.lost > self._told_lost:
                n_lost, self._told_lost = self.lost - self._told_lost, self.lost
                item = f"{item} ({n_lost} lines before this one could not be written)"
            if not self._write(f"{item}\n".encode(errors="backslashreplace")):
                self.lost += 1

    def _write(self, data: bytes) -> bool:
        while data:
            try:
                if self._fd is None:
                    return False
                data = data[os.write(self._fd, data) :]
            except BlockingIOError:
                time.sleep(RETRY_S)
            except OSError:
                return False
        return True


class LineStream(io.TextIOBase):
    """Stands where `sys.stderr` does, for those who print there, and hands on whole lines.

    eventlet prints the failure of a task, Python that of a thread: an error of writing there would
    end the loop.
    """

    def __init__(self, put: Callable[[str], None], real: TextIO | None) -> None:
        self._put = put
        self._real = real
        self._lock = threading.Lock()
        self._rest = ""

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """What bytes would be written as."""
        return "utf-8"

    def writable(self) -> bool:
        """Return that it can be written to."""
        return True

    def fileno(self) -> int:
        """Return the descriptor of the real one."""
        if self._real is None:
            raise io.UnsupportedOperation("there is no stderr")
        return self._real.fileno()

    def isatty(self) -> bool:
        """Return whether the real one is a terminal."""
        with contextlib.suppress(ValueError, OSError):
            return self._real is not None and self._real.isatty()
        return False

    def write(self, text: Any) -> int:
        """Hand on the lines that are whole now."""
        with self._lock:
            *lines, self._rest = (self._rest + str(text)).split("\n")
        for line in lines:
            self._put(line)
        return len(text)
