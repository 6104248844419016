"""Pages speak the language that a browser asks for."""

import pytest


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
