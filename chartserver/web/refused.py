"""What the application answers whoever asks for too much: counted, and told when to come back."""

from flask import Blueprint, Response, request

from chartserver import frames
from chartserver.entrance.http_answers import RETRY_AFTER
from chartserver.errors import Busy, Refused
from chartserver.refusals import Refusals

BUSY = "busy"


def make_refused(refusals: Refusals) -> Blueprint:
    """Return what answers `Refused`, with the status and the headers it names, and `Busy`: 503."""
    answers = Blueprint("refused", __name__)

    @answers.app_errorhandler(Busy)
    def refuse_busy(error: Busy) -> Response:
        return refuse(Refused(503, BUSY, str(error), [RETRY_AFTER]))

    @answers.app_errorhandler(Refused)
    def refuse(refused: Refused) -> Response:
        if refused.kind:
            refusals.note(refused.kind, str(refused), request.remote_addr or "")
        body = frames.dump_bytes({"error": str(refused)})
        response = Response(body, refused.status, content_type="application/json")
        response.headers.extend(refused.headers)
        return response

    return answers
