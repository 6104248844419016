"""The requests of Engine.IO: handshakes, polls and posts; what is none goes no further.

Whatever is refused is told as JSON and counted, and what a viewer may not do ends its session at
once: nothing of it stays.
"""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

from engineio.exceptions import SocketIsClosedError

from chartserver.entrance import http_answers
from chartserver.entrance.http_answers import StartResponse
from chartserver.errors import BadMessage, Refused
from chartserver.intake import packets
from chartserver.intake.allowance import Allowance
from chartserver.stack import websocket_handshake
from chartserver.stack.session import Session
from chartserver.stack.websocket_handshake import BadHandshake
from chartserver.ticks import short

METHODS = ("GET", "POST", "OPTIONS")
TRANSPORTS = ("polling", "websocket")
VERSION = "4"
TEXT = "text/plain"
UPGRADE = (("Upgrade", "websocket"), ("Sec-WebSocket-Version", websocket_handshake.VERSION))
# The status of what was posted and is refused; of all else 400.
STATUS = {
    "too_fast": HTTPStatus.TOO_MANY_REQUESTS,
    "too_large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "unexpected": HTTPStatus.INTERNAL_SERVER_ERROR,
}


class EngineRequests:
    """A WSGI application in front of that of `server`, engineio's.

    The gate has looked at a request before: at the page that it is of, and at its body.
    """

    def __init__(self, server: Any, allowance: Allowance) -> None:
        self._server = server
        self._allowance = allowance
        self._inner = server.handle_request

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        start = self._with_cors(environ, start_response)
        try:
            session = self._check(environ)
            if environ["REQUEST_METHOD"] == "OPTIONS":
                return _ok(start)
            if environ["REQUEST_METHOD"] == "POST":
                self._take_post(environ, session)
                return _ok(start)
        except Refused as refused:
            if refused.kind:
                who = environ.get("REMOTE_ADDR", "")
                self._allowance.refusals.note(refused.kind, str(refused), who)
            return http_answers.refuse(start, refused)
        answer: Iterable[bytes] = self._inner(environ, start_response)
        return answer

    def _with_cors(self, environ: dict[str, Any], start_response: StartResponse) -> StartResponse:
        """Return `start_response` that lets pages of origins that may connect read the answer."""

        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            cors = self._server._cors_headers(environ)
            return start_response(status, [*headers, *cors], *more)

        return start

    def _check(self, environ: dict[str, Any]) -> Session | None:
        """Return the session that a request is of, None if it is of none yet; or raise Refused."""
        method = environ["REQUEST_METHOD"]
        if method not in METHODS:
            allow = ("Allow", ", ".join(METHODS))
            text = f"method is {short(method)}; expected GET or POST"
            raise Refused(HTTPStatus.METHOD_NOT_ALLOWED, "bad_request", text, [allow])
        if method == "OPTIONS":
            return None
        query = _query(environ)
        session = self._session(query.get("sid"))
        if query["transport"] == "websocket":
            _check_handshake(environ, session)
        else:
            _check_polling(environ, session)
        return session

    def _session(self, sid: str | None) -> Session | None:
        if sid is None:
            return None
        session: Session | None = self._server.sockets.get(sid)
        if session is None or session.closed or not session.connected:
            raise _bad("unknown_session", f"sid is {short(sid)}; expected that of an open session")
        return session

    def _take_post(self, environ: dict[str, Any], session: Session | None) -> None:
        """Give a session what was posted to it; raise Refused when that ended it."""
        if session is None:
            raise _bad("bad_request", "got a POST without sid; expected a handshake by GET")
        try:
            _check_alone(session)
            session.is_posting = True
            try:
                session.take_payload(self._body(environ))
            finally:
                session.is_posting = False
        except SocketIsClosedError:
            raise _bad("unknown_session", "the session has ended; expected another") from None
        except BadMessage as error:
            session.refuse(error)
            status = STATUS.get(error.kind, HTTPStatus.BAD_REQUEST)
            raise Refused(status, "", str(error)) from None

    def _body(self, environ: dict[str, Any]) -> bytes:
        """Return what is posted, or raise BadMessage; it has been read, unless it is too large."""
        kind = environ.get("CONTENT_TYPE") or TEXT
        if kind.partition(";")[0].strip().lower() != TEXT:
            text = f"content type is {short(kind)}; expected {TEXT}"
            raise BadMessage("malformed", packets.NOT_THE_PROTOCOL, text)
        n_bytes = int(environ.get("CONTENT_LENGTH") or 0)
        self._allowance.check_size(n_bytes)
        body: bytes = environ["wsgi.input"].read(n_bytes)
        return body


def install(server: Any, allowance: Allowance) -> None:
    """Have `server`, engineio's, see only requests that are as they should be."""
    server.handle_request = EngineRequests(server, allowance)


def _query(environ: dict[str, Any]) -> dict[str, str]:
    """Return what a request of Engine.IO asks for, each name once."""
    many = parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True)
    twice = [name for name, values in many.items() if len(values) > 1]
    if twice:
        raise _bad("bad_request", f"got {short(twice[0])} more than once; expected it once")
    query = {name: values[0] for name, values in many.items()}
    version, transport = query.get("EIO"), query.get("transport")
    if version != VERSION:
        text = f"EIO is {short(version)}; expected {VERSION}: a client of Socket.IO 3 or 4"
        raise _bad("bad_version", text)
    if "j" in query:
        raise _bad("bad_request", "got j; expected none: JSONP is not served")
    if transport not in TRANSPORTS:
        text = f"transport is {short(transport)}; expected {' or '.join(TRANSPORTS)}"
        raise _bad("bad_request", text)
    return query


def _check_handshake(environ: dict[str, Any], session: Session | None) -> None:
    """Raise Refused unless a WebSocket may be made of the connection."""
    try:
        websocket_handshake.check(environ)
    except BadHandshake as error:
        raise Refused(error.status, "bad_handshake", str(error), UPGRADE) from None
    if session is not None and (session.upgrading or session.upgraded):
        raise _bad("overlap", "the session has a WebSocket; expected one only")


def _check_polling(environ: dict[str, Any], session: Session | None) -> None:
    """Raise Refused unless a request may be one of polling."""
    if environ.get("HTTP_UPGRADE", "").lower() == "websocket":
        raise _bad("bad_request", "got a WebSocket's handshake; expected transport=websocket")
    if session is not None and session.upgraded:
        raise _bad("overlap", "the session has a WebSocket; expected nothing beside it")


def _check_alone(session: Session) -> None:
    if session.is_posting:
        text = "got a POST beside another; expected one at a time"
        raise BadMessage("overlap", packets.NOT_ALLOWED, text)


def _bad(kind: str, text: str) -> Refused:
    return Refused(HTTPStatus.BAD_REQUEST, kind, text)


def _ok(start_response: StartResponse) -> Iterable[bytes]:
    headers = [("Content-Type", TEXT), ("Content-Length", "2"), ("Cache-Control", "no-store")]
    start_response("200 OK", headers)
    return [b"ok"]
