"""The rule of origins, as a table."""

import pytest

from chartserver.access.origins import Origins
from chartserver.refusals import Refusals

REQUESTS = {
    "plain": {"wsgi.url_scheme": "http", "HTTP_HOST": "charts.example"},
    "port": {"wsgi.url_scheme": "http", "HTTP_HOST": "charts.example:8000"},
    "secure": {"wsgi.url_scheme": "https", "HTTP_HOST": "charts.example"},
    "v6": {"wsgi.url_scheme": "http", "HTTP_HOST": "[::1]:8000"},
}


def allows(origin, request="plain", listed=()):
    return Origins(listed, Refusals()).allows({**REQUESTS[request], "HTTP_ORIGIN": origin})


@pytest.mark.parametrize(
    ("origin", "request_"),
    [
        ("http://charts.example", "plain"),
        ("http://charts.example:80", "plain"),
        ("HTTP://CHARTS.EXAMPLE", "plain"),
        ("http://charts.example:8000", "port"),
        ("https://charts.example", "secure"),
        ("https://charts.example:443", "secure"),
        ("http://[::1]:8000", "v6"),
    ],
)
def test_a_page_of_ours_may(origin, request_):
    assert allows(origin, request_)


@pytest.mark.parametrize(
    ("origin", "request_"),
    [
        ("https://charts.example", "plain"),
        ("http://charts.example", "secure"),
        ("http://charts.example", "port"),
        ("http://charts.example:8001", "port"),
        ("http://charts.example:80", "secure"),
        ("http://evil.example", "plain"),
        ("http://charts.example.evil.example", "plain"),
        ("http://evil.charts.example", "plain"),
        ("http://evilcharts.example", "plain"),
        ("http://charts.example.", "plain"),
        ("http://charts.example@evil.example", "plain"),
        ("http://evil.example@charts.example", "plain"),
        ("http://charts.example/", "plain"),
        ("http://charts.example/evil", "plain"),
        ("http://charts.example:", "plain"),
        ("http://charts.example:080000", "plain"),
        ("//charts.example", "plain"),
        ("charts.example", "plain"),
        ("null", "plain"),
        ("", "plain"),
        ("*", "plain"),
        (" http://charts.example", "plain"),
        ("http://charts.example\n", "plain"),
        ("http://charts.example,http://evil.example", "plain"),
        ("http://charts.example http://evil.example", "plain"),
        ("http://evil.example, http://charts.example", "plain"),
        ("http://ch\u0430rts.example", "plain"),
        ("file://", "plain"),
        ("javascript://charts.example", "plain"),
        ("chrome-extension://charts.example", "plain"),
    ],
)
def test_a_page_of_others_may_not(origin, request_):
    assert not allows(origin, request_)


def test_a_program_that_names_no_origin_may():
    assert Origins([], Refusals()).allows(REQUESTS["plain"])


def test_a_request_that_does_not_say_what_it_asks_is_of_no_page_of_ours():
    origins = Origins([], Refusals())

    assert not origins.allows({"HTTP_ORIGIN": "http://charts.example"})
    assert not origins.allows({"HTTP_HOST": "a/b", "HTTP_ORIGIN": "http://a/b"})
    assert not origins.allows({"HTTP_HOST": "", "HTTP_ORIGIN": "http://"})


@pytest.mark.parametrize(
    ("origin", "may"),
    [
        ("https://wall.example", True),
        ("https://wall.example:443", True),
        ("http://wall.example", False),
        ("https://wall.example:8443", False),
        ("null", False),
        ("http://charts.example", True),
    ],
)
def test_pages_of_origins_that_are_listed_may_too(origin, may):
    assert allows(origin, listed=["https://wall.example"]) is may


def test_pages_of_all_origins_may_where_all_are_listed():
    assert allows("https://evil.example", listed=["*"])


def test_what_proxies_say_is_not_believed_here():
    environ = {**REQUESTS["plain"], "HTTP_X_FORWARDED_HOST": "evil.example"}

    assert not Origins([], Refusals()).allows({**environ, "HTTP_ORIGIN": "http://evil.example"})


def test_a_form_is_sent_by_a_page_of_ours_whatever_is_listed():
    origins = Origins(["*", "https://wall.example"], Refusals())

    for origin, may in {"http://charts.example": True, "https://wall.example": False}.items():
        assert origins.allows_own({**REQUESTS["plain"], "HTTP_ORIGIN": origin}) is may
    assert origins.allows_own(REQUESTS["plain"])


def test_a_refusal_is_counted_and_says_what_to_set(caplog):
    refusals = Refusals()

    Origins([], refusals).allows({**REQUESTS["plain"], "HTTP_ORIGIN": "https://evil.example"})

    assert refusals.counts == {"bad_origin": 1}
    assert "--origins" in caplog.text


@pytest.mark.parametrize(
    ("site", "is_own"),
    [
        (None, True),
        ("none", True),
        ("same-origin", True),
        ("same-site", False),
        ("cross-site", False),
        ("", False),
    ],
)
def test_a_request_without_an_origin_is_ours_unless_a_browser_says_otherwise(site, is_own):
    said = {} if site is None else {"HTTP_SEC_FETCH_SITE": site}

    assert Origins((), Refusals()).allows_own({**REQUESTS["plain"], **said}) is is_own
