"""The HTTP interface: charts, their descriptions and their ticks; and a description of itself."""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

from flask import Blueprint, Response, request
from werkzeug.datastructures import MultiDict

from chartserver import frames
from chartserver.access.rules import Permit
from chartserver.broadcast.subscription import find_chart, parse_points, visible
from chartserver.chart import Chart
from chartserver.errors import BadRequest, PositionLost, UnknownChart
from chartserver.ticks import EARLIEST_MS, LATEST_MS, Position, Ticks, short
from chartserver.web import openapi

# So many take some 5 ms, times and missing values included.
CSV_CELLS = 1_000
# What a fault of the request is answered with; the closest class counts.
STATUS_OF = {BadRequest: 400, UnknownChart: 404, PositionLost: 410}
# As JSON has numbers. Python's own take underscores and the digits of all scripts, too.
WHOLE = re.compile(r"[0-9]{1,12}")
NUMBER = re.compile(r"-?[0-9]{1,400}(\.[0-9]{1,400})?([eE][+-]?[0-9]{1,4})?")

Query = MultiDict[str, str]


def make_api(
    charts: Mapping[str, Chart],
    permit: Callable[[dict[str, Any]], Permit],
    give_way: Callable[[], object] = lambda: None,
    *,
    is_open: bool = True,
) -> Blueprint:
    """Return the HTTP interface to `charts`.

    `permit` returns what the sender of a request may see, or raises AccessDenied; `give_way` lets
    others have the loop; `is_open` says whether everybody may see all.
    """
    api = Blueprint("api", __name__)

    @api.get("/api/charts")
    def list_charts() -> Response:
        seen = visible(charts, permit(request.environ))
        return _json({"charts": [chart.describe() for chart in seen]})

    @api.get("/api/charts/<name>")
    def describe(name: str) -> Response:
        return _json(find_chart(name, charts, permit(request.environ)).describe())

    @api.get("/api/charts/<name>/ticks")
    def ticks(name: str) -> Response:
        chart = find_chart(name, charts, permit(request.environ))
        query = request.args
        form = _only(query, "format", "json")
        if form not in ("json", "csv"):
            raise BadRequest(f"format is {short(form)}; expected json or csv")
        points = _points(query)
        chosen = _chosen(chart, query)
        if points is not None:
            chosen = frames.reduce(chosen, points)
        if form == "csv":
            rows = to_csv(chart, chosen, give_way)
            return Response(rows, content_type="text/csv; charset=utf-8")
        return _json(frames.frame(chart.name, chosen))

    @api.get("/openapi.json")
    def describe_interface() -> Response:
        return _json(openapi.describe(is_open))

    for error, status in STATUS_OF.items():
        api.register_error_handler(error, partial(_refusal, status))
    return api


def to_csv(chart: Chart, ticks: Ticks, give_way: Callable[[], object]) -> Iterator[str]:
    """Yield ticks as CSV: a header `time,<series>…`, ISO 8601 times in UTC, a row per tick.

    `give_way` is called between pieces: a long history takes a second in all, which the loop
    must not stand still.
    """
    names = [series.name for series in chart.series[: len(ticks.values)]]
    yield _csv_rows([["time", *names]])
    n_rows = max(1, CSV_CELLS // (1 + len(names)))
    for first in range(0, len(ticks), n_rows):
        give_way()
        piece = slice(first, first + n_rows)
        rows = zip(ticks.time_ms[piece].tolist(), ticks.values.T[piece].tolist(), strict=True)
        yield _csv_rows([iso_time(ms), *("" if y != y else y for y in row)] for ms, row in rows)


def _csv_rows(rows: Iterable[Iterable[object]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def iso_time(time_ms: float) -> str:
    """Return a time in ISO 8601, in UTC, to the microsecond."""
    moment = datetime.fromtimestamp(time_ms / 1000, UTC)
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")


def _chosen(chart: Chart, query: Query) -> Ticks:
    """Return the ticks after `since`, or else those between `from` and `to` (ms), both included."""
    since = _only(query, "since")
    from_ms, to_ms = _time(query, "from", EARLIEST_MS), _time(query, "to", LATEST_MS)
    if from_ms > to_ms:
        raise BadRequest(f"from is {from_ms} and to is {to_ms}; expected from at or before to")
    if since is not None:
        return chart.history.since(Position.parse(since))
    return chart.history.between(from_ms, to_ms)


def _points(query: Query) -> int | None:
    text = _only(query, "points")
    if text is None:
        return None
    return parse_points(int(text) if WHOLE.fullmatch(text) else text)


def _time(query: Query, name: str, default_ms: float) -> float:
    text = _only(query, name)
    if text is None:
        return default_ms
    if NUMBER.fullmatch(text) and EARLIEST_MS <= float(text) <= LATEST_MS:
        return float(text)
    raise BadRequest(
        f"{name} is {short(text)}; expected milliseconds since 1970, such as 1763829000000"
    )


def _only(query: Query, name: str, default: str | None = None) -> str | None:
    """Return the one value of a parameter: of two, others might take the other one."""
    values = query.getlist(name)
    if len(values) > 1:
        raise BadRequest(f"{name} is given {len(values)} times; expected it once")
    return values[0] if values else default


def _refusal(status: int, error: Exception) -> Response:
    return _json({"error": str(error)}, status)


def _json(content: dict[str, Any], status: int = 200) -> Response:
    return Response(frames.dump_bytes(content), status, content_type="application/json")
