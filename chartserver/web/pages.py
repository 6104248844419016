"""The pages: dashboard, chart, the original page; and errors, as a page or as JSON."""

import re
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from flask import Blueprint, Flask, Response, current_app, render_template, request
from werkzeug.exceptions import HTTPException

from chartserver import frames
from chartserver.access.credentials import LINK
from chartserver.access.doorkeeper import Doorkeeper
from chartserver.access.rules import Permit
from chartserver.broadcast.subscription import find_chart, visible
from chartserver.chart import Chart
from chartserver.errors import UnknownChart
from chartserver.version import VERSION
from chartserver.web import page_policy, words
from chartserver.web.packing import NOTHING, Piece, gzipped, pack
from chartserver.web.static_files import StaticFiles, compressed

PACKAGE = Path(__file__).parents[1]
# Keys of the catalogues.
OF_STATUS = {
    401: "error.denied",
    403: "error.denied",
    404: "error.not-found",
    429: "error.busy",
    503: "error.busy",
}
EMBED = re.compile(r"/[^/]+/embed")


def folder(name: str) -> Path:
    """Return where `templates` or `static` is: in the package, or beside it in a checkout."""
    inside = PACKAGE / name
    return inside if inside.is_dir() else PACKAGE.parent / name


def make_app() -> Flask:
    """Return a Flask application that has our folders and errors, but no pages yet."""
    app = Flask(
        "chartserver",
        root_path=str(PACKAGE),
        static_folder=None,
        template_folder=str(folder("templates")),
    )
    # A page draws nothing anew when it is told what it knows: it must read the same.
    app.jinja_env.policies["json.dumps_kwargs"] = {"sort_keys": False}
    StaticFiles(folder("static")).install(app)
    app.after_request(_say_what_may_be_kept)
    words.speak(app, folder("static"))
    app.register_error_handler(HTTPException, _error)
    app.register_error_handler(UnknownChart, lambda error: _refusal(404, str(error)))
    app.register_error_handler(Exception, _failure)
    return app


def make_pages(
    charts: Mapping[str, Chart],
    doorkeeper: Doorkeeper,
    frame_ancestors: Sequence[str],
    first_ticks: Callable[[Chart], Piece],
) -> Blueprint:
    """Return the pages of `charts`, for whom `doorkeeper` lets in.

    Pages of `frame_ancestors` may show a chart without its surroundings in a frame. `first_ticks`
    returns what the page of a chart begins with.
    """
    pages = Blueprint("pages", __name__)

    @pages.get("/")
    def dashboard() -> Response:
        permit = doorkeeper.permit(request.environ)
        if len(charts) == 1 or not permit.sees_all:
            return show("chart.html", find_chart(None, charts, permit), permit)
        return show("index.html", None, permit)

    @pages.get("/<name>")
    @pages.get("/<name>/embed")
    def chart(name: str) -> Response:
        permit = doorkeeper.permit(request.environ)
        return show("chart.html", find_chart(name, charts, permit), permit)

    @pages.get("/classic")
    def classic() -> Response:
        permit = doorkeeper.permit(request.environ)
        return show("classic.html", find_chart(request.args.get("chart"), charts, permit), permit)

    @pages.after_app_request
    def let_into_frames(response: Response) -> Response:
        if is_embedded():
            for name, text in page_policy.of_embed(frame_ancestors).items():
                response.headers.setdefault(name, text)
        return response

    def show(template: str, chart: Chart | None, permit: Permit) -> Response:
        # Before the chart is described: what is told of it is then no older.
        ticks = first_ticks(chart) if chart and template == "chart.html" else NOTHING
        seen = visible(charts, permit)
        is_signed_in = permit.sees_all and not doorkeeper.access.is_open
        # Who has a link passes it on from page to page, and sees no way to where it ends.
        link = "" if permit.sees_all else request.args.get(LINK, "")
        said = {"is_signed_in": is_signed_in, "may_write": doorkeeper.may_write(request.environ)}
        told = ticks.content.decode()
        return _answer(_rendered(template, chart, seen, link=link, first_ticks=told, **said), ticks)

    return pages


def _rendered(template: str, chart: Chart | None, charts: Sequence[Chart], **more: object) -> str:
    return render_template(
        template,
        chart=chart and frames.as_text(chart.describe()),
        charts=[frames.as_text(each.describe()) for each in charts],
        is_embedded=is_embedded(),
        version=VERSION,
        # By which the page knows how long ago a tick came.
        now_ms=round(time.time() * 1000),
        **more,
    )


def _answer(page: str, ticks: Piece) -> Response:
    """Return a page as an answer: the ticks in it, most of it, are compressed already."""
    content = page.encode()
    packed = None
    if ticks.content:
        before, _, after = content.partition(ticks.content)
        packed = gzipped([pack(before), ticks, pack(after)])
    return compressed(Response(content, content_type="text/html; charset=utf-8"), packed)


def is_embedded() -> bool:
    """Return whether the request is for a page that is to stand in a frame."""
    return EMBED.fullmatch(request.path) is not None


def wants_page() -> bool:
    """Return whether the answer is to be a page; else it is JSON."""
    # The first goes before the second for who takes anything, as curl does.
    wanted = request.accept_mimetypes.best_match(["application/json", "text/html"])
    return wanted == "text/html" and not request.path.startswith("/api/")


def show_error(status: int, message: str = "", key: str = "") -> Response:
    """Return the page of an error: in words of the catalogues, and what the server says of it."""
    page = render_template(
        "error.html",
        status=int(status),
        key=key or OF_STATUS.get(status, "error.failed" if status >= 500 else "error.other"),
        message=message,
        is_embedded=is_embedded(),
    )
    return Response(page, status, content_type="text/html; charset=utf-8")


def _say_what_may_be_kept(response: Response) -> Response:
    if not request.path.startswith("/static/"):
        response.headers.setdefault("Cache-Control", "no-store")
    return response


def _error(error: HTTPException) -> Response:
    status = error.code or 500
    response = _refusal(status, f"{request.method} {request.path}: {error.description}")
    for name, value in error.get_headers():
        if name not in ("Content-Type", "Content-Length"):
            response.headers[name] = value
    return response


def _failure(error: Exception) -> Response:
    current_app.logger.exception("%s %s failed", request.method, request.path)
    return _refusal(500, "something went wrong in the server; it has been logged")


def _refusal(status: int, message: str) -> Response:
    """Answer with a page to a browser that asked for one, with JSON to all others."""
    if wants_page():
        return show_error(status, message)
    return Response(frames.dump_bytes({"error": message}), status, content_type="application/json")
