"""The HTTP interface: charts and their descriptions, and a description of itself."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, Response, request

from chartserver import frames
from chartserver.access.rules import Permit
from chartserver.broadcast.subscription import find_chart, visible
from chartserver.chart import Chart
from chartserver.web import openapi
from chartserver.web.faults import answer_faults


def make_api(
    charts: Mapping[str, Chart],
    permit: Callable[[dict[str, Any]], Permit],
    *,
    is_open: bool = True,
) -> Blueprint:
    """Return the HTTP interface to `charts`.

    `permit` returns what the sender of a request may see, or raises AccessDenied; `is_open` says
    whether everybody may see all.
    """
    api = Blueprint("api", __name__)

    @api.get("/api/charts")
    def list_charts() -> Response:
        seen = visible(charts, permit(request.environ))
        return _json({"charts": [chart.describe() for chart in seen]})

    @api.get("/api/charts/<name>")
    def describe(name: str) -> Response:
        return _json(find_chart(name, charts, permit(request.environ)).describe())

    @api.get("/openapi.json")
    def describe_interface() -> Response:
        return _json(openapi.describe(is_open))

    return answer_faults(api)


def _json(content: dict[str, Any]) -> Response:
    return Response(frames.dump_bytes(content), content_type="application/json")
