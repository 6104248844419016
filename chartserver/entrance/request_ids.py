"""A name for each request, by which an answer is found again in the log, and in that of a proxy."""

import re
import secrets
from typing import Any

from flask import g, request

from chartserver.operation import logs

# In a WSGI environment.
REQUEST_ID = "chartserver.request_id"
HEADER = "X-Request-ID"

_SANE = re.compile(r"[A-Za-z0-9._-]{1,64}")


def give(environ: dict[str, Any], *, is_proxied: bool) -> None:
    """Name a request, as a trusted proxy has or anew; what is logged from now on is of it."""
    said = environ.get("HTTP_X_REQUEST_ID", "") if is_proxied else ""
    environ[REQUEST_ID] = said if _SANE.fullmatch(said) else secrets.token_hex(8)
    logs.request_id.set(environ[REQUEST_ID])


def let_go() -> None:
    """Have what is logged from now on be of no request."""
    logs.request_id.set("")


def keep() -> None:
    """Have the name of the request that Flask serves in `flask.g.request_id`."""
    g.request_id = request.environ.get(REQUEST_ID, "")
