"""Pages and API of a server that is not open to all: who is let in, and what others are shown."""

import json
import re

import pytest

from chartserver.access.links import Links
from chartserver.access.wrong_tries import TRIES_PER_MINUTE

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
TOKEN, KEY = "the-view-token", "the-key-of-links"
END_S = 4e9
FX_PATHS = ["/fx", "/fx/embed", "/classic?chart=fx", "/api/charts/fx", "/api/charts/fx/ticks"]
FX_PATHS += ["/api/charts/fx/ticks?format=csv"]
OPEN_PATHS = ["/healthz", "/static/favicon.svg", "/sign-in"]


def link_to(chart="fx", expires_s=END_S, key=KEY):
    return Links([key]).sign(chart, expires_s)


def with_link(path, text):
    return f"{path}{'&' if '?' in path else '?'}link={text}"


@pytest.fixture
def closed(make_room):
    room = make_room(view_tokens=[TOKEN], link_keys=[KEY])
    room.chart("fx", 1.0)
    room.chart("oil", 2.0)
    return room


def get(room, path, **headers):
    return room.http.get(path, headers=headers, buffered=True)


def page(room, path):
    return get(room, path, **BROWSER)


def sign_in(room, token=TOKEN, *, headers=None, base_url=None, **form):
    options = {"base_url": base_url} if base_url else {}
    form = {"token": token, **form}
    return room.http.post("/sign-in", data=form, headers={**BROWSER, **(headers or {})}, **options)


@pytest.mark.parametrize("path", ["/", "/fx", "/nope", "/classic", "/classic?chart=nope"])
def test_a_browser_without_credentials_is_asked_to_sign_in(closed, path):
    response = page(closed, path)

    assert response.status_code == 401
    assert 'type="password"' in response.text
    assert 'autocomplete="current-password"' in response.text
    assert "oil" not in response.text


@pytest.mark.parametrize(
    "path", ["/", "/fx", "/nope", "/api/charts", *FX_PATHS, "/api/charts/nope"]
)
def test_a_program_without_credentials_is_told_so_and_nothing_else(closed, path):
    response = get(closed, path)

    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert response.headers["Cache-Control"] == "no-store"
    assert json.loads(response.text) == {
        "error": "got no credentials; expected a token, or a signed link",
        "code": "unauthorized",
    }


@pytest.mark.parametrize("pattern", ["/{}", "/{}/embed", "/api/charts/{}", "/api/charts/{}/ticks"])
@pytest.mark.parametrize("headers", [{}, BROWSER, {"Authorization": "Bearer wrong"}])
def test_a_chart_that_is_there_is_not_told_from_one_that_is_not(closed, pattern, headers):
    there, not_there = (get(closed, pattern.format(name), **headers) for name in ("fx", "no"))

    assert there.status_code == not_there.status_code == 401
    assert there.text.replace("/fx", "/no") == not_there.text
    told, told_not = (dict(each.headers) for each in (there, not_there))
    assert told.pop("X-Request-ID") != told_not.pop("X-Request-ID")
    assert told == told_not


@pytest.mark.parametrize("path", OPEN_PATHS)
def test_some_things_are_for_all(closed, path):
    assert page(closed, path).status_code == 200


@pytest.mark.parametrize("path", ["/", "/api/charts", *FX_PATHS])
@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "Token"])
def test_a_token_in_a_header_opens_everything(closed, path, scheme):
    assert get(closed, path, Authorization=f"{scheme} {TOKEN}").status_code == 200


@pytest.mark.parametrize("query", ["token", "link", "auth", "chartserver_token", "access_token"])
def test_a_token_in_an_address_opens_nothing(closed, query):
    response = get(closed, f"/api/charts?{query}={TOKEN}")

    assert response.status_code == 401
    assert TOKEN not in response.text


def test_who_signs_in_is_let_in_from_then_on(closed):
    response = sign_in(closed, next="/fx")

    assert (response.status_code, response.headers["Location"]) == (303, "/fx")
    assert page(closed, "/fx").status_code == 200
    assert [chart["name"] for chart in get(closed, "/api/charts").json["charts"]] == ["fx", "oil"]


@pytest.mark.parametrize("is_secure", [True, False])
def test_the_cookie_is_kept_from_scripts_and_from_other_sites(closed, is_secure):
    base_url = f"http{'s' if is_secure else ''}://charts.example"

    [cookie] = sign_in(closed, base_url=base_url).headers.getlist("Set-Cookie")

    attributes = set(cookie.split("; ")[1:])
    assert cookie.startswith("chartserver_token=")
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= attributes
    assert ("Secure" in attributes) is is_secure
    assert not any(one.startswith("Domain") for one in attributes)


