"""The HTTP interface: charts, their descriptions and their ticks; whether the server is alive."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

from flask import Blueprint, Response, request

from chartserver import frames
from chartserver.access import Permit
from chartserver.chart import Chart
from chartserver.errors import BadRequest, PositionLost, UnknownChart
from chartserver.subscription import find_chart, parse_points, visible
from chartserver.ticks import Position, Ticks, short

# What a fault of the request is answered with; the closest class counts.
# So many rows take some 15 ms.
CSV_ROWS = 1_000
STATUS_OF = {BadRequest: 400, UnknownChart: 404, PositionLost: 410}


def make_api(
    charts: Mapping[str, Chart],
    permit: Callable[[Mapping[str, Any]], Permit],
    give_way: Callable[[], object] = lambda: None,
) -> Blueprint:
    """Return the HTTP interface to `charts`.

    `permit` returns what the sender of a request may see, or raises AccessDenied; `give_way` lets
    others have the loop.
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
        form = query.get("format", "json")
        if form not in ("json", "csv"):
            raise BadRequest(f"format is {short(form)}; expected json or csv")
        chosen = _chosen(chart, query)
        if "points" in query:
            chosen = frames.reduce(chosen, parse_points(_parsed("points", query["points"], int)))
        if form == "csv":
            rows = to_csv(chart, chosen, give_way)
            return Response(rows, content_type="text/csv; charset=utf-8")
        return _json(frames.frame(chart.name, chosen))

    @api.get("/healthz")
    def health() -> Response:
        return _json({"status": "ok"})

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
    for first in range(0, len(ticks), CSV_ROWS):
        give_way()
        piece = slice(first, first + CSV_ROWS)
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


def _chosen(chart: Chart, query: Mapping[str, str]) -> Ticks:
    """Return the ticks after `since`, those between `from` and `to` (ms), or all."""
    if "since" in query:
        return chart.history.since(Position.parse(query["since"]))
    if "from" in query or "to" in query:
        from_ms = _parsed("from", query.get("from", "-inf"), float)
        to_ms = _parsed("to", query.get("to", "inf"), float)
        if not from_ms <= to_ms:
            raise BadRequest(f"from is {from_ms} and to is {to_ms}; expected from at or before to")
        return chart.history.between(from_ms, to_ms)
    return chart.history.all()


def _parsed(name: str, raw: str, parse: Callable[[str], Any]) -> Any:
    try:
        return parse(raw)
    except ValueError:
        wanted = "a whole number, such as 1200" if parse is int else "milliseconds since 1970"
        raise BadRequest(f"{name} is {short(raw)}; expected {wanted}") from None


def _refusal(status: int, error: Exception) -> Response:
    return _json({"error": str(error)}, status)


def _json(content: dict[str, Any], status: int = 200) -> Response:
    return Response(frames.dump_bytes(content), status, content_type="application/json")
