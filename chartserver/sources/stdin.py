"""Standard input: what another program prints, line by line."""

import logging
import os
import select
import sys
import threading
import weakref
from collections.abc import Iterator, Sequence

from chartserver.sources.lines import LineParser
from chartserver.sources.options import Options
from chartserver.sources.source import Source
from chartserver.ticks import Series, Tick

LINE_BYTES_MAX = 65_536
READ_BYTES = 65_536
# How soon a `stop` is noticed while nothing comes.
POLL_S = 0.1

log = logging.getLogger(__name__)
# Two readers would each get half of the lines. Weak: whoever drops a source frees the input.
readers: "weakref.WeakSet[Stdin]" = weakref.WeakSet()


class LineBuffer:
    """Cuts bytes into lines. Keeps at most one unfinished line, and none that is too long."""

    def __init__(self) -> None:
        self._rest = b""
        self._is_skipping = False

    def feed(self, data: bytes) -> Iterator[bytes | None]:
        """Yield the lines that `data` completes, without line ends; None for one too long."""
        *lines, rest = (self._rest + data).split(b"\n")
        for line in lines:
            if self._is_skipping:
                self._is_skipping = False
            elif len(line) > LINE_BYTES_MAX:
                yield None
            else:
                yield line
        if self._is_skipping:
            rest = b""
        elif len(rest) > LINE_BYTES_MAX:
            # Told at once; what is left of the line is dropped as it comes.
            yield None
            rest, self._is_skipping = b"", True
        self._rest = rest

    def end(self) -> Iterator[bytes]:
        """Yield the last line, if it had no line end."""
        if self._rest:
            yield self._rest
        self._rest = b""


def read_lines(descriptor: int, stop: threading.Event) -> Iterator[bytes | None]:
    """Yield the lines of a descriptor, None for one too long, until its end or `stop`."""
    # Not through sys.stdin: a thread that is left behind in a read would hold the lock of its
    # buffer, and the interpreter aborts when it cannot take that at its end.
    buffer = LineBuffer()
    while not stop.is_set():
        if not _is_ready(descriptor):
            continue
        try:
            data = os.read(descriptor, READ_BYTES)
        except BlockingIOError:
            continue
        if not data:
            yield from buffer.end()
            return
        yield from buffer.feed(data)


class Stdin:
    """Ticks from the lines of a file descriptor; the end of the file is the end of the source."""

    title = ""
    interval_s: float | None = None

    def __init__(self, series: Sequence[Series] = (), descriptor: int = 0) -> None:
        self.series = series
        self._descriptor = descriptor
        self._parser = LineParser([one.name for one in series])
        self._has_complained = False

    @property
    def lines_refused(self) -> int:
        """How many lines made no sense; the first was told."""
        return self._parser.lines_refused

    def ticks(self, stop: threading.Event) -> Iterator[Tick]:
        """Yield a tick for each line that has one, until the input ends."""
        for line in read_lines(self._descriptor, stop):
            if line is None:
                self._parser.refuse("…", f"expected lines of at most {LINE_BYTES_MAX} bytes")
                tick = None
            else:
                tick = self._parser.parse(line.decode("utf-8", "replace"))
            self._complain()
            if tick:
                yield tick

    def _complain(self) -> None:
        refused = self._parser.first_refused
        if refused and not self._has_complained:
            self._has_complained = True
            log.warning("stdin %s", refused)


def open_stdin(target: str, options: Options) -> Source:
    """Open `-` or `stdin[?series=A,B]`: the columns to take, or the names of numbers without."""
    series = options.series()
    options.no_target(target)
    if readers:
        options.faults.append("standard input is read by another chart; expected one '-' at most")
    if sys.stdin is None:
        options.faults.append(
            "standard input is closed; expected a pipe, such as 'vmstat -n 1 | chartserver'"
        )
    options.finish()
    source = Stdin(series)
    readers.add(source)
    return source


def _is_ready(descriptor: int) -> bool:
    if sys.platform == "win32":
        return True  # there select knows sockets alone; the read itself waits
    return bool(select.select([descriptor], [], [], POLL_S)[0])
