"""Ticks read from rows of CSV."""

import math

import pytest

from chartserver.errors import BadPush, RunTooLong
from chartserver.push.csv_ticks import parse_csv

T_MS = 1_793_368_800_000.0


def read(text, unit_ms=None, **options):
    run = parse_csv(text, unit_ms, 100, **options).run
    values = [[None if math.isnan(y) else y for y in row] for row in run.values.tolist()]
    times = [None if math.isnan(t) else t for t in run.time_ms.tolist()]
    return None if run.names is None else list(run.names), times, values


@pytest.mark.parametrize(
    ("text", "names", "times", "values"),
    [
        (
            "time,a,b\n2026-10-30T14:00:00.000000Z,1.5,\n2026-10-30T14:00:01.5Z,2,3\n",
            ["a", "b"],
            [T_MS, T_MS + 1500],
            [[1.5, 2.0], [None, 3.0]],
        ),
        ("time,a\r\n1793368800,1\r\n\r\n", ["a"], [T_MS], [[1.0]]),
        ('time,"a, b"\n,1\n', ["a, b"], [None], [[1.0]]),
        ("a,b\n1,2", ["a", "b"], [None], [[1.0], [2.0]]),
        ("a,time_ms\n1,5", ["a"], [5.0], [[1.0]]),
        ("1.5\n2.5", None, [None, None], [[1.5, 2.5]]),
        ("2026-10-30T14:00:00Z,1,2", None, [T_MS], [[1.0], [2.0]]),
        ("1793368800,1\n,2", None, [T_MS, None], [[1.0, 2.0]]),
        (",n/a,2", None, [None], [[None], [2.0]]),
    ],
)
def test_rows_are_read_by_name_or_in_order(text, names, times, values):
    assert read(text) == (names, times, values)


def test_precision_makes_a_time_of_any_number_in_the_first_column():
    assert read("5,1\n6,2", unit_ms=1.0) == (None, [5.0, 6.0], [[1.0, 2.0]])


def test_columns_may_be_separated_by_tabs():
    assert read("time\ta\n\t1", delimiter="\t") == (["a"], [None], [[1.0]])


@pytest.mark.parametrize(
    ("text", "words", "line"),
    [
        ("", "no row", None),
        ("time,a\n", "no row below", 1),
        ("time,a\n1793368800,1\n1793368801,x", "value of 'a' is 'x'", 3),
        ("time,a\n1793368800,1_0", "'1_0'", 2),
        ("time,a\n\nsoon,1", "time is 'soon'", 3),
        ("time,a\n1793368800,1\n1793368800,1,2", "got 3 cells; expected 2", 3),
        ("time,a\n1793368800", "got 1 cells; expected 2", 2),
        ("time,a,a\n1793368800,1,2", "each name once", 1),
        ("time,date,a\n5,6,7", "one of a time", 1),
        ("time,note\n", "no row below", 1),
        ("time\n1793368800", "times alone", 1),
        ("1.5,2.5", "without a header the first column is the time", 1),
        ("2026-10-30T14:00:00Z,x", "value of 'column 1' is 'x'", 1),
        ('time,a\n5,"1', "no CSV", 2),
        ("time,a\n5,1\r6,2", "no CSV", 2),
    ],
)
def test_what_is_no_row_is_refused_with_its_line(text, words, line):
    with pytest.raises(BadPush) as caught:
        parse_csv(text, None, 100)

    assert words in str(caught.value)
    assert caught.value.line == line


def test_more_columns_than_a_chart_takes_are_refused():
    header = ",".join(f"s{i}" for i in range(101))

    with pytest.raises(BadPush, match="got 101 series"):
        parse_csv(f"{header}\n{','.join('1' * 101)}", None, 100)


def test_an_infinity_is_a_missing_value():
    assert read("a\ninf\n1") == (["a"], [None, None], [[None, 1.0]])


def test_a_header_of_thousands_of_names_is_refused_before_it_is_compared():
    header = ",".join(f"n{i}" for i in range(250_000))

    with pytest.raises(BadPush, match="expected at most 100 in a chart"):
        read(header + "\n" + "," * 249_999)


def test_no_more_rows_are_read_than_a_chart_takes_at_once():
    with pytest.raises(RunTooLong, match="more than 20000 ticks"):
        read("a\n" + "1\n" * 20_001 + "no number\n")
    assert len(parse_csv("a\n" + "1\n" * 20_000, None, 100).run) == 20_000
