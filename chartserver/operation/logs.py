"""How the server logs: a readable line, or JSON for machines; without secrets, and one line each.

Nothing that was logged can look like another line: what could is escaped, a traceback is indented.
"""

import contextlib
import logging
import math
import sys
import time
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from chartserver import frames
from chartserver.operation.log_writer import LineStream, LogWriter
from chartserver.operation.masking import Mask

INDENT = "    "
REPEAT_S = 10.0
PLACES_MAX = 256

# The id of the request that is served; set where requests come in.
request_id: ContextVar[str] = ContextVar("chartserver_request_id", default="")


class TextFormatter(logging.Formatter):
    """One readable line; a traceback stands below, indented."""

    def __init__(self, mask: Mask | None = None, worker: int = 0) -> None:
        super().__init__()
        self._mask = mask or Mask()
        self._name = f"chartserver[{worker}]" if worker else "chartserver"

    def format(self, record: logging.LogRecord) -> str:
        """Return `record` as text."""
        moment = datetime.fromtimestamp(record.created)
        said = escape(self._mask(record.getMessage()))
        of = f" (request {escape(request_id.get())})" if request_id.get() else ""
        lines = [f"{self._name}: {moment:%H:%M:%S} {record.levelname}: {said}{of}"]
        if record.exc_info:
            trace = self._mask(self.formatException(record.exc_info))
            lines += [INDENT + escape(line) for line in trace.split("\n")]
        return "\n".join(lines)


class JsonFormatter(logging.Formatter):
    """One JSON object a line."""

    def __init__(self, mask: Mask | None = None, worker: int = 0) -> None:
        super().__init__()
        self._mask = mask or Mask()
        self._which = {"worker": worker} if worker else {}

    def format(self, record: logging.LogRecord) -> str:
        """Return `record` as JSON."""
        moment = datetime.fromtimestamp(record.created, UTC)
        line = {
            "time": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            **self._which,
            "message": self._mask(record.getMessage()),
        }
        if request_id.get():
            line["request_id"] = request_id.get()
        if record.exc_info:
            line["traceback"] = self._mask(self.formatException(record.exc_info))
        return frames.dumps(line)


class Repeats:
    """A filter of log records: of tracebacks from one line each, one in `REPEAT_S`.

    Whoever finds a request that fails must not fill the log with it. What was left out is told
    with the next.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seen: dict[tuple[str, int], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether `record` is to be written."""
        if not record.exc_info or record.exc_info[2] is None:
            return True
        frame = record.exc_info[2]
        while frame.tb_next is not None:
            frame = frame.tb_next
        where = frame.tb_frame.f_code.co_filename, frame.tb_lineno
        told_s, left_out = self._seen.pop(where, (-math.inf, 0))
        now_s = self._clock()
        if now_s - told_s < REPEAT_S:
            self._seen[where] = told_s, left_out + 1
            return False
        self._seen[where] = now_s, 0
        while len(self._seen) > PLACES_MAX:
            del self._seen[next(iter(self._seen))]
        if left_out:
            record.msg, record.args = f"{record.getMessage()} ({left_out} like it left out)", ()
        return True


class WriterHandler(logging.Handler):
    """Hands log records to a LogWriter."""

    def __init__(self, writer: LogWriter) -> None:
        super().__init__()
        self.writer = writer
        self.addFilter(Repeats())

    def emit(self, record: logging.LogRecord) -> None:
        """Have a record written; what cannot be said is no reason to fail."""
        try:
            self.writer.put(self.format(record))
        except Exception:
            self.handleError(record)

    def flush(self) -> None:
        """Wait until what was logged is written, but not for long."""
        self.writer.flush()


def escape(text: str) -> str:
    r"""Return `text` with what is not printable as `\n`, `\x1b` and the like: as one line."""
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in text
    )


def start_logging(
    log_format: str = "text", log_level: str = "info", secrets: Iterable[str] = (), worker: int = 0
) -> LogWriter:
    """Send the log of this program and of its libraries to stderr, and what is printed there.

    `secrets` are never written. Lines of a `worker` tell its number.
    """
    # What fails in logging must neither be raised nor be printed: nobody would hear it.
    logging.raiseExceptions = False
    real = sys.stderr
    writer = LogWriter(_descriptor(real))
    handler = WriterHandler(writer)
    mask = Mask(secrets)
    formatter = (JsonFormatter if log_format == "json" else TextFormatter)(mask, worker)
    handler.setFormatter(formatter)
    level = logging.getLevelNamesMapping()[log_level.upper()]
    # Libraries log packets, and with them tokens, below warnings.
    logging.basicConfig(level=max(level, logging.WARNING), handlers=[handler], force=True)
    logging.getLogger("chartserver").setLevel(level)

    def put_printed(line: str) -> None:
        record = logging.LogRecord("stderr", logging.ERROR, "", 0, "%s", (line,), None)
        plain = escape(mask(line))
        writer.put(formatter.format(record) if log_format == "json" else plain)

    sys.stderr = LineStream(put_printed, real)
    return writer


def say(text: str) -> None:
    """Tell who started us, on stderr, whatever the level: a line that is not about a fault."""
    handler = _handler()
    if handler is not None and isinstance(handler.formatter, JsonFormatter):
        record = logging.LogRecord("chartserver", logging.INFO, "", 0, "%s", (text,), None)
        handler.writer.put(handler.format(record))
        return
    # In one piece: sources log from their threads.
    with contextlib.suppress(OSError, ValueError, AttributeError):
        sys.stderr.write(f"chartserver: {text}\n")
        sys.stderr.flush()


def current_writer() -> LogWriter | None:
    """Return what writes the log; None where the log is another program's."""
    handler = _handler()
    return handler.writer if handler is not None else None


def _handler() -> WriterHandler | None:
    return next((one for one in logging.root.handlers if isinstance(one, WriterHandler)), None)


def _descriptor(stream: Any) -> int | None:
    """Return the descriptor of a stream; None when there is none, as in tests or for a service."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        descriptor: int = stream.fileno()
        return descriptor
    return None
