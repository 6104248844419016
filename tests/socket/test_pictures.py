"""`/<chart>.svg` and `/<chart>.png` as HTTP; drawn for real."""

import time

import pytest

from chartserver.access.links import Links
from chartserver.pictures import studio

TOKEN = "a-token-of-the-tests"
KEY = "a-key-of-the-tests-that-is-long-enough"


@pytest.fixture
def fx(room):
    return room.chart("fx", 1, 2, 3)


def test_a_chart_has_two_pictures(room, fx):
    svg, png = room.http.get("/fx.svg"), room.http.get("/fx.png?width=300&height=200&theme=dark")

    assert (svg.status_code, svg.content_type) == (200, "image/svg+xml")
    assert b"<svg" in svg.data
    assert (png.status_code, png.content_type) == (200, "image/png")
    assert png.data.startswith(b"\x89PNG")


def test_a_picture_is_named_by_its_content_and_not_sent_again(room, fx):
    first = room.http.get("/fx.svg")
    again = room.http.get("/fx.svg", headers={"If-None-Match": first.headers["ETag"]})

    assert first.headers["Cache-Control"] == "no-cache"
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]


def test_any_page_may_show_it_and_as_a_page_it_can_do_nothing(room, fx):
    headers = room.http.get("/fx.svg").headers

    assert headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "sandbox" in headers["Content-Security-Policy"]
    assert "script" not in headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("path", "status", "error"),
    [
        ("/nope.svg", 404, "chart is 'nope'; expected one of: fx"),
        ("/fx.svg?width=1", 400, "width is '1'; expected pixels from 200 to 2000, such as 800"),
        ("/fx.png?series=b", 400, "series is 'b'; expected one of: a"),
    ],
)
def test_what_makes_no_sense_is_refused(room, fx, path, status, error):
    answer = room.http.get(path)

    assert (answer.status_code, answer.json) == (status, {"error": error})


def test_a_link_opens_its_picture_and_no_other(make_room):
    room = make_room(link_keys=[KEY], view_tokens=[TOKEN])
    room.chart("fx", 1)
    room.chart("lab", 1)
    link = Links([KEY]).sign("fx", time.time() + 60.0)

    seen = room.http.get(f"/fx.svg?link={link}")

    assert seen.status_code == 200
    assert seen.headers["Cache-Control"] == "private, no-cache"
    assert seen.headers["Referrer-Policy"] == "no-referrer"
    assert room.http.get(f"/lab.svg?link={link}").status_code == 403
    assert room.http.get("/fx.svg").status_code == 401
    assert room.http.get("/nope.svg").status_code == 401


def test_without_the_library_it_says_how_to_install_it(room, fx, monkeypatch):
    monkeypatch.setattr(studio, "LIBRARY", "no_library_of_this_name")

    answer = room.http.get("/fx.svg")

    assert answer.status_code == 501
    assert "pip install 'chartserver[pictures]'" in answer.json["error"]
