"""The rules of who may see, push and read metrics."""

import pytest

from chartserver.access.links import Links
from chartserver.access.rules import ALL_CHARTS, Access, Credentials
from chartserver.errors import AccessDenied

NOW_S = 1_000.0
KEY, TOKEN = "key-of-links", "view-token"
NOTHING = Credentials()


def access(**changes):
    return Access(**{"view_tokens": [TOKEN], "link_keys": [KEY], "clock": lambda: NOW_S, **changes})


def token(text):
    return Credentials(tokens=(text,), links=(text,))


def link(chart="fx", expires_s=NOW_S + 60, key=KEY):
    text = Links([key]).sign(chart, expires_s)
    return Credentials(links=(text,))


def code_of(rules, credentials):
    with pytest.raises(AccessDenied) as caught:
        rules.permit(credentials)
    assert "\n" not in str(caught.value)
    return caught.value.code


@pytest.mark.parametrize("credentials", [NOTHING, token("anything"), link()])
def test_without_tokens_and_keys_everybody_sees_all(credentials):
    rules = Access()

    assert rules.is_open
    assert rules.permit(credentials) is ALL_CHARTS


def test_a_view_token_sees_all_charts():
    assert access().permit(token(TOKEN)) is ALL_CHARTS
    assert access().may_view(token(TOKEN), "whatever")


@pytest.mark.parametrize("given", ["old-one", "new-one"])
def test_several_tokens_hold_at_once(given):
    assert access(view_tokens=["old-one", "new-one"]).permit(token(given)).sees_all


@pytest.mark.parametrize(
    "given",
    [
        *["", TOKEN[:-1], TOKEN + "x", TOKEN.upper(), f" {TOKEN}", f"{TOKEN}\n", KEY, "None"],
        *["view\u2010token", "view-tok\u0435n", "\udcff"],
        *[f"{TOKEN}\0", f"{TOKEN},{TOKEN}", f"{TOKEN} old"],
    ],
)
def test_what_is_not_quite_a_token_sees_nothing(given):
    assert code_of(access(), token(given)) == "unauthorized"
    assert not access().may_view(token(given), "fx")


def test_a_link_sees_its_chart_only_and_until_it_ends():
    permit = access().permit(link("fx"))

    assert (permit.sees_all, permit.sees("fx"), permit.sees("lab")) == (False, True, False)
    assert permit.expires_s == NOW_S + 60
    permit.check("fx")
    for other in ("lab", "f", "FX", None, 5, ["fx"]):
        with pytest.raises(AccessDenied) as caught:
            permit.check(other)
        assert caught.value.code == "forbidden"


def test_a_link_is_told_that_it_has_expired_whatever_else_is_wrong():
    old = link(expires_s=NOW_S).links[0]

    assert code_of(access(), Credentials(links=(old,))) == "expired"
    assert code_of(access(), Credentials(tokens=("wrong",), links=("forged", old))) == "expired"


def test_an_expired_link_takes_nothing_from_a_token_that_holds():
    old = link(expires_s=NOW_S - 1).links[0]

    assert access().permit(Credentials(tokens=(old, TOKEN), links=(old,))) is ALL_CHARTS


def test_a_token_that_does_not_hold_takes_nothing_from_a_link_that_does():
    good = link().links

    assert access().permit(Credentials(tokens=("stale",), links=("stale", *good))).sees("fx")


def test_a_link_of_another_key_sees_nothing():
    assert code_of(access(), link(key="another")) == "unauthorized"


def test_a_token_in_the_place_of_a_link_sees_nothing():
    assert code_of(access(), Credentials(links=(TOKEN,))) == "unauthorized"


def test_what_is_expected_is_told_by_what_can_be_had():
    with pytest.raises(AccessDenied, match=r"expected a token, or a signed link$"):
        access().permit(NOTHING)
    with pytest.raises(AccessDenied, match=r"expected a signed link$"):
        access(view_tokens=[]).permit(NOTHING)


def test_with_tokens_alone_no_link_is_good():
    assert code_of(access(link_keys=[]), link()) == "unauthorized"


def test_tokens_are_good_for_what_they_are_for_and_nothing_else():
    rules = access(push_tokens=["push"], metrics_tokens=["metrics"])

    for given, may in {TOKEN: (1, 0, 0), "push": (0, 1, 0), "metrics": (0, 0, 1)}.items():
        shown = token(given)
        assert rules.may_view(shown, "fx") == bool(may[0])
        assert rules.may_push(shown, is_local=True) == bool(may[1])
        assert rules.may_read_metrics(shown, is_local=True) == bool(may[2])


@pytest.mark.parametrize("is_local", [True, False])
def test_without_tokens_of_their_own_pushing_and_metrics_are_for_this_machine(is_local):
    rules = access()

    for shown in (NOTHING, token(TOKEN), link()):
        assert rules.may_push(shown, is_local) is is_local
        assert rules.may_read_metrics(shown, is_local) is is_local


def test_a_guess_is_what_opens_nothing_anywhere():
    rules = access(push_tokens=["push"])
    old = link(expires_s=1).links[0]

    shown = Credentials(tokens=(TOKEN, "push", old, "guess", TOKEN.upper()))

    assert rules.wrong_tokens(shown) == ["guess", TOKEN.upper()]


def test_credentials_are_not_to_be_read_in_a_log():
    assert TOKEN not in repr(token(TOKEN))
    assert TOKEN not in f"{token(TOKEN)}"
