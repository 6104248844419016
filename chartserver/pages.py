"""The pages: dashboard, chart, the original page; and errors, as a page or as JSON."""

from collections.abc import Mapping
from pathlib import Path

from flask import Blueprint, Flask, Response, current_app, render_template, request
from werkzeug.exceptions import HTTPException

from chartserver import frames
from chartserver.chart import Chart
from chartserver.errors import UnknownChart
from chartserver.subscription import find_chart
from chartserver.version import VERSION

PACKAGE = Path(__file__).parent


def folder(name: str) -> Path:
    """Return where `templates` or `static` is: in the package, or beside it in a checkout."""
    inside = PACKAGE / name
    return inside if inside.is_dir() else PACKAGE.parent / name


def make_app() -> Flask:
    """Return a Flask application that has our folders and errors, but no pages yet."""
    app = Flask(
        "chartserver",
        root_path=str(PACKAGE),
        static_folder=str(folder("static")),
        static_url_path="/static",
        template_folder=str(folder("templates")),
    )
    app.after_request(_say_what_may_be_kept)
    app.register_error_handler(HTTPException, _error)
    app.register_error_handler(UnknownChart, lambda error: _refusal(404, str(error)))
    app.register_error_handler(Exception, _failure)
    return app


def make_pages(charts: Mapping[str, Chart]) -> Blueprint:
    """Return the pages of `charts`."""
    pages = Blueprint("pages", __name__)

    @pages.get("/")
    def dashboard() -> str:
        if len(charts) == 1:
            return show(next(iter(charts.values())))
        return render_template("index.html", charts=all_described(), version=VERSION)

    @pages.get("/<name>")
    def chart(name: str) -> str:
        return show(find_chart(name, charts))

    @pages.get("/classic")
    def classic() -> str:
        chart = find_chart(request.args.get("chart"), charts)
        return render_template("classic.html", chart=described(chart), version=VERSION)

    def described(chart: Chart) -> dict[str, object]:
        text: dict[str, object] = frames.as_text(chart.describe())
        return text

    def all_described() -> list[dict[str, object]]:
        return [described(chart) for chart in list(charts.values())]

    def show(chart: Chart) -> str:
        return render_template(
            "chart.html", chart=described(chart), charts=all_described(), version=VERSION
        )

    return pages


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
    # The first goes before the second for who takes anything, as curl does.
    wanted = request.accept_mimetypes.best_match(["application/json", "text/html"])
    if request.path.startswith("/api/") or wanted != "text/html":
        body = frames.dump_bytes({"error": message})
        return Response(body, status, content_type="application/json")
    page = render_template("error.html", status=status, message=message, version=VERSION)
    return Response(page, status, content_type="text/html; charset=utf-8")