@pytest.mark.parametrize("token", ['a"b;c,d\\e=f%20', "~!@#$^&*()[]{}<>?/|:'`+-_."])
def test_a_token_of_any_signs_is_kept_in_the_cookie(make_room, token):
    room = make_room(view_tokens=[token])
    room.chart("fx", 1.0)

    assert sign_in(room, token).status_code == 303
    assert page(room, "/fx").status_code == 200


def test_a_wrong_token_is_said_to_be_wrong(closed):
    response = sign_in(closed, "wrong-one", next="/fx")

    assert response.status_code == 401
    assert "That token opens nothing here." in response.text
    assert 'name="next" value="/fx"' in response.text
    assert "wrong-one" not in response.text
    assert "Set-Cookie" not in response.headers


@pytest.mark.parametrize("token", ["", "   "])
def test_no_token_is_asked_for_again(closed, token):
    response = sign_in(closed, token)

    assert response.status_code == 400
    assert "Enter a token." in response.text


def test_a_link_is_no_token_to_sign_in_with(closed):
    assert sign_in(closed, link_to()).status_code == 401


def test_who_guesses_must_wait_whichever_way(closed):
    for i in range(TRIES_PER_MINUTE):
        assert sign_in(closed, f"guess-{i}").status_code == 401

    response = sign_in(closed)
    assert (response.status_code, response.headers["Retry-After"]) == (429, "60")
    assert "Try again in a minute" in response.text
    response = get(closed, "/api/charts", Authorization=f"Bearer {TOKEN}")
    assert (response.status_code, response.json["code"]) == (429, "too_many_tries")
    assert get(closed, with_link("/fx", link_to())).status_code == 200
    assert closed.server.refusals.counts["bad_token"] == TRIES_PER_MINUTE


