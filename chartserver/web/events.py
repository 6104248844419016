"""Ticks as they come, over plain HTTP: server-sent events, for browsers and `curl`."""

import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from flask import Blueprint, Response, request
from werkzeug.datastructures import MultiDict

from chartserver import frames
from chartserver.access.origins import Origins
from chartserver.access.rules import Permit
from chartserver.broadcast.event_lines import CONTENT_TYPE
from chartserver.broadcast.subscription import Subscription
from chartserver.chart import Chart
from chartserver.errors import BadRequest, TooCostly, UnknownChart
from chartserver.stack.connection import line_of
from chartserver.ticks import short
from chartserver.web.event_stream import EventStreams

LAST_EVENT_ID = "Last-Event-ID"
DIGITS = frozenset("0123456789")
POINTS_DIGITS_MAX = 12
# What a fault of the request is answered with; the closest class counts.
STATUS_OF = {BadRequest: 400, UnknownChart: 404, TooCostly: 429}


def make_events(
    charts: Mapping[str, Chart],
    permit: Callable[[dict[str, Any]], Permit],
    origins: Origins,
    streams: EventStreams,
) -> Blueprint:
    """Return what answers viewers with events; the gate has seen to it that they may come."""
    events = Blueprint("events", __name__)

    @events.get("/api/charts/<name>/events")
    def stream(name: str) -> Response:
        environ = request.environ
        seen = permit(environ)
        wish = {"chart": name, "since": _since(), "points": _points(request.args)}
        subscription = Subscription.parse(wish, charts, seen, streams.tides.exact_ticks)
        said = headers(environ, origins)
        answer = Response(iter(()), content_type=CONTENT_TYPE, headers=said)
        if request.method == "GET":
            address = request.remote_addr or ""
            streams.prepare(subscription, address)
            answer.response = streams.answer(subscription, seen, address, line_of(environ))
        return answer

    for error, status in STATUS_OF.items():
        events.register_error_handler(error, partial(_refusal, status))
    return events


def headers(environ: Mapping[str, Any], origins: Origins) -> dict[str, str]:
    """Return what proxies and browsers are to know of such an answer.

    The page of another origin, which the gate has let in, is let read it.
    """
    said = {"Cache-Control": "no-store", "X-Accel-Buffering": "no", "Vary": "Origin"}
    if not origins.allows_own(environ):
        said["Access-Control-Allow-Origin"] = environ["HTTP_ORIGIN"]
    return said


def _refusal(status: int, error: Exception) -> Response:
    body = frames.dump_bytes({"error": str(error)})
    answer = Response(body, status, content_type="application/json")
    if isinstance(error, TooCostly):
        answer.headers["Retry-After"] = str(math.ceil(error.retry_after_s))
    return answer


def _since() -> str | None:
    """Return the position that the viewer has; a browser that comes back knows a later one."""
    return request.headers.get(LAST_EVENT_ID) or _only(request.args, "since")


def _points(query: MultiDict[str, str]) -> int | str | None:
    text = _only(query, "points")
    is_whole = text and len(text) <= POINTS_DIGITS_MAX and DIGITS.issuperset(text)
    return int(text) if text and is_whole else text


def _only(query: MultiDict[str, str], name: str) -> str | None:
    values = query.getlist(name)
    if len(values) > 1:
        raise BadRequest(f"{name} is given {len(values)} times, {short(values)}; expected it once")
    return values[0] if values else None
