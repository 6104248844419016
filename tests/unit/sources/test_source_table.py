"""How CSV files are read: delimiters, times, missing values, order, and all that can be wrong."""

import csv
import io
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chartserver.errors import ConfigError
from chartserver.sources import csv_file, table
from chartserver.sources.csv_file import CsvFile
from chartserver.sources.table import read_table

DAY_MS = 86_400_000.0


def read(text, **wanted):
    return read_table(CsvFile("x.csv", io.StringIO(text, newline="")), **wanted)


def fault(text, **wanted):
    with pytest.raises(ConfigError) as caught:
        read(text, **wanted)
    (line,) = caught.value.faults
    assert "\n" not in line
    return line


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiter_is_found(delimiter):
    found = read("Date,a,b\n2026-10-29,1.5,2\n2026-10-30,3,4\n".replace(",", delimiter))

    assert found.names == ["a", "b"]
    assert found.time_ms.tolist() == [1_793_232_000_000.0, 1_793_318_400_000.0]
    assert found.values.tolist() == [[1.5, 3.0], [2.0, 4.0]]


def test_a_comma_is_the_decimal_point_where_it_is_no_delimiter():
    found = read("Zeit;a;b\n2026-10-29;1,5;2,25\n2026-10-30;3;-0,5\n")

    assert found.values.tolist() == [[1.5, 3.0], [2.25, -0.5]]


def test_newest_first_is_turned_round():
    found = read("date,a\n2026-10-30,3\n2026-10-29,2\n2026-10-28,1\n")

    assert found.values.tolist() == [[1.0, 2.0, 3.0]]
    assert np.diff(found.time_ms).tolist() == [DAY_MS, DAY_MS]


def test_rows_of_the_same_time_keep_their_order_when_turned_round():
    found = read("date,a\n2026-10-30,4\n2026-10-29,3\n2026-10-29,2\n2026-10-28,1\n")

    assert found.values.tolist() == [[1.0, 2.0, 3.0, 4.0]]


@given(
    st.lists(
        st.tuples(
            st.integers(100_000_000, 9_000_000_000),
            st.none() | st.floats(allow_nan=False, allow_infinity=False),
        ),
        min_size=1,
        max_size=40,
        unique_by=lambda row: row[0],
    ),
    st.randoms(use_true_random=False),
)
def test_rows_in_any_order_give_the_same_table(rows, dice):
    # One number at least: a column without any is left out.
    rows = [*rows, (9_500_000_000, 1.0)]
    shuffled = list(rows)
    dice.shuffle(shuffled)

    tables = [
        read("time,a\n" + "".join(f"{s},{'' if v is None else repr(v)}\n" for s, v in order))
        for order in (sorted(rows), sorted(rows, reverse=True), shuffled)
    ]

    for found in tables:
        assert found.time_ms.tolist() == sorted(s * 1000.0 for s, _ in rows)
        expected = [math.nan if v is None else v for _, v in sorted(rows)]
        np.testing.assert_array_equal(found.values, [expected])


@pytest.mark.parametrize("cell", ["", "N/A", "NA", "n/a", "null", "NaN", "-", " ", "inf"])
def test_a_cell_without_a_value_is_missing(cell):
    found = read(f"time,a,b\n1793318400,{cell},1\n1793318401,2,3\n")

    np.testing.assert_array_equal(found.values, [[math.nan, 2.0], [1.0, 3.0]])
    assert found.notes == []


def test_an_empty_column_after_a_trailing_delimiter_is_nobodys_loss():
    both = read("Date,USD,\n2026-10-30,1.1,\n")
    only_rows = read("Date,USD\n2026-10-30,1.1,\n")
    only_header = read("Date,USD,\n2026-10-30,1.1\n")

    for found in (both, only_rows, only_header):
        assert (found.names, found.notes) == (["USD"], [])


def test_a_column_without_any_number_is_left_out_and_told():
    found = read("time,host,a\n1793318400,web1,1\n1793318401,web2,2\n")

    assert found.names == ["a"]
    assert found.notes == ["column 'host' holds no number and is left out"]


def test_cells_that_are_no_numbers_are_counted_and_the_first_is_told():
    found = read("time,a\n1793318400,1\n1793318401,err\n\n1793318402,oops\n1793318403,1_0\n")

    np.testing.assert_array_equal(found.values, [[1.0, math.nan, math.nan, math.nan]])
    assert found.notes == [
        "column 'a': 3 cells are no numbers and are taken as missing, the first in line 3: 'err'"
    ]


def test_the_time_column_is_found_by_name_wherever_it_stands():
    assert read("a,TimeStamp\n5,1793318400\n").names == ["a"]


def test_the_time_column_may_be_told():
    found = read("day,when,a\n2026-10-30,1793318400,1\n", time="When")

    assert found.time_ms.tolist() == [1_793_318_400_000.0]
    assert found.names == ["a"]


def test_without_a_name_the_first_column_of_times_is_taken():
    found = read(",price,when\n0,1.5,2026-10-30\n1,2.5,2026-10-31\n")

    assert found.names == ["column 1", "price"]
    assert found.time_ms[0] == 1_793_318_400_000.0


