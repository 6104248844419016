"""Reads lines of numbers into a backlog, as `serve --chart -` reads them."""

import threading
from collections.abc import Callable, Sequence

from chartserver.clients.backlog import Backlog, Entry
from chartserver.clock import StampClock
from chartserver.errors import ConfigError
from chartserver.sources.lines import EXPECTED, LineParser
from chartserver.sources.stdin import LINE_BYTES_MAX, read_lines
from chartserver.ticks import Tick


class Feed:
    """The lines of a descriptor, read to their end. `run` is for one thread, `stop` for any.

    A tick without a time gets that of its reading: a later try does not move it.

    Attributes:
        read: ticks so far.
        fault: what has ended it before its time.
    """

    def __init__(
        self,
        descriptor: int,
        backlog: Backlog,
        *,
        series: Sequence[str] = (),
        skip_bad: bool = False,
        now_ms: Callable[[], float] | None = None,
    ) -> None:
        self.read = 0
        self.fault: ConfigError | OSError | None = None
        self._descriptor = descriptor
        self._backlog = backlog
        self._parser = LineParser(series)
        self._skip_bad = skip_bad
        self._now_ms = now_ms or StampClock().now_ms
        self._stop = threading.Event()

    @property
    def skipped(self) -> int:
        """How many lines made no sense."""
        return self._parser.lines_refused

    @property
    def first_skipped(self) -> str:
        """What was wrong with the first of them; "" when all was well."""
        return str(self._parser.first_refused or "")

    def run(self) -> None:
        """Read until the end, until `stop`, or until a fault; then the backlog has ended."""
        try:
            for line in read_lines(self._descriptor, self._stop):
                tick = self._tick(line)
                if self.skipped and not self._skip_bad:
                    raise ConfigError(self.first_skipped)
                if tick and not self._add(tick, len(line or b"")):
                    return
            if self._parser.lines and not self.read and not self._stop.is_set():
                raise ConfigError(f"got {self._parser.lines} lines without a number; {EXPECTED}")
        except (ConfigError, OSError) as error:
            self.fault = error
        finally:
            self._backlog.end()

    def stop(self) -> None:
        """Read no more."""
        self._stop.set()

    def _tick(self, line: bytes | None) -> Tick | None:
        if line is None:
            self._parser.refuse("…", f"expected lines of at most {LINE_BYTES_MAX} bytes")
            return None
        return self._parser.parse(line.decode("utf-8", "replace"))

    def _add(self, tick: Tick, text_bytes: int) -> bool:
        is_stamped = tick.time_ms is None
        if is_stamped:
            tick = tick._replace(time_ms=self._now_ms())
        is_taken = self._backlog.add(Entry(tick, self._parser.lines, text_bytes, is_stamped))
        self.read += is_taken
        return is_taken
