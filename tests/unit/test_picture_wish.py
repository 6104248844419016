"""What may be asked for of a picture, and what may not."""

import pytest

from chartserver.errors import BadRequest
from chartserver.pictures.wish import Wish


def test_without_parameters_it_is_a_picture_for_a_page():
    assert Wish.parse("svg", {}) == Wish("svg", 800, 400, "light", None, (), "UTC")


def test_all_of_it_can_be_asked_for():
    query = {
        "width": ["1200"],
        "height": ["600"],
        "theme": ["dark"],
        "minutes": ["7.5"],
        "series": ["b", "a", "b"],
        "tz": ["Asia/Tokyo"],
    }

    wish = Wish.parse("png", query)

    assert wish == Wish("png", 1_200, 600, "dark", 7.5, ("b", "a"), "Asia/Tokyo")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        *(("width", text) for text in ("199", "2001", "", "1e3", "+300", "3\u0660\u0660")),
        *(("height", text) for text in ("119", "1501", "x", "9999999")),
        *(("theme", text) for text in ("", "blue", "Dark")),
        *(("minutes", text) for text in ("0", "-1", "nan", "inf", "1e3", "527041", "")),
        *(
            ("tz", text)
            for text in ("", "Mars/Base", "../../etc/passwd", "/etc/passwd", "Europe", "x\0")
        ),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_line(name, text):
    with pytest.raises(BadRequest, match=f"^{name} is .*; expected ") as refused:
        Wish.parse("svg", {name: [text]})

    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("name", ["width", "height", "theme", "minutes", "tz"])
def test_a_parameter_is_given_once(name):
    with pytest.raises(BadRequest, match="2 times"):
        Wish.parse("svg", {name: ["1", "2"]})


def test_there_are_not_too_many_series():
    with pytest.raises(BadRequest, match="13 times"):
        Wish.parse("svg", {"series": [str(i) for i in range(13)]})
