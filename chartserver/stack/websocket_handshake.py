"""The opening handshake of a WebSocket (RFC 6455, section 4.2), over a WSGI environment.

Version 13 and nothing older; no extension and no subprotocol is ever agreed upon: a compressed
frame cannot be shared by viewers, and ours needs no name.
"""

import base64
import binascii
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from wsproto.utilities import generate_accept_token

from chartserver import frames

VERSION = "13"
# In the environment of a request over our own HTTP on eventlet.
HAND_OVER = "chartserver.hand_over"
KEY_BYTES = 16
KEY_LENGTH = 24


class BadHandshake(Exception):
    """A request is no handshake of ours: it is refused with `status`."""

    def __init__(self, status: HTTPStatus, text: str) -> None:
        super().__init__(text)
        self.status = status


def check(environ: dict[str, Any]) -> None:
    """Raise BadHandshake unless the request asks for a WebSocket as it must."""
    method, protocol = environ.get("REQUEST_METHOD"), environ.get("SERVER_PROTOCOL")
    if "eventlet.input" in environ and HAND_OVER not in environ:
        protocol = "HTTP/1.1"  # eventlet's own HTTP calls every request 1.0, ours by its name
    if method != "GET" or protocol != "HTTP/1.1":
        raise BadHandshake(
            HTTPStatus.BAD_REQUEST, f"a handshake by {method} {protocol}; expected GET HTTP/1.1"
        )
    for name, word in (("HTTP_UPGRADE", "websocket"), ("HTTP_CONNECTION", "upgrade")):
        if word not in [one.strip() for one in environ.get(name, "").lower().split(",")]:
            raise BadHandshake(
                HTTPStatus.UPGRADE_REQUIRED, "a plain request; expected a WebSocket's handshake"
            )
    if environ.get("HTTP_SEC_WEBSOCKET_VERSION") != VERSION:
        raise BadHandshake(
            HTTPStatus.UPGRADE_REQUIRED, f"another version of WebSocket; expected {VERSION}"
        )
    if not environ.get("HTTP_HOST") or not _is_key(environ.get("HTTP_SEC_WEBSOCKET_KEY", "")):
        raise BadHandshake(
            HTTPStatus.BAD_REQUEST, "a handshake without Host or key; expected 16 bytes in base 64"
        )


def answer(environ: dict[str, Any]) -> bytes:
    """Return what makes a WebSocket of the connection; `check` has passed."""
    token = generate_accept_token(environ["HTTP_SEC_WEBSOCKET_KEY"].encode())
    return (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + token + b"\r\n\r\n"
    )


def refuse(error: BadHandshake, start_response: Callable[..., Any]) -> list[bytes]:
    """Answer a request that is no handshake."""
    body = frames.dump_bytes({"error": str(error)})
    headers = [
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
    ]
    if error.status is HTTPStatus.UPGRADE_REQUIRED:
        headers += [("Upgrade", "websocket"), ("Sec-WebSocket-Version", VERSION)]
    start_response(f"{error.status.value} {error.status.phrase}", headers)
    return [body]


def _is_key(key: str) -> bool:
    try:
        return len(key) == KEY_LENGTH and len(base64.b64decode(key, validate=True)) == KEY_BYTES
    except (binascii.Error, ValueError):
        return False
