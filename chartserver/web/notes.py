"""`/api/charts/<chart>/notes`: the notes of a chart, read, written and taken away."""

import math
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, request

from chartserver import frames
from chartserver.access.doorkeeper import Doorkeeper
from chartserver.access.rules import ALL_CHARTS
from chartserver.broadcast.subscription import find_chart
from chartserver.chart import Chart
from chartserver.errors import BadRequest, Refused, TooCostly
from chartserver.ticks import short
from chartserver.together.note_desk import NoteDesk, Writer
from chartserver.web.faults import answer_faults

JSON = "application/json"


def make_notes(charts: Mapping[str, Chart], doorkeeper: Doorkeeper, desk: NoteDesk) -> Blueprint:
    """Return the routes."""
    routes = Blueprint("notes", __name__)

    @routes.get("/api/charts/<name>/notes")
    def show(name: str) -> Response:
        chart = find_chart(name, charts, doorkeeper.permit(request.environ))
        epoch, kept = chart.history.epoch, chart.notes.kept
        notes = [note.describe() for note in kept.notes]
        return _json({"chart": name, "epoch": epoch, "revision": kept.revision, "notes": notes})

    @routes.post("/api/charts/<name>/notes")
    def write(name: str) -> Response:
        doorkeeper.check_push(request.environ)
        note = desk.write(_chart(name, charts), _body(), _writer())
        return _json(note.describe(), HTTPStatus.CREATED)

    @routes.delete("/api/charts/<name>/notes/<note_id>")
    def remove(name: str, note_id: str) -> Response:
        doorkeeper.check_push(request.environ)
        desk.remove(_chart(name, charts), _number(note_id), _writer())
        return Response(status=HTTPStatus.NO_CONTENT)

    @routes.errorhandler(TooCostly)
    def tell(error: TooCostly) -> Response:
        answer = _json({"error": str(error)}, HTTPStatus.TOO_MANY_REQUESTS)
        answer.headers["Retry-After"] = str(math.ceil(error.retry_after_s))
        return answer

    return answer_faults(routes)


def _chart(name: str, charts: Mapping[str, Chart]) -> Chart:
    # Who may write may see what is there, all charts of it.
    return find_chart(name, charts, ALL_CHARTS)


def _body() -> Mapping[str, Any]:
    if request.mimetype != JSON:
        raise Refused(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "",
            f"content type is {short(request.mimetype)}; expected {JSON}",
        )
    try:
        content = frames.loads(request.get_data())
    except ValueError as error:
        raise BadRequest(f"the body is not JSON: {error}") from None
    if not isinstance(content, dict):
        raise BadRequest(
            f'the body is {short(content)}; expected a note, such as {{"text": "Desk opens"}}'
        )
    return content


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 15:
        raise BadRequest(f"note is {short(text)}; expected the id of one, such as 3")
    return int(text)


def _writer() -> Writer:
    address = request.remote_addr or ""
    return Writer(address, address)


def _json(content: dict[str, Any], status: HTTPStatus = HTTPStatus.OK) -> Response:
    return Response(frames.dump_bytes(content), status, content_type=JSON)
