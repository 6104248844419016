"""How the server logs: a readable line, or JSON for machines."""

import logging
import sys
from datetime import UTC, datetime

from chartserver import frames


class TextFormatter(logging.Formatter):
    """One readable line; a traceback stands below."""

    def __init__(self) -> None:
        super().__init__("chartserver: %(asctime)s %(levelname)s: %(message)s", "%H:%M:%S")


class JsonFormatter(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return `record` as JSON."""
        moment = datetime.fromtimestamp(record.created, UTC)
        line = {
            "time": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return frames.dumps(line)


def start_logging(log_format: str) -> None:
    """Send the log of this program and of its libraries to stderr."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if log_format == "json" else TextFormatter())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("chartserver").setLevel(logging.INFO)