def test_a_split_date_and_time_falls_back_to_the_date():
    found = read("Date,Time,a\n2026-10-30,12:30:00,1\n")

    assert found.time_ms.tolist() == [1_793_318_400_000.0]


def test_relative_seconds_in_a_column_called_time_are_taken_as_they_are():
    assert read("time,a\n0,1\n0.5,2\n1,3\n").time_ms.tolist() == [0.0, 500.0, 1000.0]


def test_milliseconds_are_told_by_the_column_not_by_the_cell():
    found = read("time_ms,a\n99999999990,1\n100000000000,2\n100000000010,3\n")

    assert np.diff(found.time_ms).tolist() == [10.0, 10.0]


def test_chosen_columns_come_in_the_order_asked_for():
    found = read("time,a,b,c\n1793318400,1,2,3\n", series=["c", "A"])

    assert found.names == ["c", "a"]
    assert found.values.tolist() == [[3.0], [1.0]]


def test_names_twice_are_told_apart():
    assert read("time,a,a,a\n1793318400,1,2,3\n").names == ["a", "a (2)", "a (3)"]


def test_quoted_cells_with_delimiters_and_line_ends_are_read():
    found = read('time,"a, b",note\n1793318400,"1.5","one\ntwo"\n1793318401,2.5,x\n')

    assert found.names == ["a, b"]
    assert found.values.tolist() == [[1.5, 2.5]]


def test_lines_are_counted_as_an_editor_counts_them():
    text = 'time,a,note\n1793318400,1,"one\ntwo"\n\n1793318401,2\n'

    assert "line 5: got 2 cells; expected 3" in fault(text)


def test_more_rows_than_a_chunk_are_read(monkeypatch):
    monkeypatch.setattr(csv_file, "CHUNK_ROWS", 3)
    rows = "".join(f"{1_793_318_400 + i},{i}\n" for i in range(10))

    assert read("time,a\n" + rows).values.tolist() == [[float(i) for i in range(10)]]


def test_too_many_rows_are_refused(monkeypatch):
    monkeypatch.setattr(csv_file, "ROWS_MAX", 3)
    rows = "".join(f"{1_793_318_400 + i},{i}\n" for i in range(4))

    assert "more than 3 rows" in fault("time,a\n" + rows)


def test_too_many_cells_are_refused(monkeypatch):
    monkeypatch.setattr(table, "VALUES_MAX", 5)

    assert "choose columns with series" in fault("time,a,b,c\n1793318400,1,2,3\n")


def test_too_many_columns_are_refused():
    names = ",".join(f"c{i}" for i in range(300))

    assert "300 columns of numbers; expected at most 256" in fault(
        f"time,{names}\n1793318400{',1' * 300}\n"
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "file x.csv is empty; expected a header"),
        ("\n  \n", "file x.csv is empty"),
        ('"', "file x.csv is empty"),
        ("hello\n", "has one column, 'hello'"),
        ("time\n1793318400\n", "has one column, 'time'"),
        ("time,a\n", "has a header and no rows"),
        ("2026-10-30,1.5\n2026-10-31,1.6\n", "has no header; its first line begins with '2026"),
        ("1,2\n3,4\n", "has no header"),
        ("a,b\n1,2\n", "has no column of times; got a, b; expected one called time or date"),
        ("time,a\n1793318400,x\n", "has no numbers in a; expected"),
        ("time,a\n1793318400,1\nlate,2\n", "line 3: the time is 'late'; expected one in column"),
        ("time,a\nnoon,1\n", "line 2: the time is 'noon'"),
        ("time,a\n1793318400,1\n,2\n", "line 3: the time is ''"),
        ("date,a\n2026-10-30,1\n30.10.2026,2\n", "line 3: the time is '30.10.2026'"),
        ("time,a\n1793318400,1\nnan,2\n", "line 3: the time is 'nan'"),
        ("time,a\n1e300,1\n", "a time is too far from 1970"),
        ("time,a\n1793318400,1\n1793318401,1,2\n", "line 3: got 3 cells; expected 2"),
        ("time,a,b\n1793318400,1,2\n1793318401,1\n", "line 3: got 2 cells; expected 3"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(text, expected):
    assert expected in fault(text)


def test_an_unknown_column_is_told_with_those_that_there_are():
    text = "time,Price,b\n1793318400,1,2\n"

    assert "no column 'Prize', which option series names; expected one of: time, Price, b" in fault(
        text, series=["Prize"]
    )
    assert "did you mean 'time'" in fault(text, time="tme")


def test_a_chosen_column_without_numbers_is_a_fault():
    assert "has no numbers in b" in fault("time,a,b\n1793318400,1,\n", series=["a", "b"])


@given(st.text(alphabet='01,;\t\n"ab-. ', max_size=80))
def test_any_text_is_a_table_or_one_fault(text):
    try:
        found = read(text)
    except (ConfigError, csv.Error):
        return

    assert found.values.shape == (len(found.names), len(found.time_ms))
    assert (np.diff(found.time_ms) >= 0).all()
