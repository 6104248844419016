"""Signing in and out: a form, and the cookie that keeps the token.

Works without JavaScript. The cookie is the token itself, out of reach of scripts.
"""

from http import HTTPStatus
from typing import Any

from flask import Blueprint, redirect, request
from werkzeug.exceptions import Forbidden
from werkzeug.wrappers import Response

from chartserver.access.credentials import COOKIE
from chartserver.access.doorkeeper import Doorkeeper
from chartserver.access.origins import Origins
from chartserver.access.rules import Credentials
from chartserver.errors import AccessDenied
from chartserver.web.sign_in_page import SignInPage, local_path, said_of
from chartserver.web.words import along

FORM_BYTES_MAX = 4_096
COOKIE_S = 30 * 86_400
# Keys of the catalogues.
WRONG = "denied.wrong"
MISSING = "denied.missing"


def make_sign_in(doorkeeper: Doorkeeper, origins: Origins) -> Blueprint:
    """Return the pages of signing in and out."""
    pages = Blueprint("sign_in", __name__)
    page = SignInPage(doorkeeper)

    @pages.get("/sign-in")
    def ask() -> Response:
        next_path = local_path(request.args.get("next"))
        if doorkeeper.access.is_open:
            return redirect(along(next_path), HTTPStatus.SEE_OTHER)
        return page.show(next_path)

    @pages.post("/sign-in")
    def sign_in() -> Response:
        _check_form(origins)
        token = request.form.get("token", "").strip()
        next_path = local_path(request.form.get("next"))
        if not token:
            return page.show(next_path, MISSING, HTTPStatus.BAD_REQUEST)
        try:
            doorkeeper.permit_of(request.environ, Credentials(tokens=(token,)))
        except AccessDenied as error:
            return page.show_denied(error, next_path, said_of(error) or WRONG)
        response = redirect(along(next_path), HTTPStatus.SEE_OTHER)
        response.set_cookie(COOKIE, token, max_age=COOKIE_S, **_cookie_options())
        return response

    @pages.get("/sign-out")
    def ask_to_sign_out() -> Response:
        # Only a form signs out, never an address that a page of others may hold.
        return redirect(along("/sign-in"), HTTPStatus.SEE_OTHER)

    @pages.post("/sign-out")
    def sign_out() -> Response:
        _check_form(origins)
        response = redirect(along("/"), HTTPStatus.SEE_OTHER)
        response.delete_cookie(COOKIE, **_cookie_options())
        return response

    return pages


def _check_form(origins: Origins) -> None:
    """Refuse a form that is not ours: who else would sign others in, or out, or use up tries?"""
    request.max_content_length = FORM_BYTES_MAX
    if not origins.allows_own(request.environ):
        raise Forbidden("got a form of a page of others; expected one of this server's")


def _cookie_options() -> dict[str, Any]:
    return {"path": "/", "httponly": True, "samesite": "Lax", "secure": request.is_secure}
