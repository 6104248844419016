"""Signed links: what is signed is read again, and nothing else is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chartserver.access.links import (
    LINK_BYTES_MAX,
    Link,
    Links,
    check_linked_chart,
    parse_duration_s,
)
from chartserver.errors import AccessDenied, ConfigError

END_S = 1_800_000_000
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
GOOD = Links(["key"]).sign("fx", END_S)


def links(*keys, now_s=0.0):
    return Links(keys or ["key"], clock=lambda: now_s)


def code_of(text, **options):
    with pytest.raises(AccessDenied) as caught:
        links(**options).read(text)
    return caught.value.code


def test_what_is_signed_is_read():
    assert links().read(GOOD) == Link("fx", END_S)


def test_a_link_can_stand_in_an_address_as_it_is():
    assert set(GOOD) <= set(ALPHABET + ".")


def test_a_link_ends_at_its_second():
    assert links(now_s=END_S - 0.001).read(GOOD).chart == "fx"
    assert code_of(GOOD, now_s=END_S) == "expired"


def test_that_a_link_has_expired_is_told_with_the_time():
    with pytest.raises(AccessDenied, match=r"expired, on 2027-01-15 08:00 UTC; ask"):
        links(now_s=END_S + 1).read(GOOD)


def test_the_newest_key_signs_and_all_are_read():
    old, new = links("old"), links("new", "old")

    assert new.read(old.sign("fx", END_S)).chart == "fx"
    assert links("new").read(new.sign("fx", END_S)).chart == "fx"
    with pytest.raises(AccessDenied):
        links("new").read(old.sign("fx", END_S))


def test_without_keys_no_link_is_good():
    with pytest.raises(AccessDenied):
        Links([]).read(GOOD)


@pytest.mark.parametrize("at", range(len(GOOD)))
def test_no_character_can_be_another(at):
    for other in ALPHABET + ".":
        if other != GOOD[at]:
            assert code_of(GOOD[:at] + other + GOOD[at + 1 :]) == "unauthorized"


@pytest.mark.parametrize(
    "text",
    [
        *["", ".", "..", GOOD + ".", "." + GOOD, GOOD + "=", GOOD + "\n", " " + GOOD, GOOD + "\0"],
        *[GOOD[:-1], GOOD[1:], GOOD + "A", GOOD + GOOD, GOOD.upper(), f"{GOOD}?x=1"],
        *[GOOD.replace(".", ".."), GOOD.replace(".", "\u2024"), GOOD.partition(".")[0]],
        "x" * 9 * LINK_BYTES_MAX,
    ],
)
def test_what_is_near_a_link_is_none(text):
    assert code_of(text) == "unauthorized"


@given(st.text() | st.text(ALPHABET + "."))
def test_no_text_is_a_link_by_accident(text):
    assert code_of(text) == "unauthorized"


@given(st.data())
def test_parts_of_two_links_are_no_link(data):
    other = Links(["key"]).sign("lab", END_S + 1)
    cut, join = data.draw(st.integers(1, len(GOOD) - 1)), data.draw(st.integers(1, len(other) - 1))
    mixed = GOOD[:cut] + other[join:]

    assert mixed in (GOOD, other) or code_of(mixed) == "unauthorized"


@pytest.mark.parametrize("payload", [["fx"], ["fx", "9" * 9], [5, END_S], {"fx": 1, "y": 2}, "ab"])
def test_something_else_that_the_key_has_signed_is_no_link(payload):
    text = links()._serializer.dumps(payload)

    assert code_of(text) == "unauthorized"


@pytest.mark.parametrize(
    ("text", "seconds"), [("30m", 1_800), ("24h", 86_400), ("7d", 604_800), (" 366d ", 31_622_400)]
)
def test_a_duration_is_minutes_hours_or_days(text, seconds):
    assert parse_duration_s(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "0h", "-1h", "24", "h", "1.5h", "24 h", "24H", "367d", "9999999h", "1w", "\u0663h"]
)
def test_what_is_no_duration_is_refused_with_an_example(text):
    with pytest.raises(ConfigError, match="such as 30m, 24h or 7d"):
        parse_duration_s(text)


def test_a_link_is_for_a_name_that_a_chart_can_have():
    assert check_linked_chart("fx") == "fx"
    for name in ("", "FX", "a/b", "../fx", "x" * 65, "fx\n"):
        with pytest.raises(ConfigError, match="expected the name of a chart"):
            check_linked_chart(name)
