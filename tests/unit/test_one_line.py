"""What a text of one line may have in it."""

import pytest

from chartserver.one_line import is_one_line, one_line


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Exchange rates",
        "売上　推移",
        "5\u00a0°C",
        "1\u202f000",
        "👨\u200d👩\u200d👧",
        "می\u200cخواهم",
    ],
)
def test_what_people_write_is_fit_and_stays_as_it_is(text):
    assert is_one_line(text)
    assert one_line(text) == text


@pytest.mark.parametrize(
    "char", list("\n\r\t\x00\x1b\x7f\x85\xad\u2028\u2029\u202e\u2066\ufeff\ud800")
)
def test_what_breaks_the_line_or_turns_it_round_is_not(char):
    assert not is_one_line(f"a{char}b")
    assert one_line(f"a{char}b") == "a\N{REPLACEMENT CHARACTER}b"
