"""Pages speak the language that a browser asks for."""

import pytest

TOKEN = "a-token-of-the-tests"


@pytest.mark.parametrize(
    ("query", "accepted", "lang", "said"),
    [
        ("", None, "en", "Charts"),
        ("", "ja,en;q=0.5", "ja", "チャート"),
        ("", "fr,de;q=0.5", "en", "Charts"),
        ("?lang=ja", "en", "ja", "チャート"),
        ("?lang=en", "ja", "en", "Charts"),
        ("?lang=xx", "ja", "ja", "チャート"),
    ],
)
def test_a_page_is_in_the_language_asked_for(room, query, accepted, lang, said):
    room.chart("fx", 1.0)
    room.chart("abc", 1.0)

    page = room.http.get(
        f"/{query}", headers={"Accept-Language": accepted} if accepted else {}, buffered=True
    )

    assert f'<html lang="{lang}"' in page.text
    assert f"<title>{said}</title>" in page.text
    assert page.headers["Content-Language"] == lang
    assert "Accept-Language" in page.headers["Vary"]


def test_an_error_is_told_in_the_language_and_its_link_stays_in_it(room):
    room.chart("fx", 1.0)

    page = room.http.get("/nope?lang=ja&theme=dark&x=1", headers={"Accept": "text/html"})

    assert page.status_code == 404
    assert "ページが見つかりません" in page.text
    assert 'lang="en">' in page.text
    assert 'href="/?lang=ja&amp;theme=dark"' in page.text


def test_who_signs_in_stays_in_the_language(make_room):
    room = make_room(view_tokens=[TOKEN])
    room.chart("fx", 1.0)
    form = {"token": "wrong", "next": "/classic?chart=fx"}

    wrong = room.http.post("/sign-in?lang=ja", data=form)
    right = room.http.post("/sign-in?lang=ja", data=form | {"token": TOKEN})

    assert "このトークンは使えません" in wrong.text
    assert 'action="/sign-in?lang=ja"' in wrong.text
    assert right.headers["Location"] == "/classic?chart=fx&lang=ja"
