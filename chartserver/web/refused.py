"""What the application answers whoever asks for too much: counted, and told when to come back."""

from flask import Blueprint, Response, request

from chartserver import frames
from chartserver.entrance.http_answers import RETRY_AFTER
from chartserver.errors import Busy, Refused, StoreFault
from chartserver.refusals import Refusals

BUSY = "busy"
STORE_FAULT = "store_fault"


def make_refused(refusals: Refusals) -> Blueprint:
    """Return what answers `Refused` as it says, and `Busy` and `StoreFault` with 503."""
    answers = Blueprint("refused", __name__)

    @answers.app_errorhandler(Busy)
    def refuse_busy(error: Busy) -> Response:
        return refuse(Refused(503, BUSY, str(error), [RETRY_AFTER]))

    @answers.app_errorhandler(StoreFault)
    def refuse_unread(error: StoreFault) -> Response:
        text = f"what is kept cannot be read now: {error}; try again in a moment"
        return refuse(Refused(503, STORE_FAULT, text, [RETRY_AFTER]))

    @answers.app_errorhandler(Refused)
    def refuse(refused: Refused) -> Response:
        if refused.kind:
            refusals.note(refused.kind, str(refused), request.remote_addr or "")
        body = frames.dump_bytes({"error": str(refused)})
        response = Response(body, refused.status, content_type="application/json")
        response.headers.extend(refused.headers)
        return response

    return answers
