"""The requests of Engine.IO: handshakes, polls and posts; what is none goes no further.

Whatever is refused is told as JSON and counted, and what a viewer may not do ends its session at
once: nothing of it stays.
"""

import re
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

from engineio.exceptions import SocketIsClosedError

from chartserver import frames, packets
from chartserver.allowance import Allowance
from chartserver.errors import BadMessage
from chartserver.stack import websocket_handshake
from chartserver.stack.session import Session
from chartserver.stack.websocket_handshake import BadHandshake
from chartserver.ticks import short

METHODS = ("GET", "POST", "OPTIONS")
TRANSPORTS = ("polling", "websocket")
VERSION = "4"
CONTENT_TYPE = "text/plain"
OURS = "expected that of this server, or one of --origins"
LENGTH = re.compile("[0-9]{1,18}")
UPGRADE = (("Upgrade", "websocket"), ("Sec-WebSocket-Version", websocket_handshake.VERSION))
# The status of what was posted and is refused; of all else 400.
STATUS = {
    "too_fast": HTTPStatus.TOO_MANY_REQUESTS,
    "too_large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "unexpected": HTTPStatus.INTERNAL_SERVER_ERROR,
}


class Refused(Exception):
    """A request is refused; it is counted as one of `kind`."""

    def __init__(
        self,
        kind: str,
        text: str,
        status: HTTPStatus = HTTPStatus.BAD_REQUEST,
        *headers: tuple[str, str],
    ) -> None:
        super().__init__(text)
        self.kind = kind
        self.status = status
        self.headers = headers


class EngineRequests:
    """A WSGI application in front of that of `server`, engineio's."""

    def __init__(self, server: Any, allowance: Allowance) -> None:
        self._server = server
        self._allowance = allowance
        self._inner = server.handle_request

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Answer one request."""
        if not self._allows_origin(environ):
            start_response("403 Forbidden", [("Content-Type", "application/json")])
            return [
                frames.dump_bytes({"error": f"origin is {short(environ['HTTP_ORIGIN'])}; {OURS}"})
            ]
        if environ["REQUEST_METHOD"] == "OPTIONS":
            return self._answer(environ, start_response, HTTPStatus.OK, b"")
        try:
            query = _query(environ)
            session = self._session(query.get("sid"))
            if query["transport"] == "websocket":
                _check_handshake(environ, session)
            elif environ["REQUEST_METHOD"] == "POST":
                return self._post(environ, start_response, session)
            else:
                _check_polls(session)
        except Refused as error:
            who = environ.get("REMOTE_ADDR", "")
            self._allowance.refusals.note(error.kind, str(error), who)
            return self._refuse(environ, start_response, error.status, str(error), *error.headers)
        answer: Iterable[bytes] = self._inner(environ, start_response)
        return answer

    def _allows_origin(self, environ: dict[str, Any]) -> bool:
        """Return whether the page that sent the request may; who judges that also counts it."""
        origin = environ.get("HTTP_ORIGIN")
        allowed = self._server._cors_allowed_origins(environ) if origin else None
        return allowed is None or origin in allowed

    def _session(self, sid: str | None) -> Session | None:
        """Return the session of that name; None of a request that asks for one."""
        if sid is None:
            return None
        session: Session | None = self._server.sockets.get(sid)
        if session is None or session.closed or not session.connected:
            raise Refused(
                "unknown_session", f"sid is {short(sid)}; expected that of an open session"
            )
        return session

    def _post(
        self, environ: dict[str, Any], start_response: Callable[..., Any], session: Session | None
    ) -> Iterable[bytes]:
        if session is None:
            raise Refused("bad_request", "got a POST without sid; expected a handshake by GET")
        _check_polls(session)
        try:
            self._take_body(environ, session)
        except SocketIsClosedError:
            raise Refused("unknown_session", "the session has ended; expected a new one") from None
        except BadMessage as error:
            session.refuse(error)
            status = STATUS.get(error.kind, HTTPStatus.BAD_REQUEST)
            return self._refuse(environ, start_response, status, str(error))
        return self._answer(environ, start_response, HTTPStatus.OK, b"ok")

    def _take_body(self, environ: dict[str, Any], session: Session) -> None:
        if session.is_posting:
            raise BadMessage(
                "overlap", packets.NOT_ALLOWED, "got a POST beside another; expected one at a time"
            )
        session.is_posting = True
        try:
            session.take_payload(_body(environ, self._allowance))
        finally:
            session.is_posting = False

    def _refuse(
        self,
        environ: dict[str, Any],
        start_response: Callable[..., Any],
        status: HTTPStatus,
        text: str,
        *headers: tuple[str, str],
    ) -> Iterable[bytes]:
        body = frames.dump_bytes({"error": text})
        return self._answer(
            environ, start_response, status, body, *headers, content_type="application/json"
        )

    def _answer(
        self,
        environ: dict[str, Any],
        start_response: Callable[..., Any],
        status: HTTPStatus,
        body: bytes,
        *headers: tuple[str, str],
        content_type: str = CONTENT_TYPE,
    ) -> Iterable[bytes]:
        start_response(
            f"{status.value} {status.phrase}",
            [
                ("Content-Type", content_type),
                ("Content-Length", str(len(body))),
                ("Cache-Control", "no-store"),
                *headers,
                *self._server._cors_headers(environ),
            ],
        )
        return [body]


def install(server: Any, allowance: Allowance) -> None:
    """Have `server`, engineio's, see only requests that are as they should be."""
    server.handle_request = EngineRequests(server, allowance)