@pytest.mark.parametrize(
    ("path", "to"),
    [
        ("/", "/"),
        ("/fx", "/fx"),
        ("/classic?chart=fx", "/classic?chart=fx"),
        ("//evil.example", "/"),
        ("///evil.example", "/"),
        ("/\\evil.example", "/"),
        ("\\\\evil.example", "/"),
        ("/%2Fevil.example", "/"),
        ("/fx/../../evil.example", "/"),
        ("https://evil.example", "/"),
        ("https:evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("evil.example", "/"),
        ("/fx\r\nSet-Cookie: a=b", "/"),
        ("/fx\n", "/"),
        ("/\t/evil.example", "/"),
        ("/fx?next=//evil.example", "/fx"),
        ("/fx?window=15m&hide=A%2CB", "/fx?window=15m&hide=A%2CB"),
        ("/fx?from=2026-01-01T00%3A00%3A00Z&link=secret", "/fx?from=2026-01-01T00%3A00%3A00Z"),
        ("/fx?pin=%0D%0ASet-Cookie: a=b", "/fx?pin=%0D%0ASet-Cookie%3A+a%3Db"),
        ("/fx?hide=" + "x" * 2_500, "/fx"),
        ("/fx#x", "/"),
        ("", "/"),
    ],
)
def test_signing_in_leads_to_pages_of_ours_only(closed, path, to):
    response = sign_in(closed, next=path)

    assert (response.status_code, response.headers["Location"]) == (303, to)
    assert len(response.headers.getlist("Set-Cookie")) == 1
    again = page(closed, "/sign-in").text
    assert "evil" not in again


@pytest.mark.parametrize("path", ["/fx", "/classic?chart=fx"])
def test_the_form_leads_back_to_the_page_that_was_asked_for(closed, path):
    assert f'name="next" value="{path}"' in page(closed, path).text


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost:81"])
def test_a_form_of_another_page_signs_nobody_in_or_out(closed, origin):
    headers = {"Origin": origin}

    assert sign_in(closed, headers=headers).status_code == 403
    assert closed.http.post("/sign-out", headers=headers).status_code == 403
    assert sign_in(closed, headers={"Origin": "http://localhost"}).status_code == 303


def test_who_is_signed_in_can_sign_out(closed):
    sign_in(closed)
    assert 'action="/sign-out"' in page(closed, "/sign-in").text
    assert 'href="/sign-in">Sign out' in page(closed, "/fx").text

    response = closed.http.post("/sign-out")

    assert (response.status_code, response.headers["Location"]) == (303, "/")
    assert page(closed, "/fx").status_code == 401


def test_a_form_that_is_too_large_is_not_read(closed):
    assert sign_in(closed, "x" * 10_000).status_code == 413


def test_a_server_that_is_open_has_nobody_sign_in(make_room):
    room = make_room()
    room.chart("fx", 1.0)

    assert page(room, "/sign-in?next=/fx").headers["Location"] == "/fx"
    assert "Sign out" not in page(room, "/fx").text


@pytest.mark.parametrize("path", FX_PATHS)
def test_a_link_opens_its_chart_wherever_that_is_shown(closed, path):
    response = page(closed, with_link(path, link_to("fx")))

    assert response.status_code == 200
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert "Set-Cookie" not in response.headers


@pytest.mark.parametrize("path", FX_PATHS)
@pytest.mark.parametrize("headers", [{}, BROWSER])
def test_a_link_to_another_chart_does_not(closed, path, headers):
    response = get(closed, with_link(path, link_to("oil")), **headers)

    assert response.status_code == 403
    assert "oil" not in response.text


@pytest.mark.parametrize("name", ["oil", "nope"])
def test_who_has_a_link_is_not_told_which_other_charts_there_are(closed, name):
    response = get(closed, with_link(f"/api/charts/{name}", link_to("fx")))

    assert response.status_code == 403
    assert response.json == {
        "error": "the link is for another chart; expected a link or a token for this",
        "code": "forbidden",
    }


def test_a_link_lists_its_chart_and_no_other(closed):
    charts = get(closed, with_link("/api/charts", link_to("oil"))).json["charts"]

    assert [chart["name"] for chart in charts] == ["oil"]


def test_the_front_page_of_who_has_a_link_is_its_chart(closed):
    assert 'data-chart="oil"' in page(closed, with_link("/", link_to("oil"))).text


def test_the_page_of_a_link_leads_to_no_page_that_it_does_not_open(closed):
    text = link_to("fx")

    content = page(closed, with_link("/fx", text)).text

    hrefs = re.findall(r'<a [^>]*href="([^"]*)"', content)
    assert "/oil" not in content
    assert {href for href in hrefs if "link=" not in href} == {"#chart", "/sign-in?next=/fx"}
    assert all(text in href for href in hrefs if "link=" in href)


def test_that_a_link_has_expired_is_said_and_a_token_asked_for(closed):
    text = link_to(expires_s=1)

    response = page(closed, with_link("/fx", text))

    assert response.status_code == 401
    assert "This link has expired." in response.text
    assert 'type="password"' in response.text
    assert text not in response.text
    assert get(closed, with_link("/api/charts/fx", text)).json["code"] == "expired"


@pytest.mark.parametrize("text", ["x", "", link_to(key="another"), link_to()[:-1], TOKEN])
def test_a_link_that_was_not_signed_here_opens_nothing(closed, text):
    response = page(closed, with_link("/fx", text))

    assert response.status_code == 401
    assert "opens nothing here" in response.text


def test_a_link_opens_nothing_for_who_guards_by_tokens_alone(make_room):
    room = make_room(view_tokens=[TOKEN])
    room.chart("fx", 1.0)

    assert get(room, with_link("/fx", link_to())).status_code == 401


def test_where_only_links_open_no_token_is_asked_for(make_room):
    room = make_room(link_keys=[KEY])
    room.chart("fx", 1.0)

    content = page(room, "/fx").text

    assert "By link only" in content
    assert "password" not in content


def test_the_page_that_takes_a_token_is_in_no_frame_and_sends_it_nowhere_else(closed):
    for path in ("/sign-in", "/fx", "/"):
        policy = page(closed, path).headers["Content-Security-Policy"]
        assert "form-action 'self'" in policy
        assert "frame-ancestors 'none'" in policy


def test_a_chart_stands_in_frames_of_the_origins_listed(make_room):
    room = make_room(frame_ancestors=["https://wall.example"])
    room.chart("fx", 1.0)

    embedded, usual = page(room, "/fx/embed"), page(room, "/fx")

    assert embedded.status_code == 200
    assert (
        "frame-ancestors 'self' https://wall.example"
        in (embedded.headers["Content-Security-Policy"])
    )
    assert '<body class="embed">' in embedded.text
    assert usual.headers["Content-Security-Policy"].split("; ")[-1] == "frame-ancestors 'self'"
    assert '<body class="embed">' not in usual.text
    assert page(room, "/nope/embed").status_code == 404


def test_no_token_is_asked_for_in_a_frame(closed):
    for path in ("/fx/embed", with_link("/fx/embed", link_to(expires_s=1))):
        response = page(closed, path)

        assert response.status_code == 401
        assert "<form" not in response.text
    assert "This link has expired." in response.text
