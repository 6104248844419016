"""Ticks read from JSON: one, a list, columns, or lines."""

import math
import tracemalloc

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chartserver.errors import BadPush, BadTick, RunTooLong
from chartserver.push.json_ticks import parse_json, parse_lines

NOW = math.nan
T_S, T_MS = 1_793_368_800, 1_793_368_800_000.0
numbers_or_missing = (
    st.none() | st.floats(allow_nan=False, allow_infinity=False) | st.integers(-9, 9)
)


def read(text, unit_ms=None, most_series=100, parse=parse_json):
    """Return names, times and rows of values as lists, None for missing."""
    run = parse(text.encode() if isinstance(text, str) else text, unit_ms, most_series).run
    values = [[None if math.isnan(y) else y for y in row] for row in run.values.tolist()]
    times = [None if math.isnan(t) else t for t in run.time_ms.tolist()]
    return None if run.names is None else list(run.names), times, values


def fault(text, parse=parse_json, most_series=100):
    with pytest.raises(BadPush) as caught:
        parse(text if isinstance(text, bytes) else text.encode(), None, most_series)
    return caught.value


@pytest.mark.parametrize(
    ("text", "names", "times", "values"),
    [
        ('{"EURUSD": 1.08}', ["EURUSD"], [None], [[1.08]]),
        ('{"a": 1, "time": 1793368800, "b": null}', ["a", "b"], [T_MS], [[1.0], [None]]),
        ('{"values": [1, null, 3]}', None, [None], [[1.0], [None], [3.0]]),
        ('{"ts": 1793368800, "values": {"a": 2}}', ["a"], [T_MS], [[2.0]]),
        ('[{"a": 1}, {"b": 2}]', ["a", "b"], [None, None], [[1.0, None], [None, 2.0]]),
        ('[{"t": 1793368800, "a": 1}, {"a": 2}]', ["a"], [T_MS, None], [[1.0, 2.0]]),
        ("[[1, 2], [3, null]]", None, [None, None], [[1.0, 3.0], [2.0, None]]),
        ('{"t": [1000, 2000], "y": [[1, 2]]}', None, [1000.0, 2000.0], [[1.0, 2.0]]),
        (
            '{"v": 1, "epoch": "9f2c41aa", "offset": 2, "t": [1, 2], "y": [[3, null]]}',
            None,
            [1.0, 2.0],
            [[3.0, None]],
        ),
        (
            '{"names": ["time", "y"], "t": [1000], "y": [[1], [2]]}',
            ["time", "y"],
            [1000.0],
            [[1.0], [2.0]],
        ),
        ('{"time_s": [1, null], "a": [1, 2]}', ["a"], [1000.0, None], [[1.0, 2.0]]),
        ('{"a": [1, 2], "b": [null, 4]}', ["a", "b"], [None, None], [[1.0, 2.0], [None, 4.0]]),
        ('{"t": [1793368800], "y": [1]}', ["y"], [T_MS], [[1.0]]),
    ],
)
def test_json_is_read_in_each_of_its_forms(text, names, times, values):
    assert read(text) == (names, times, values)


@pytest.mark.parametrize(
    ("time", "expected_ms"),
    [
        ('"time": 1793368800', T_MS),
        ('"time": 1793368800.5', T_MS + 500),
        ('"time": 1793368800000', T_MS),
        ('"time": 1793368800000000', T_MS),
        ('"time": 1793368800000000000', T_MS),
        ('"time": "2026-10-30T14:00:00Z"', T_MS),
        ('"time": "2026-10-30T15:00:00+01:00"', T_MS),
        ('"time": "2026-10-30T14:00:00"', T_MS),
        ('"time": "1793368800"', T_MS),
        ('"time": -1', -1000.0),
        ('"time_ms": 5', 5.0),
        ('"time_us": 5000', 5.0),
        ('"timestamp_ns": 5000000', 5.0),
        ('"Time_S": 5', 5000.0),
        ('"time": null', None),
        ('"time": ""', None),
    ],
)
def test_a_time_is_read_as_its_name_or_its_magnitude_says(time, expected_ms):
    assert read(f'{{{time}, "a": 1}}')[1] == [expected_ms]


def test_precision_says_the_unit_where_the_name_does_not():
    assert read('{"time": 5, "a": 1}', unit_ms=1.0)[1] == [5.0]
    assert read('[{"time": 5, "a": 1}, {"time": "6", "a": 1}]', unit_ms=1.0)[1] == [5.0, 6.0]
    assert read('{"time_s": 5, "a": 1}', unit_ms=1.0)[1] == [5000.0]


def test_numbers_of_one_column_are_each_taken_by_their_own_magnitude():
    assert read('{"time": [1793368800, 1793368800000], "a": [1, 2]}')[1] == [T_MS, T_MS]