def _query(environ: dict[str, Any]) -> dict[str, str]:
    """Return what a request of Engine.IO asks for, each name once."""
    method = environ["REQUEST_METHOD"]
    if method not in METHODS:
        allow = ("Allow", ", ".join(METHODS))
        text = f"method is {short(method)}; expected GET or POST"
        raise Refused("bad_request", text, HTTPStatus.METHOD_NOT_ALLOWED, allow)
    many = parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True)
    twice = [name for name, values in many.items() if len(values) > 1]
    if twice:
        raise Refused("bad_request", f"got {short(twice[0])} more than once; expected it once")
    query = {name: values[0] for name, values in many.items()}
    version, transport = query.get("EIO"), query.get("transport")
    if version != VERSION:
        raise Refused(
            "bad_version",
            f"EIO is {short(version)}; expected {VERSION}: a client of Socket.IO 3 or 4",
        )
    if "j" in query:
        raise Refused("bad_request", "got j; expected none: JSONP is not served")
    if transport not in TRANSPORTS:
        raise Refused(
            "bad_request", f"transport is {short(transport)}; expected {' or '.join(TRANSPORTS)}"
        )
    return query


def _check_handshake(environ: dict[str, Any], session: Session | None) -> None:
    """Raise Refused unless a WebSocket may be made of the connection."""
    try:
        websocket_handshake.check(environ)
    except BadHandshake as error:
        raise Refused("bad_handshake", str(error), error.status, *UPGRADE) from None
    if session is not None and (session.upgrading or session.upgraded):
        raise Refused("overlap", "the session has a WebSocket; expected one only")


def _check_polls(session: Session | None) -> None:
    """Raise Refused unless the session is new, or fetches by polls."""
    if session is not None and session.upgraded:
        raise Refused("bad_request", "the session has a WebSocket; expected nothing beside it")


def _body(environ: dict[str, Any], allowance: Allowance) -> bytes:
    """Return what is posted; BadMessage when it is no text, too large, or not all there."""
    kind = environ.get("CONTENT_TYPE") or CONTENT_TYPE
    if kind.partition(";")[0].strip().lower() != CONTENT_TYPE:
        raise BadMessage(
            "malformed",
            packets.NOT_THE_PROTOCOL,
            f"content type is {short(kind)}; expected {CONTENT_TYPE}",
        )
    length = environ.get("CONTENT_LENGTH") or ""
    if not LENGTH.fullmatch(length):
        raise BadMessage(
            "malformed",
            packets.NOT_THE_PROTOCOL,
            f"length is {short(length)}; expected it in bytes",
        )
    n_bytes = int(length)
    allowance.check_size(n_bytes)
    try:
        body: bytes = environ["wsgi.input"].read(n_bytes)
    except OSError:
        body = b""
    if len(body) < n_bytes:
        raise BadMessage(
            "malformed",
            packets.NOT_THE_PROTOCOL,
            f"got {len(body)} bytes of a body; expected {n_bytes}",
        )
    return body
