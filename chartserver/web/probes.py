"""What machines ask about the server itself: whether it is alive, whether ready, its metrics."""

from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, request

from chartserver import frames
from chartserver.errors import AccessDenied
from chartserver.web import denial

# Answered while the server stops as well.
PATHS = frozenset(["/healthz", "/readyz", "/metrics"])
READING_METRICS = (
    "; the metrics are read with 'Authorization: Bearer TOKEN', a token of --metrics-tokens,"
    " or without any such from this machine itself"
)


def make_probes(
    judge: Callable[[], tuple[str, Sequence[str]]],
    expose: Callable[[str], tuple[bytes, str]],
    check_metrics: Callable[[dict[str, Any]], None],
    worker: int = 0,
) -> Blueprint:
    """Return the probes.

    `judge` is that of Readiness, `expose` that of Metrics; `check_metrics` raises AccessDenied when
    the sender of a request may not read the metrics. A `worker` is told by its number.
    """
    probes = Blueprint("probes", __name__)
    which = {"worker": worker} if worker else {}

    @probes.get("/healthz")
    def health() -> Response:
        return _json({"status": "ok", **which})

    @probes.get("/readyz")
    def readiness() -> Response:
        status, reasons = judge()
        is_ready = status == "ready"
        return _json(
            {"status": status, "reasons": reasons, **which},
            HTTPStatus.OK if is_ready else HTTPStatus.SERVICE_UNAVAILABLE,
        )

    @probes.get("/metrics")
    def metrics() -> Response:
        try:
            check_metrics(request.environ)
        except AccessDenied as error:
            return _denied(error)
        body, content_type = expose(request.headers.get("Accept", ""))
        return Response(body, content_type=content_type)

    return probes


def _denied(error: AccessDenied) -> Response:
    content = denial.content_of(error)
    content["error"] += READING_METRICS
    response = _json(content, denial.status_of(error))
    response.headers.extend(denial.headers_of(error))
    return response


def _json(content: object, status: HTTPStatus = HTTPStatus.OK) -> Response:
    return Response(frames.dump_bytes(content), status, content_type="application/json")
