"""The first to see a request: whoever it is of, it is looked at here before anybody works on it."""

import logging
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

from chartserver.access.rules import Permit
from chartserver.broadcast.subscription import find_chart
from chartserver.chart import Chart
from chartserver.entrance import http_answers, http_body, request_ids, request_rules
from chartserver.entrance.admission import Admission
from chartserver.entrance.bodies import Bodies
from chartserver.entrance.http_answers import RETRY_AFTER, StartResponse
from chartserver.entrance.proxies import Proxies
from chartserver.entrance.request_limits import RequestLimits
from chartserver.errors import AccessDenied, BadRequest, Refused
from chartserver.refusals import Refusals
from chartserver.stack.engine import WsgiApp
from chartserver.web import denial, probes

ENGINE_PATH = "/socket.io"
PUBLISH_PATH = "/publish"
PUBLISH_METHODS = ("GET", "HEAD")
EVENTS_PATH = re.compile(r"/api/charts/[^/]+/events")

log = logging.getLogger(__name__)


class Gate:
    """A WSGI middleware around `inner`.

    A request is first told whose it is, and given a name. Then it passes `_checks`, in their
    order: the first that raises Refused answers it, and it is counted. Then it is served, by what
    `publish_app` makes or by `inner`. Every answer gets the headers of security that it lacks.

    Args:
        on_request: called before a request is served.
        refuses_server: returns why the WSGI server that made an environ cannot serve us, or "".
        permit: returns what the sender of a request may see, or raises AccessDenied.
        allows_origin: whether the page of an origin may open a WebSocket; counts who may not.
        bodies: reads them.
        publish_app: makes a WSGI application that serves a viewer of `/publish`, of an address.
    """

    def __init__(
        self,
        inner: WsgiApp,
        *,
        charts: Mapping[str, Chart],
        proxies: Proxies,
        request_limits: RequestLimits,
        admission: Admission,
        refusals: Refusals,
        on_request: Callable[[], object],
        refuses_server: Callable[[dict[str, Any]], str],
        permit: Callable[[dict[str, Any]], Permit],
        allows_origin: Callable[[str, dict[str, Any]], bool],
        bodies: Bodies,
        publish_app: Callable[[Chart, Permit, str], WsgiApp],
    ) -> None:
        self.is_stopping = False
        self._inner = inner
        self._charts = charts
        self._proxies = proxies
        self._admission = admission
        self._refusals = refusals
        self._on_request = on_request
        self._refuses_server = refuses_server
        self._permit = permit
        self._allows_origin = allows_origin
        self._bodies = bodies
        self._publish_app = publish_app
        self._checks: tuple[Callable[[dict[str, Any]], None], ...] = (
            self._check_stopping,
            self._check_server,
            request_rules.check,
            request_limits.check,
            self._check_origin,
            self._check_viewer,
            # Last: who is refused is not read from.
            self._read_body,
        )

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request."""
        is_proxied = self._proxies.apply(environ)
        request_ids.give(environ, is_proxied=is_proxied)
        try:
            answer = self._answer(environ, _completed(start_response, environ))
        finally:
            self._bodies.let_go(environ)
            request_ids.let_go()
        if environ.get("REQUEST_METHOD") != "HEAD":
            return answer
        # Whoever sends a body all the same would have it taken for the next answer.
        if hasattr(answer, "close"):
            answer.close()
        return []

    def _answer(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        try:
            for check in self._checks:
                check(environ)
        except Refused as refused:
            if refused.kind:
                self._refusals.note(refused.kind, str(refused), environ["REMOTE_ADDR"])
            return http_answers.refuse(start_response, refused, refused.content)
        self._on_request()
        # A compressed frame cannot be shared by viewers.
        environ.pop("HTTP_SEC_WEBSOCKET_EXTENSIONS", None)
        path = environ.get("PATH_INFO", "")
        serve = self._publish if path == PUBLISH_PATH else self._inner
        if path != PUBLISH_PATH and not path.startswith(ENGINE_PATH):
            # A wish that need not be granted.
            environ.pop("HTTP_UPGRADE", None)
        if request_rules.is_upgrade(environ):
            # What it raises is how some servers are told that the connection was taken over.
            return serve(environ, start_response)
        try:
            return serve(environ, start_response)
        except Exception:
            log.exception("a request failed")
            text = "something went wrong in the server; it has been logged"
            fault = sys.exc_info()
            return http_answers.refuse(
                lambda status, headers: start_response(status, headers, fault),
                Refused(HTTPStatus.INTERNAL_SERVER_ERROR, "", text),
            )

    def _check_stopping(self, environ: dict[str, Any]) -> None:
        # Who is in may still fetch what it is told at the end; who watches us, how it goes.
        path = environ.get("PATH_INFO", "")
        if self.is_stopping and path not in probes.PATHS and not _is_of_session(environ):
            reason = "the server is stopping; expected to be back in a moment"
            raise Refused(HTTPStatus.SERVICE_UNAVAILABLE, "", reason, [RETRY_AFTER])

    def _check_server(self, environ: dict[str, Any]) -> None:
        reason = self._refuses_server(environ)
        if reason:
            log.error(reason)
            raise Refused(HTTPStatus.INTERNAL_SERVER_ERROR, "", reason)

    def _check_origin(self, environ: dict[str, Any]) -> None:
        """Refuse viewers to pages of others: browsers let every page open a WebSocket."""
        origin = environ.get("HTTP_ORIGIN")
        is_engine = environ.get("PATH_INFO", "").startswith(ENGINE_PATH)
        is_of_viewer = is_engine or _is_for_events(environ) or request_rules.is_upgrade(environ)
        if origin is None or not is_of_viewer:
            return
        if not self._allows_origin(origin, environ):
            text = "pages of your origin may not connect; expected that of this server, or a listed"
            raise Refused(HTTPStatus.FORBIDDEN, "", text)

    def _check_viewer(self, environ: dict[str, Any]) -> None:
        path = environ.get("PATH_INFO", "")
        is_publish = path == PUBLISH_PATH and request_rules.is_upgrade(environ)
        is_engine = path.startswith(ENGINE_PATH) and not _is_of_session(environ)
        if is_publish or is_engine or _is_for_events(environ):
            self._admission.check(environ)

    def _read_body(self, environ: dict[str, Any]) -> None:
        path = environ.get("PATH_INFO", "")
        try:
            self._bodies.read(environ)
        except Refused as refused:
            # Engine.IO goes by the length that is announced, and ends the session of the sender.
            is_announced = refused.kind == http_body.TOO_LARGE and environ.get("CONTENT_LENGTH")
            if not (is_announced and path.startswith(ENGINE_PATH)):
                raise

    def _publish(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        refuse = http_answers.refuse
        method = environ.get("REQUEST_METHOD")
        if method not in PUBLISH_METHODS:
            text = f"method is {method}; expected {PUBLISH_METHODS[0]}"
            allow = ("Allow", ", ".join(PUBLISH_METHODS))
            return refuse(start_response, Refused(HTTPStatus.METHOD_NOT_ALLOWED, "", text, [allow]))
        if not request_rules.is_upgrade(environ):
            text = "got a plain request; expected a WebSocket, such as ws://host/publish"
            upgrade = ("Upgrade", "websocket")
            return refuse(start_response, Refused(HTTPStatus.UPGRADE_REQUIRED, "", text, [upgrade]))
        names = parse_qs(environ.get("QUERY_STRING", "")).get("chart", [None])
        try:
            permit = self._permit(environ)
            chart = find_chart(names[0], self._charts, permit)
        except AccessDenied as error:
            status, headers = denial.status_of(error), denial.headers_of(error)
            content = denial.content_of(error)
            return refuse(start_response, Refused(status, "", str(error), headers), content)
        except BadRequest as error:
            return refuse(start_response, Refused(HTTPStatus.NOT_FOUND, "", str(error)))
        return self._publish_app(chart, permit, environ["REMOTE_ADDR"])(environ, start_response)


def _completed(start_response: StartResponse, environ: dict[str, Any]) -> StartResponse:
    """Return `start_response` that adds to the headers what every answer has."""
    name = (request_ids.HEADER, environ[request_ids.REQUEST_ID])

    def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
        return start_response(status, http_answers.secured([*headers, name], environ), *more)

    return start


def _is_for_events(environ: dict[str, Any]) -> bool:
    """Return whether a request is of one who wants to watch by server-sent events."""
    path = environ.get("PATH_INFO", "")
    return environ.get("REQUEST_METHOD") == "GET" and EVENTS_PATH.fullmatch(path) is not None


def _is_of_session(environ: dict[str, Any]) -> bool:
    """Return whether a request is of a session of Engine.IO: it names one."""
    is_engine = environ.get("PATH_INFO", "").startswith(ENGINE_PATH)
    return is_engine and "sid" in parse_qs(environ.get("QUERY_STRING", ""))
