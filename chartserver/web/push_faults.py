"""What went wrong with a push, as a status, a text and headers; each interface tells it its way."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, request

from chartserver import frames
from chartserver.entrance.http_answers import RETRY_AFTER, Header
from chartserver.errors import (
    AccessDenied,
    BadPush,
    BadRequest,
    BadTick,
    Busy,
    ChartClosed,
    ChartServerError,
    ConfigError,
    InboxFull,
    KeyReused,
    NotKept,
    NotPushable,
    Refused,
    RunTooLong,
    UnknownChart,
)
from chartserver.refusals import Refusals
from chartserver.web import denial

# The first that it is counts.
STATUS_OF: tuple[tuple[type[ChartServerError], HTTPStatus], ...] = (
    (UnknownChart, HTTPStatus.NOT_FOUND),
    (BadRequest, HTTPStatus.BAD_REQUEST),
    (BadTick, HTTPStatus.BAD_REQUEST),
    (ConfigError, HTTPStatus.BAD_REQUEST),
    (NotPushable, HTTPStatus.CONFLICT),
    (KeyReused, HTTPStatus.UNPROCESSABLE_ENTITY),
    (RunTooLong, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
    (InboxFull, HTTPStatus.TOO_MANY_REQUESTS),
    (NotKept, HTTPStatus.SERVICE_UNAVAILABLE),
    (ChartClosed, HTTPStatus.SERVICE_UNAVAILABLE),
    (Busy, HTTPStatus.SERVICE_UNAVAILABLE),
)
LATE = "late"
AGAIN = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)


@dataclass(frozen=True)
class Fault:
    """What is told: `code` is a word for programs, or ""; `line` is from 1, `index` from 0.

    `last_ms` is the time of the last tick, for one that is before it.
    """

    status: HTTPStatus
    text: str
    headers: list[Header]
    code: str = ""
    line: int | None = None
    index: int | None = None
    last_ms: float | None = None


def fault_of(error: ChartServerError) -> Fault | None:
    """Return the fault that an error is; None for one that no push ought to meet."""
    if isinstance(error, AccessDenied):
        headers = denial.headers_of(error)
        return Fault(denial.status_of(error), str(error), headers, error.code)
    if isinstance(error, Refused):
        return Fault(error.status, str(error), list(error.headers))
    status = next((status for kind, status in STATUS_OF if isinstance(error, kind)), None)
    if status is None:
        return None
    headers = [_retry_after(error)] if status in AGAIN else []
    if isinstance(error, BadPush | BadTick):
        line = error.line if isinstance(error, BadPush) else None
        code = "" if error.last_ms is None else LATE
        return Fault(status, str(error), headers, code, line, error.index, error.last_ms)
    return Fault(status, str(error), headers)


def answer_faults(
    routes: Blueprint, refusals: Refusals, told: Callable[[Fault], dict[str, Any]]
) -> Blueprint:
    """Have the faults of a blueprint answered with what `told` makes of them; return it."""

    @routes.errorhandler(ChartServerError)
    def answer(error: ChartServerError) -> Response:
        fault = fault_of(error)
        if fault is None:
            raise error
        if isinstance(error, Refused) and error.kind:
            refusals.note(error.kind, str(error), request.remote_addr or "")
        body = frames.dump_bytes(told(fault))
        response = Response(body, fault.status, content_type="application/json")
        response.headers.extend(fault.headers)
        return response

    return routes


def _retry_after(error: ChartServerError) -> Header:
    after_s = getattr(error, "retry_after_s", None)
    return RETRY_AFTER if after_s is None else ("Retry-After", str(max(1, math.ceil(after_s))))
