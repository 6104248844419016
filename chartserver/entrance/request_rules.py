"""What a request may be, whoever serves it: its method, its path, and whether it is an upgrade."""

import re
from typing import Any

from chartserver.entrance.http_head import MALFORMED
from chartserver.errors import Refused
from chartserver.ticks import short

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
# Known to HTTP, and nothing that a server of pages does: one shows a request to who asks, the
# other would have us connect elsewhere.
METHODS_REFUSED = ("TRACE", "CONNECT")

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def check(environ: dict[str, Any]) -> None:
    """Raise Refused for a method that nobody serves, and for a path that is no text."""
    method, path = environ.get("REQUEST_METHOD", "GET"), environ.get("PATH_INFO", "")
    if method not in METHODS:
        is_known = method in METHODS_REFUSED
        raise Refused(
            405 if is_known else 501,
            MALFORMED,
            f"method is {short(method)}; expected one of {', '.join(METHODS)}",
            [("Allow", ", ".join(METHODS))] if is_known else [],
        )
    if _CONTROL.search(path):
        raise Refused(
            400, MALFORMED, f"path is {short(path)}; expected it without control characters"
        )


def is_upgrade(environ: dict[str, Any]) -> bool:
    """Return whether a request asks for a WebSocket."""
    return str(environ.get("HTTP_UPGRADE", "")).lower() == "websocket"
