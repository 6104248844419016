"""What HTTP answers whoever may not have what it asks for."""

from http import HTTPStatus

from chartserver.access.wrong_tries import WINDOW_S
from chartserver.errors import AccessDenied

STATUS_OF = {
    "unauthorized": HTTPStatus.UNAUTHORIZED,
    "expired": HTTPStatus.UNAUTHORIZED,
    "forbidden": HTTPStatus.FORBIDDEN,
    "too_many_tries": HTTPStatus.TOO_MANY_REQUESTS,
}


def status_of(error: AccessDenied) -> HTTPStatus:
    """Return the status of the answer."""
    return STATUS_OF[error.code]


def headers_of(error: AccessDenied) -> list[tuple[str, str]]:
    """Return the headers that such a status brings along."""
    status = status_of(error)
    if status == HTTPStatus.UNAUTHORIZED:
        return [("WWW-Authenticate", "Bearer")]
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return [("Retry-After", str(WINDOW_S))]
    return []


def content_of(error: AccessDenied) -> dict[str, str]:
    """Return what a program is told: `error` in words, `code` for itself."""
    return {"error": str(error), "code": error.code}
