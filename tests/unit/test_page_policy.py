"""The headers of security of single pages."""

from chartserver.web import page_policy


def directives(headers):
    """Return the policy's directives by their names."""
    policy = headers["Content-Security-Policy"]
    return dict(part.split(" ", 1) for part in policy.split("; "))


def test_an_answer_goes_into_frames_of_our_own_only_and_has_no_form():
    policy = directives(page_policy.HEADERS)

    assert (policy["frame-ancestors"], policy["form-action"]) == ("'self'", "'none'")


def test_a_form_for_secrets_goes_to_us_and_into_no_frame():
    headers = page_policy.of_form()

    policy = directives(headers)
    assert (policy["frame-ancestors"], policy["form-action"]) == ("'none'", "'self'")
    # With `no-referrer` browsers would say `Origin: null`.
    assert headers["Referrer-Policy"] == "same-origin"


def test_an_embedded_page_goes_into_frames_of_the_origins_listed():
    policy = directives(page_policy.of_embed(["https://wall.example"]))

    assert policy["frame-ancestors"] == "'self' https://wall.example"
    assert directives(page_policy.of_embed([]))["frame-ancestors"] == "'self'"


def test_pages_differ_from_all_answers_in_nothing_else():
    everywhere = directives(page_policy.HEADERS)
    own = ("form-action", "frame-ancestors")

    for headers in (page_policy.of_form(), page_policy.of_embed(["*"])):
        policy = directives(headers)
        assert {k: v for k, v in policy.items() if k not in own} == {
            k: v for k, v in everywhere.items() if k not in own
        }


def test_the_address_of_a_link_is_told_to_nobody():
    assert page_policy.of_link() == {"Referrer-Policy": "no-referrer"}
