"""Answers that refuse: an error as JSON, with the headers of security that every answer has."""

from collections.abc import Callable, Iterable, Sequence
from email.utils import formatdate
from typing import Any

from chartserver import frames
from chartserver.errors import Refused
from chartserver.web.page_policy import HEADERS, HSTS

RETRY_AFTER_S = 2
RETRY_AFTER = ("Retry-After", str(RETRY_AFTER_S))

Header = tuple[str, str]
StartResponse = Callable[..., Any]


def refuse(
    start_response: StartResponse, refused: Refused, content: dict[str, Any] | None = None
) -> Iterable[bytes]:
    """Answer as a WSGI application; the headers of security are for others to add.

    `content` is what is told, instead of the error's text alone.
    """
    body, headers = _error(refused, content)
    start_response(f"{refused.status.value} {refused.status.phrase}", headers)
    return [body]


def as_bytes(refused: Refused) -> bytes:
    """Return the answer as it stands on the wire, for where no application has been asked.

    The connection ends with it.
    """
    body, headers = _error(refused)
    headers += [("Date", formatdate(usegmt=True)), ("Connection", "close"), *HEADERS.items()]
    lines = [f"HTTP/1.1 {refused.status.value} {refused.status.phrase}"]
    lines += [f"{name}: {text}" for name, text in headers]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def secured(headers: Sequence[Header], environ: dict[str, Any]) -> list[Header]:
    """Return the headers of an answer, and those of security that it has not got."""
    given = {name.lower() for name, _ in headers}
    ours = [*HEADERS.items(), ("Cache-Control", "no-store")]
    if environ.get("wsgi.url_scheme") == "https":
        ours.append(HSTS)
    return [*headers, *(one for one in ours if one[0].lower() not in given)]


def _error(refused: Refused, content: dict[str, Any] | None = None) -> tuple[bytes, list[Header]]:
    body = frames.dump_bytes(content or {"error": str(refused)})
    headers = [
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
        *refused.headers,
    ]
    return body, headers
