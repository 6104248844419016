"""A line in the log for each request: at debug, and at error for a failure of ours."""

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

from chartserver.operation.logs import request_id
from chartserver.operation.masking import HIDDEN
from chartserver.stack.engine import WsgiApp

# The values of others are not told: they may be tokens, links or the ids of sessions.
SHOWN = frozenset(["chart", "format", "from", "points", "since", "to", "transport", "EIO"])
PATH_CHARS_MAX = 200
# What we say on purpose, when full or stopping, or of an unknown method: strangers do not decide
# how much is logged. It is counted elsewhere.
ON_PURPOSE = (HTTPStatus.NOT_IMPLEMENTED, HTTPStatus.SERVICE_UNAVAILABLE)
METHOD_CHARS_MAX = 16

log = logging.getLogger(__name__)


class RequestLog:
    """A WSGI middleware around `app`, which may set `chartserver.request_id` in the environ."""

    def __init__(self, app: WsgiApp, clock: Callable[[], float] = time.monotonic) -> None:
        self._app = app
        self._clock = clock

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Serve one request, and tell of it when it is over."""
        # Whoever comes in after this one, in the same thread, has an id of its own.
        before = request_id.set("")
        try:
            return self._serve(environ, start_response)
        finally:
            request_id.reset(before)

    def _serve(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        began_s = self._clock()
        told = _Told(environ)

        def start(status: str, *more: Any) -> Any:
            told.status = int(status.partition(" ")[0])
            return start_response(status, *more)

        try:
            body = self._app(environ, start)
        except (ConnectionError, StopIteration):
            # So servers that run threads are told of a WebSocket's end; or it is the client's.
            told.tell(self._clock() - began_s)
            raise
        except BaseException:
            told.status = told.status or HTTPStatus.INTERNAL_SERVER_ERROR
            told.tell(self._clock() - began_s)
            raise
        if log.isEnabledFor(logging.DEBUG):
            return _Body(body, lambda: told.tell(self._clock() - began_s))
        told.tell(self._clock() - began_s)
        return body


class _Told:
    """What is to be told of one request."""

    def __init__(self, environ: dict[str, Any]) -> None:
        self.status = 0
        self._environ = environ

    def tell(self, took_s: float) -> None:
        is_failure = self.status >= 500 and self.status not in ON_PURPOSE
        level = logging.ERROR if is_failure else logging.DEBUG
        if not log.isEnabledFor(level):
            return
        environ = self._environ
        before = request_id.set(str(environ.get("chartserver.request_id", "")))
        try:
            log.log(
                level,
                "%s %s: %s, %.1f ms, %s",
                str(environ.get("REQUEST_METHOD", ""))[:METHOD_CHARS_MAX],
                target(environ.get("PATH_INFO", ""), environ.get("QUERY_STRING", "")),
                # A WebSocket that was taken has no status that we get to see.
                self.status or int(HTTPStatus.SWITCHING_PROTOCOLS),
                took_s * 1000,
                environ.get("REMOTE_ADDR", "-"),
            )
        finally:
            request_id.reset(before)


class _Body:
    """A response's body that tells when it is through."""

    def __init__(self, body: Iterable[bytes], on_close: Callable[[], None]) -> None:
        self._body = body
        self._on_close = on_close

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._body)

    def close(self) -> None:
        try:
            if hasattr(self._body, "close"):
                self._body.close()
        finally:
            self._on_close()


def target(path: str, query: str) -> str:
    """Return path and query as they may stand in a log."""
    shown = [
        f"{name[:40]}={value[:80] if name in SHOWN else HIDDEN}"
        for name, value in parse_qsl(query, keep_blank_values=True)[:10]
    ]
    return path[:PATH_CHARS_MAX] + ("?" + "&".join(shown) if shown else "")
