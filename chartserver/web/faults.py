"""What the HTTP interface answers a request that makes no sense: JSON, with a fitting status."""

from functools import partial

from flask import Blueprint, Response

from chartserver import frames
from chartserver.errors import BadRequest, PositionLost, UnknownChart, UnknownNote

# The closest class counts.
STATUS_OF = {BadRequest: 400, UnknownChart: 404, UnknownNote: 404, PositionLost: 410}


def answer_faults(routes: Blueprint) -> Blueprint:
    """Have `routes` answer faults of their requests; return them."""
    for error, status in STATUS_OF.items():
        routes.register_error_handler(error, partial(_refusal, status))
    return routes


def _refusal(status: int, error: Exception) -> Response:
    body = frames.dump_bytes({"error": str(error)})
    return Response(body, status, content_type="application/json")
