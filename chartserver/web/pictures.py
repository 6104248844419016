"""`/<chart>.svg` and `/<chart>.png`: a picture of a chart now, for where no page can be."""

from collections.abc import Mapping
from http import HTTPStatus

from flask import Blueprint, Response, request

from chartserver import frames
from chartserver.access.doorkeeper import Doorkeeper
from chartserver.broadcast.subscription import find_chart
from chartserver.chart import Chart
from chartserver.entrance.http_answers import RETRY_AFTER
from chartserver.pictures.gallery import Gallery
from chartserver.pictures.studio import NotPainted, Studio
from chartserver.pictures.wish import TYPES, Wish
from chartserver.stack.offload import Offload
from chartserver.web.faults import answer_faults
from chartserver.web.page_policy import of_picture

INSTALL = (
    "pictures are drawn by matplotlib, which is not installed here;"
    " expected it, such as by: pip install 'chartserver[pictures]'"
)


def make_pictures(
    charts: Mapping[str, Chart], doorkeeper: Doorkeeper, offload: Offload
) -> Blueprint:
    """Return the routes; what draws is waited for by `offload`."""
    pictures = Blueprint("pictures", __name__)
    studio = Studio()
    gallery = Gallery(studio.paint, offload)

    @pictures.get("/<name>.svg", defaults={"form": "svg"})
    @pictures.get("/<name>.png", defaults={"form": "png"})
    def show(name: str, form: str) -> Response:
        chart = find_chart(name, charts, doorkeeper.permit(request.environ))
        wish = Wish.parse(form, request.args.to_dict(flat=False))
        if not studio.is_there():
            return _told(HTTPStatus.NOT_IMPLEMENTED, INSTALL)
        picture = gallery.picture(chart, wish)
        # To be kept by whoever asks each time whether it still holds.
        kept = "no-cache" if doorkeeper.access.is_open else "private, no-cache"
        headers = {"ETag": f'"{picture.tag}"', "Cache-Control": kept, **of_picture()}
        if request.if_none_match.contains_weak(picture.tag):
            return Response(status=HTTPStatus.NOT_MODIFIED, headers=headers)
        return Response(picture.content, content_type=TYPES[form], headers=headers)

    @pictures.errorhandler(NotPainted)
    def tell(error: NotPainted) -> Response:
        answer = _told(HTTPStatus.SERVICE_UNAVAILABLE, str(error))
        answer.headers.extend([RETRY_AFTER])
        return answer

    return answer_faults(pictures)


def _told(status: HTTPStatus, error: str) -> Response:
    body = frames.dump_bytes({"error": error})
    return Response(body, status, content_type="application/json")
