"""The first to see a request: what has to be done before Flask and Socket.IO get it."""

import logging
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

from chartserver import denial, frames, publish
from chartserver.access import Permit
from chartserver.chart import Chart
from chartserver.errors import AccessDenied, BadRequest
from chartserver.page_policy import HEADERS
from chartserver.stack.engine import WebSocket, WsgiApp
from chartserver.subscription import find_chart

RETRY_AFTER_S = 2

log = logging.getLogger(__name__)


class Gate:
    """A WSGI middleware around `inner`.

    It gives every answer the headers of security that it has not got, starts the server's task
    with the first request, refuses requests while the server stops and viewers when it is full,
    declines permessage-deflate (a compressed frame cannot be shared by viewers), and serves
    `/publish`. `refuses_server` returns why the WSGI server that made an environ cannot serve us,
    `refuses_viewer` why a viewer is not let in, or nothing; `refused` counts those. `permit`
    returns what the sender of a request may see, or raises AccessDenied. `websocket` makes a WSGI
    application of a handler; `run_publish` serves one viewer.
    """

    def __init__(
        self,
        inner: WsgiApp,
        *,
        charts: Mapping[str, Chart],
        on_request: Callable[[], object],
        refuses_server: Callable[[dict[str, Any]], str],
        refuses_viewer: Callable[[], str],
        permit: Callable[[dict[str, Any]], Permit],
        websocket: Callable[[Callable[[WebSocket], object]], WsgiApp],
        run_publish: Callable[[WebSocket, Chart, Permit], None],
    ) -> None:
        self.is_stopping = False
        self.refused = 0
        self._inner = inner
        self._charts = charts
        self._on_request = on_request
        self._refuses_server = refuses_server
        self._refuses_viewer = refuses_viewer
        self._permit = permit
        self._websocket = websocket
        self._run_publish = run_publish

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Serve one request."""
        start_response = _with_headers(start_response)
        path, query = environ.get("PATH_INFO", ""), environ.get("QUERY_STRING", "")
        # Who is in may still fetch what it is told at the end.
        if self.is_stopping and not _is_of_session(path, query):
            reason = "the server is stopping; expected to be back in a moment"
            return self._unavailable(start_response, reason)
        reason = self._refuses_server(environ)
        if reason:
            log.error(reason)
            return refuse(start_response, HTTPStatus.INTERNAL_SERVER_ERROR, {"error": reason})
        self._on_request()
        environ.pop("HTTP_SEC_WEBSOCKET_EXTENSIONS", None)
        if path == "/publish" or _is_new_session(path, query):
            reason = self._refuses_viewer()
            if reason:
                self.refused += 1
                return self._unavailable(start_response, reason)
        if path == "/publish":
            return self._publish(environ, start_response)
        return self._inner(environ, start_response)

    def _unavailable(self, start_response: Callable[..., Any], reason: str) -> Iterable[bytes]:
        retry = ("Retry-After", str(RETRY_AFTER_S))
        return refuse(start_response, HTTPStatus.SERVICE_UNAVAILABLE, {"error": reason}, retry)

    def _publish(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        if environ.get("HTTP_UPGRADE", "").lower() != "websocket":
            upgrade = ("Upgrade", "websocket")
            return refuse(start_response, HTTPStatus.UPGRADE_REQUIRED, publish.refusal(), upgrade)
        names = parse_qs(environ.get("QUERY_STRING", "")).get("chart", [None])
        try:
            permit = self._permit(environ)
            chart = find_chart(names[0], self._charts, permit)
        except AccessDenied as error:
            status, headers = denial.status_of(error), denial.headers_of(error)
            return refuse(start_response, status, denial.content_of(error), *headers)
        except BadRequest as error:
            return refuse(start_response, HTTPStatus.NOT_FOUND, {"error": str(error)})
        app = self._websocket(lambda websocket: self._run_publish(websocket, chart, permit))
        return app(environ, start_response)


def _with_headers(start_response: Callable[..., Any]) -> Callable[..., Any]:
    def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
        given = {name.lower() for name, _ in headers}
        ours = [(name, text) for name, text in HEADERS.items() if name.lower() not in given]
        return start_response(status, [*headers, *ours], *more)

    return start


def _is_new_session(path: str, query: str) -> bool:
    """Return whether a request asks Engine.IO for a session: it names none."""
    return path.startswith("/socket.io") and not _is_of_session(path, query)


def _is_of_session(path: str, query: str) -> bool:
    return path.startswith("/socket.io") and "sid" in parse_qs(query)


def refuse(
    start_response: Callable[..., Any],
    status: HTTPStatus,
    content: dict[str, Any],
    *headers: tuple[str, str],
) -> Iterable[bytes]:
    """Answer with an error as JSON."""
    body = frames.dump_bytes(content)
    start_response(
        f"{status.value} {status.phrase}",
        [
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(body))),
            ("Cache-Control", "no-store"),
            *headers,
        ],
    )
    return [body]
