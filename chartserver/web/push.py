"""`POST /api/charts/<chart>/ticks`: ticks as JSON, as lines of JSON, or as CSV."""

import re
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, request

from chartserver import frames
from chartserver.errors import BadRequest, Refused
from chartserver.push.body import Body
from chartserver.push.csv_ticks import parse_csv
from chartserver.push.json_ticks import parse_json, parse_lines
from chartserver.push.precision import parse_precision
from chartserver.push.unpacking import decode
from chartserver.push_keys import key_of
from chartserver.receipt import Receipt
from chartserver.refusals import Refusals
from chartserver.ticks import short
from chartserver.web.push_desk import PushDesk, PushedCharts, check, digest_of, only
from chartserver.web.push_faults import Fault, answer_faults

JSON = "application/json"
Parser = Callable[[bytes, float | None, int], Body]

KEY = re.compile(r"[ -~]{1,200}")


def _parse_table(body: bytes, unit_ms: float | None, most_series: int, delimiter: str) -> Body:
    return parse_csv(decode(body), unit_ms, most_series, delimiter)


PARSERS: dict[str, Parser] = {
    JSON: parse_json,
    "application/x-ndjson": parse_lines,
    "application/ndjson": parse_lines,
    "application/jsonl": parse_lines,
    "text/csv": partial(_parse_table, delimiter=","),
    "text/tab-separated-values": partial(_parse_table, delimiter="\t"),
}


def make_push(desk: PushDesk, charts: PushedCharts, refusals: Refusals) -> Blueprint:
    """Return the route."""
    routes = Blueprint("push", __name__)

    @routes.post("/api/charts/<name>/ticks")
    def take(name: str) -> Response:
        desk.check_push(request.environ)
        parse, key = parser_of(request.mimetype), _key(name)
        unit_ms = parse_precision(only("precision"))
        body, content = desk.read(lambda packed: parse(packed, unit_ms, desk.most_series))
        digest = key_of(key, digest_of(content)) if key else ""
        chart = charts.pushed_all({name: partial(check, body=body, key=digest)})[name]
        receipt = desk.push(chart, body, digest)
        desk.wait([(receipt, body)])
        return _json(_answer(name, receipt))

    return answer_faults(routes, refusals, told)


def parser_of(kind: str) -> Parser:
    """Return what reads bodies of a content type; raise Refused when nothing does."""
    if kind not in PARSERS:
        raise Refused(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "",
            f"content type is {short(kind)}; expected one of {', '.join(PARSERS)}",
        )
    return PARSERS[kind]


def _key(chart: str) -> str:
    """Return what names the push, "" for one without a key."""
    text = request.headers.get("Idempotency-Key")
    if text is None:
        return ""
    if not KEY.fullmatch(text):
        raise BadRequest(
            f"Idempotency-Key is {short(text)}; expected 1 to 200 printable characters of ASCII,"
            " such as '7c1f6e0a'"
        )
    return digest_of(b"key", chart.encode("utf-8", "surrogatepass"), text.encode())


def _answer(chart: str, receipt: Receipt) -> dict[str, Any]:
    epoch, offset = receipt.position or ("", 0)
    return {
        "chart": chart,
        "epoch": epoch,
        "offset": offset,
        "ticks": receipt.n,
        "reordered": receipt.n_moved,
        "repeat": receipt.is_repeat,
    }


def told(fault: Fault) -> dict[str, Any]:
    """Return what a fault is told as: `error`, and where in the body it is."""
    where = {
        "code": fault.code or None,
        "line": fault.line,
        "index": fault.index,
        "last": fault.last_ms,
    }
    said = {name: value for name, value in where.items() if value is not None}
    return {"error": fault.text, **said}


def _json(content: dict[str, Any]) -> Response:
    return Response(frames.dump_bytes(content), content_type=JSON)
