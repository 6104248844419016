"""Line protocol at the addresses of InfluxDB, with its answers: `/api/v2/write` and `/write`.

A server of this kind is no database: organisation, bucket and database are not looked at, and
nothing can be asked. `/ping`, and `CREATE DATABASE` at `/query`, are there for the clients that
will not write without.
"""

import base64
import binascii
import logging
import re
from collections.abc import Mapping, Sequence
from functools import partial
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

from flask import Blueprint, Response, request

from chartserver import frames
from chartserver.errors import BadRequest, Refused
from chartserver.push.body import Body
from chartserver.push.line_protocol import Written, parse_points
from chartserver.push.measurements import Measurements
from chartserver.push.precision import UNITS_MS, UNITS_V1_MS, parse_precision
from chartserver.push.unpacking import decode
from chartserver.receipt import Receipt
from chartserver.refusals import Refusals
from chartserver.ticks import short
from chartserver.version import VERSION
from chartserver.web.push_desk import PushDesk, PushedCharts, check, digest_of, only
from chartserver.web.push_faults import Fault, answer_faults

# What clients of InfluxDB, and curl, say of line protocol. Browsers send some of it unasked.
TYPES = ("", "text/plain", "application/x-www-form-urlencoded", "application/octet-stream")
LEFT_OUT = "X-Chartserver-Left-Out"
CREATE_DATABASE = re.compile(r'\s*CREATE\s+DATABASE\s+("[^"]*"|\S+)(\s+WITH\s.*)?;?\s*', re.I)
CODES = {
    HTTPStatus.BAD_REQUEST: "invalid",
    HTTPStatus.UNAUTHORIZED: "unauthorized",
    HTTPStatus.FORBIDDEN: "forbidden",
    HTTPStatus.NOT_FOUND: "not found",
    HTTPStatus.CONFLICT: "conflict",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "request too large",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "unsupported media type",
    HTTPStatus.UNPROCESSABLE_ENTITY: "unprocessable entity",
    HTTPStatus.TOO_MANY_REQUESTS: "too many requests",
    HTTPStatus.SERVICE_UNAVAILABLE: "unavailable",
}

log = logging.getLogger(__name__)


def make_influx(desk: PushDesk, charts: PushedCharts, refusals: Refusals) -> Blueprint:
    """Return the routes."""
    writes = Writes(desk, charts)
    routes = Blueprint("influx", __name__)

    @routes.post("/api/v2/write")
    def write() -> Response:
        desk.check_push(request.environ)
        return writes.take(UNITS_MS)

    @routes.post("/write", provide_automatic_options=False)
    def write_v1() -> Response:
        desk.check_push(with_password(request.environ))
        return writes.take(UNITS_V1_MS)

    @routes.post("/query", provide_automatic_options=False)
    def query() -> Response:
        desk.check_push(with_password(request.environ))
        text = request.values.get("q", "")
        if not CREATE_DATABASE.fullmatch(text):
            raise BadRequest(f"query is {short(text)}; expected none: this is no database")
        return _json({"results": [{"statement_id": 0}]})

    # Else the page of a chart, which has paths of this kind, would be offered, too.
    @routes.route("/write", methods=["OPTIONS"])
    @routes.route("/query", methods=["OPTIONS"])
    def allow() -> Response:
        return Response(headers={"Allow": "OPTIONS, POST"})

    @routes.get("/ping")
    def ping() -> Response:
        return Response(status=204, headers={"X-Influxdb-Version": f"chartserver-{VERSION}"})

    return answer_faults(routes, refusals, told)


class Writes:
    """Takes writes, each into as many charts as it has measurements."""

    def __init__(self, desk: PushDesk, charts: PushedCharts) -> None:
        self._desk = desk
        self._charts = charts
        self._has_told = False
        self._measurements = Measurements()

    def take(self, units_ms: Mapping[str, float]) -> Response:
        """Take the write that the request is; answer when all of it is kept."""
        check_type(request.mimetype)
        unit_ms = parse_precision(only("precision"), units_ms, "ns") or 0.0
        most_series, most_charts = self._desk.most_series, self._charts.most_pushed()
        written, body = self._desk.read(
            lambda body: parse_points(decode(body), unit_ms, most_series, most_charts)
        )
        self._measurements.check(written.measurements)
        # In InfluxDB, too, a point that comes again changes nothing.
        key = digest_of(b"points", str(unit_ms).encode(), body) if written.is_timed else ""
        pushed = self._push(written, key)
        self._measurements.keep(written.measurements)
        self._desk.wait(pushed)
        if not written.n_left_out:
            return Response(status=204)
        if not self._has_told:
            self._has_told = True
            log.info(
                "fields of text are left out, as in %s: they cannot be drawn", written.left_out
            )
        return Response(status=204, headers={LEFT_OUT: str(written.n_left_out)})

    def _push(self, written: Written, key: str) -> Sequence[tuple[Receipt, Body]]:
        """Push to all charts or to none, unless one is pushed to by another at the same moment."""
        bodies = written.bodies
        charts = self._charts.pushed_all(
            {name: partial(check, body=body, key=key) for name, body in bodies.items()}
        )
        return [(self._desk.push(charts[name], body, key), body) for name, body in bodies.items()]


def check_type(kind: str) -> None:
    """Raise Refused for a content type that line protocol does not come as."""
    if kind not in TYPES:
        raise Refused(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "",
            f"content type is {short(kind)}; expected text/plain",
        )


def with_password(environ: dict[str, Any]) -> dict[str, Any]:
    """Return an environ in which the password of version 1, however it is said, is a token."""
    scheme, _, text = environ.get("HTTP_AUTHORIZATION", "").strip().partition(" ")
    password = parse_qs(environ.get("QUERY_STRING", "")).get("p", [""])[0]
    if scheme.lower() == "basic":
        try:
            password = base64.b64decode(text, validate=True).decode().partition(":")[2]
        except (binascii.Error, UnicodeDecodeError):
            password = ""
    if not password or scheme.lower() not in ("", "basic"):
        return environ
    return environ | {"HTTP_AUTHORIZATION": f"Token {password}"}


def told(fault: Fault) -> dict[str, Any]:
    """Return what both versions' clients understand: of `error`, and of `code` and `message`."""
    said: dict[str, Any] = {
        "code": CODES.get(fault.status, "internal error"),
        "message": fault.text,
        "error": fault.text,
    }
    if fault.line is not None:
        said["line"] = fault.line
    return said


def _json(content: dict[str, Any]) -> Response:
    return Response(frames.dump_bytes(content), content_type="application/json")
