"""What the application answers whoever may not have what it asks for: a page, or JSON."""

from flask import Blueprint, Response, request

from chartserver import frames
from chartserver.access.credentials import LINK
from chartserver.access.doorkeeper import Doorkeeper
from chartserver.errors import AccessDenied
from chartserver.web import denial, page_policy
from chartserver.web.pages import is_embedded, show_error, wants_page
from chartserver.web.sign_in_page import SignInPage, path_here, said_of


def make_denied(doorkeeper: Doorkeeper) -> Blueprint:
    """Return what answers AccessDenied, and keeps the address of who has a link to itself."""
    answers = Blueprint("denied", __name__)
    page = SignInPage(doorkeeper)

    @answers.app_errorhandler(AccessDenied)
    def deny(error: AccessDenied) -> Response:
        if not wants_page():
            return as_json(error)
        if is_embedded():
            # Nobody is to enter a token into a page of others.
            return show_error(denial.status_of(error), key=said_of(error) or "denied.closed")
        return page.show_denied(error, path_here())

    @answers.after_app_request
    def keep_links(response: Response) -> Response:
        if LINK in request.args:
            for name, text in page_policy.of_link().items():
                response.headers.setdefault(name, text)
        return response

    return answers


def as_json(error: AccessDenied) -> Response:
    """Return what a program is told."""
    body = frames.dump_bytes(denial.content_of(error))
    response = Response(body, denial.status_of(error), content_type="application/json")
    response.headers.extend(denial.headers_of(error))
    return response
