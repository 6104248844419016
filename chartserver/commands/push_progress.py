"""How a push goes, told on stderr: a line that moves on a terminal, else what gets worse or better.

Looks at feed and pusher from outside; neither knows of it.
"""

import os
import sys

from chartserver.clients.feed import Feed
from chartserver.clients.pusher import Pusher
from chartserver.terminal.text import clip, printable

COLUMNS_UNKNOWN = 80


class PushProgress:
    """Tells on stderr how far a push is."""

    def __init__(self, feed: Feed, pusher: Pusher, chart_url: str, *, is_quiet: bool) -> None:
        self._feed = feed
        self._pusher = pusher
        self._chart_url = chart_url
        self._is_quiet = is_quiet
        self._is_terminal = sys.stderr.isatty()
        self._trouble = ""
        self._restarts = 0
        self._has_told_overtaken = False

    def show(self) -> None:
        """Show how things are, as far as it is new."""
        if self._is_quiet:
            return
        pusher = self._pusher
        if pusher.restarts != self._restarts:
            self._restarts = pusher.restarts
            self._say(
                f"{self._chart_url} began afresh: what was confirmed before is not in its history"
            )
        if pusher.overtaken and not self._has_told_overtaken:
            self._has_told_overtaken = True
            self._say(
                f"{self._chart_url}: others push to it, too; ticks that came after a later one of"
                " theirs get the server's time"
            )
        if self._is_terminal:
            self._draw()
        elif bool(pusher.trouble) != bool(self._trouble):
            self._say(
                f"{self._chart_url}: {pusher.trouble}; trying again until it is well"
                if pusher.trouble
                else f"{self._chart_url} takes ticks again"
            )
        self._trouble = pusher.trouble

    def end(self) -> None:
        """Leave the last state, and tell what was skipped."""
        if self._is_quiet:
            return
        self.show()
        if self._is_terminal:
            self._write("\n")
        for what, who in (
            ("lines made no sense", self._feed),
            ("ticks were refused", self._pusher),
        ):
            if who.skipped and who.fault is None:
                self._say(f"{who.skipped} {what} and are skipped, the first: {who.first_skipped}")

    def _draw(self) -> None:
        pusher = self._pusher
        # Read once: the other threads go on meanwhile.
        confirmed, read = pusher.confirmed + pusher.skipped, self._feed.read
        parts = [f"{read} read", f"{confirmed} confirmed", f"{max(0, read - confirmed)} waiting"]
        if pusher.position is not None:
            parts.append(f"at {pusher.position}")
        if pusher.trouble:
            parts.append(f"trying again ({pusher.trouble})")
        self._write("\r" + clip("  ".join(parts), _columns() - 1) + "\x1b[K")

    def _say(self, text: str) -> None:
        clear = "\r\x1b[K" if self._is_terminal else ""
        self._write(f"{clear}chartserver: {printable(text)}\n")

    def _write(self, text: str) -> None:
        sys.stderr.write(text)
        sys.stderr.flush()


def _columns() -> int:
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns or COLUMNS_UNKNOWN
    except OSError:
        return COLUMNS_UNKNOWN
