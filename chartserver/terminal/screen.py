"""The terminal as a screen: an alternate one that is always put back as it was.

Knows nothing of charts: it shows lines and tells its size and the keys that were typed.
"""

import contextlib
import os
import select
import signal
import sys
import termios
import tty
from collections.abc import Sequence
from types import FrameType, TracebackType
from typing import Any

ENTER = "\x1b[?1049h\x1b[?25l\x1b[2J"
LEAVE = "\x1b[0m\x1b[?25h\x1b[?1049l"
# Terminals that know it show all of an update at once; the others pass it over.
BEGIN_UPDATE, END_UPDATE = "\x1b[?2026h", "\x1b[?2026l"
SIZE_UNKNOWN = (80, 24)
ENDING_SIGNALS = (signal.SIGTERM, signal.SIGHUP)


class Screen:
    """A terminal in use, from `with` on to its end; only in the main thread.

    SIGTERM and SIGHUP end the process through SystemExit, so that the terminal is put back;
    SIGTSTP (Ctrl-Z) puts it back for as long as the process is stopped.
    """

    def __init__(self) -> None:
        self._out = sys.stdout
        self._in = sys.stdin.fileno() if sys.stdin is not None and sys.stdin.isatty() else None
        self._mode: list[Any] | None = None
        self._handlers: dict[int, Any] = {}

    def __enter__(self) -> "Screen":
        for number in ENDING_SIGNALS:
            self._handlers[number] = signal.signal(number, _end)
        self._handlers[signal.SIGTSTP] = signal.signal(signal.SIGTSTP, self._stop)
        self._take()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._give_back()
        for number, handler in self._handlers.items():
            signal.signal(number, handler)

    def size(self) -> tuple[int, int]:
        """Return columns and rows, as they are now."""
        try:
            found = os.get_terminal_size(self._out.fileno())
        except OSError:
            return SIZE_UNKNOWN
        # A terminal that was never given a size says 0.
        return (found.columns or SIZE_UNKNOWN[0], found.lines or SIZE_UNKNOWN[1])

    def show(self, lines: Sequence[str]) -> None:
        """Show `lines` from the top in place of what was there; none may be too wide."""
        placed = [f"\x1b[{row};1H{line}\x1b[0m\x1b[K" for row, line in enumerate(lines, 1)]
        self._write(BEGIN_UPDATE + "".join(placed) + "\x1b[J" + END_UPDATE)

    def typed(self) -> str:
        """Return what was typed since the last call."""
        if self._in is None or not select.select([self._in], [], [], 0)[0]:
            return ""
        return os.read(self._in, 1024).decode(errors="replace")

    def _write(self, text: str) -> None:
        self._out.write(text)
        self._out.flush()

    def _take(self) -> None:
        if self._in is not None:
            self._mode = termios.tcgetattr(self._in)
            tty.setcbreak(self._in)
        self._write(ENTER)

    def _give_back(self) -> None:
        # A terminal that has gone (SIGHUP) has nothing to put back.
        with contextlib.suppress(OSError, termios.error):
            self._write(LEAVE)
            if self._in is not None and self._mode is not None:
                termios.tcsetattr(self._in, termios.TCSADRAIN, self._mode)

    def _stop(self, number: int, _frame: FrameType | None) -> None:
        self._give_back()
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
        # Here the process stands still until it is continued.
        signal.signal(number, self._stop)
        self._take()


def _end(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + number)