@pytest.mark.parametrize(
    ("text", "words", "index"),
    [
        ('{"a": "1.08"}', "value of 'a' is '1.08'", 0),
        ('[{"a": 1}, {"a": true}]', "value of 'a' is True", 1),
        ('[{"a": 1}, {"a": [1]}]', "value of 'a' is [1]", 1),
        ('[{"a": 1}, 5]', "tick is 5", 1),
        ('[{"a": 1}, [5]]', "tick is [5]", 1),
        ('[[1], {"a": 1}]', "lists of values", 1),
        ("[[1, 2], [1]]", "got 1 values; expected 2", 1),
        ('[{"a": 1}, {}]', "tick is {}", 1),
        ('[{"a": 1}, {"time": 5}]', "time alone", 1),
        ('{"time": "yesterday", "a": 1}', "time is 'yesterday'", 0),
        ('{"time": true, "a": 1}', "time is True", 0),
        ('{"time": {}, "a": 1}', "time is {}", 0),
        ('{"time": 1e300, "date": 5, "a": 1}', "'time' and 'date'", None),
        ('{"values": [1], "a": 1}', "values and a time alone", 0),
        ('[{"values": [1]}, {"values": {"a": 1}}]', "values and a time alone", 1),
        ('{"a": [1, 2], "b": [1]}', "'b' has 1 values; expected 2", None),
        ('{"a": [1, "x"]}', "value of 'a' is 'x'", 1),
        ('{"a": [1], "b": 5}', "'b' is 5", None),
        ('{"a": []}', "without ticks", None),
        ('{"time": [1, 2]}', "no values", None),
        ('{"t": [1, 2], "y": [[1]]}', "'y[0]' has 1 values; expected 2", None),
        ('{"t": [1], "y": [[1], 1]}', "'y[1]' is 1", None),
        ('{"values": [[1, 2], 3], "time": 5}', "number 1", 0),
        ('{"t": [1], "y": []}', '"y" is []', None),
        ('{"t": 5, "y": [[1]]}', "'t' is 5", None),
        ("[]", "body is []", None),
        ("[1, 2]", "body is [1, 2]", None),
        ("5", "body is 5", None),
        ("null", "body is None", None),
    ],
)
def test_what_is_no_tick_is_refused_with_its_place(text, words, index):
    refused = fault(text)

    assert words in str(refused)
    assert refused.index == index


@pytest.mark.parametrize(
    "text", ["", "{", '{"a": NaN}', '{"a": 1e999}', "[" * 5000, b'{"a": "\xff"}']
)
def test_what_is_no_json_is_refused_with_its_line(text):
    assert fault(text).line == 1


def test_json_that_breaks_off_says_in_which_line():
    assert fault('{"a":\n1\n"b"}').line == 3


def test_lines_are_a_tick_each():
    text = '{"time": 1793368800, "a": 1}\n\n{"a": 2}\r\n'

    assert read(text, parse=parse_lines) == (["a"], [T_MS, None], [[1.0, 2.0]])
    assert read("[1, 2]\n[3, 4]", parse=parse_lines)[2] == [[1.0, 3.0], [2.0, 4.0]]
    assert read("1.5\n2.5", parse=parse_lines)[2] == [[1.5, 2.5]]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('{"a": 1}\n\n{"a": "x"}', 3),
        ('{"a": 1}\n{"a": 1},{"a": 2}', 2),
        ('{"a": 1}\n5', 2),
        ('\n\n{"a"', 3),
        ('{"a": 1}\n{"time": "x", "a": 1}', 2),
        ('{"a": 1}\n"text"', 2),
    ],
)
def test_a_line_that_is_no_tick_is_named(text, line):
    refused = fault(text, parse=parse_lines)

    assert (refused.line, refused.index) == (line, None)


def test_lines_without_a_tick_are_refused():
    assert "no line" in str(fault("\n \n", parse=parse_lines))


def test_lines_know_in_which_line_each_tick_stood():
    body = parse_lines(b'{"a": 1}\n\n{"a": 2}', None, 100)

    assert body.located(BadTick("too early", 1)).line == 3


@given(
    st.lists(st.tuples(numbers_or_missing, numbers_or_missing), min_size=1),
)
def test_a_list_lines_and_columns_of_the_same_ticks_are_one_run(values):
    ticks = [{"a": a, "b": b} for a, b in values]

    rows = read(orjson.dumps(ticks))
    lines = read(b"\n".join(map(orjson.dumps, ticks)), parse=parse_lines)
    columns = read(orjson.dumps({name: [tick[name] for tick in ticks] for name in "ab"}))

    assert rows == lines == columns
    assert rows[2] == [[tick[name] for tick in ticks] for name in "ab"]


def test_a_thousand_new_series_are_refused():
    text = orjson.dumps({f"s{i}": i for i in range(1_000)})

    assert "got 1000 series; expected at most 100" in str(fault(text))


def test_ticks_of_few_series_each_do_not_become_more_memory_than_is_there():
    text = "[" + ",".join(f'{{"s{i % 250}":1}}' for i in range(20_000)) + "]"
    tracemalloc.start()
    try:
        refused = fault(text, most_series=250)
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert "expected at most 4000000 values" in str(refused)
    assert peak_bytes < 20_000_000


def test_values_come_in_the_shape_of_series_by_ticks():
    run = parse_json(b'[{"a": 1, "b": 2}, {"a": 3}]', None, 100).run

    assert run.values.shape == (2, 2)
    assert run.values.dtype == np.float64


@pytest.mark.parametrize("names", ['["a"]', '["a", "a"]', '["a", 1]', '["a", ["b"]]', '"ab"', "2"])
def test_the_names_of_a_frame_are_as_many_as_its_rows(names):
    found = fault(f'{{"names": {names}, "t": [1000], "y": [[1], [2]]}}')

    assert "expected 2, one for each list" in str(found)


def test_no_more_lines_are_read_than_a_chart_takes_at_once():
    with pytest.raises(RunTooLong, match="more than 20000 ticks"):
        parse_lines(b"1\n" * 20_001 + b"no json", None, 100)


def test_what_is_nested_deep_is_refused_in_one_line():
    assert "[[[[" in str(fault("[" * 1000 + "]" * 1000))
