"""The page that asks for a token, and says what was wrong with what was shown so far."""

import re
from urllib.parse import parse_qsl, urlencode

from flask import Response, render_template, request

from chartserver.access.credentials import LINK, credentials_of
from chartserver.access.doorkeeper import Doorkeeper
from chartserver.errors import AccessDenied
from chartserver.web import denial, page_policy

# A path of ours, as our pages are spelt; of a query no more than the chart and what is looked at.
LOCAL_PATH = re.compile(r"/(?:[a-z0-9][a-z0-9_-]{0,63})?")
VIEW = frozenset(["chart", "window", "from", "to", "kind", "candle", "hide", "pin", "panels"])
QUERY_CHARS_MAX = 2_000

# Keys of the catalogues.
SAID = {
    "unauthorized": "",
    "expired": "denied.expired",
    "forbidden": "denied.forbidden",
    "too_many_tries": "denied.tries",
}
BAD_LINK = "denied.link"


class SignInPage:
    """Shows the page, for what `doorkeeper` lets in."""

    def __init__(self, doorkeeper: Doorkeeper) -> None:
        self._doorkeeper = doorkeeper

    def show(self, next_path: str, said: str = "", status: int = 200) -> Response:
        """Return the page; `said` is the key of what was wrong, `next_path` where to go on to."""
        content = render_template(
            "sign-in.html",
            said=said,
            next_path=next_path,
            takes_tokens=self._doorkeeper.access.takes_tokens,
            is_signed_in=not said and self._is_signed_in(),
        )
        response = Response(content, int(status), content_type="text/html; charset=utf-8")
        response.headers.update(page_policy.of_form())
        return response

    def show_denied(self, error: AccessDenied, next_path: str, said: str = "") -> Response:
        """Return the page for who may not have what was asked for."""
        response = self.show(next_path, said or said_of(error), denial.status_of(error))
        response.headers.extend(denial.headers_of(error))
        return response

    def _is_signed_in(self) -> bool:
        try:
            shown = credentials_of(request.environ)
            return self._doorkeeper.permit_of(request.environ, shown).sees_all
        except AccessDenied:
            return False


def said_of(error: AccessDenied) -> str:
    """Return the key of what people are told; nothing when they have shown nothing yet."""
    return SAID[error.code] or (BAD_LINK if LINK in request.args else "")


def local_path(address: str | None) -> str:
    """Return the page to go on to: `address` when it is one of ours, with no more than a view."""
    path, _, query = (address or "").partition("?")
    if not LOCAL_PATH.fullmatch(path):
        return "/"
    given = parse_qsl(query) if len(query) <= QUERY_CHARS_MAX else []
    view = urlencode([(name, value) for name, value in given if name in VIEW])
    return f"{path}?{view}" if view else path


def path_here() -> str:
    """Return the page that was asked for, without a link that has opened nothing."""
    return local_path(f"{request.path}?{request.query_string.decode('latin-1')}")
