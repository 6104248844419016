"""Ticks out of messages in JSON: what is taken, what is skipped, what is refused in which words."""

import json

import pytest

from chartserver.sources.picker import Choice, Expression, Picker
from chartserver.ticks import Tick

TIME_MS = 1795368639363.0


def picked(choice, *messages, series=(), is_held=False):
    """Return the ticks in messages, and the picker."""
    picker = Picker(choice, series, is_held=is_held)
    texts = [one if isinstance(one, str | bytes) else json.dumps(one) for one in messages]
    return [tick for text in texts for tick in picker.pick(text)], picker


def choice(values=None, **expressions):
    """Return a choice of expressions given as texts."""
    unit = expressions.pop("time_unit", "")
    compiled = {name: Expression(text) for name, text in expressions.items()}
    if isinstance(values, dict):
        compiled["values"] = {name: Expression(text) for name, text in values.items()}
    elif values:
        compiled["values"] = Expression(values)
    return Choice(**compiled, time_unit=unit)


@pytest.mark.parametrize(
    ("values", "message", "taken"),
    [
        ("p", {"p": 1.5}, [1.5]),
        ("p", {"p": "1.50"}, [1.5]),
        ("[a, b]", {"a": 1, "b": "2"}, [1, 2.0]),
        ("d", {"d": {"x": 1, "y": None}}, {"x": 1, "y": None}),
        ("{x: a.b, y: c[0]}", {"a": {"b": 1}, "c": [2]}, {"x": 1, "y": 2}),
        ({"EURUSD": "d.p", "GBPUSD": "d.q"}, {"d": {"p": 1}}, {"EURUSD": 1, "GBPUSD": None}),
        (None, {"a": 1, "b": "2", "c": "word", "d": None, "e": True, "f": [1]}, {"a": 1, "b": 2.0}),
        ("p", {"p": "word"}, ["word"]),  # the chart refuses it, counts it and says why
    ],
)
def test_values_are_a_number_numbers_in_order_or_numbers_by_name(values, message, taken):
    assert picked(choice(values), message)[0] == [Tick(None, taken)]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ("p", {"result": None, "id": 1}),
        ("[a, b]", {"c": 1}),
        ({"A": "d.p"}, "[]"),
        ("p", {"p": ""}),
        (None, {"event": "subscribed"}),
        (None, [1, 2]),
        (None, "null"),
        (None, {"time": TIME_MS}),
    ],
)
def test_a_message_in_which_nothing_is_found_is_skipped_and_counted(values, message):
    ticks, picker = picked(choice(values), message)

    assert ticks == []
    assert (picker.messages, picker.skipped, picker.refused) == (1, 1, 0)


def test_a_message_may_hold_many_ticks_each_of_a_series_that_it_names():
    message = {"data": [{"s": "A", "p": "1"}, {"s": "B", "p": "2"}, {"s": "C", "p": 3}, {"x": 1}]}
    wanted = choice("p", each="data", name="s")

    ticks, _ = picked(wanted, message, {"data": None}, {"data": {"s": "A", "p": 9}})

    assert [tick.values for tick in ticks] == [{"A": 1.0}, {"B": 2.0}, {"C": 3}, {"A": 9}]
    chosen, picker = picked(wanted, message, {"data": [{"s": "Z", "p": 1}]}, series=["B", "A"])
    assert [tick.values for tick in chosen] == [{"A": 1.0}, {"B": 2.0}]
    assert picker.skipped == 1


def test_held_values_stay_until_others_come():
    wanted = choice("p", name="s")
    messages = [{"s": "A", "p": 1}, {"s": "B", "p": 2}, {"s": "A", "p": 3}]

    ticks, _ = picked(wanted, *messages, is_held=True)
    lists, _ = picked(choice("[a, b]"), {"a": 1}, {"b": 2}, is_held=True)

    assert [tick.values for tick in ticks] == [{"A": 1}, {"A": 1, "B": 2}, {"A": 3, "B": 2}]
    assert [tick.values for tick in lists] == [[1, None], [1, 2]]


@pytest.mark.parametrize(
    ("message", "unit", "time_ms"),
    [
        ({"T": TIME_MS}, "", TIME_MS),
        ({"T": str(int(TIME_MS))}, "", TIME_MS),
        ({"T": TIME_MS / 1000}, "", TIME_MS),
        ({"T": 5}, "s", 5000.0),
        ({"T": "5"}, "us", 0.005),
        ({"T": TIME_MS * 1e6}, "ns", TIME_MS),
        ({"T": "2026-11-22T17:30:39.363Z"}, "", TIME_MS),
        ({"T": None}, "", None),
        ({}, "ms", None),
    ],
)
def test_a_time_is_iso_or_a_number_whose_unit_is_said_or_shows(message, unit, time_ms):
    [tick], _ = picked(choice("p", time="T", time_unit=unit), {"p": 1} | message)

    assert tick.time_ms == pytest.approx(time_ms)


def test_without_an_expression_a_field_that_is_called_so_is_the_time():
    ticks, _ = picked(choice(), {"timestamp": TIME_MS, "a": 1}, {"time": 5, "a": 1})

    assert ticks == [Tick(TIME_MS, {"a": 1}), Tick(None, {"a": 1})]


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("{", "got '{'; expected JSON ("),
        (b"\xff", "got b'\\xff'; expected JSON ("),
        ("x" * 500, "...; expected JSON ("),
        ({"p": 1, "T": "yesterday"}, "'yesterday' is no time; expected one such as 1793368800"),
        ({"p": 1, "T": True}, "expected a time, not True"),
        ({"p": 1, "T": [1]}, "expected a time, not [1]"),
        ({"p": 1, "T": 10**300}, "is no time"),
        ({"p": 1, "s": [1]}, "expected a text as the series' name, not [1]"),
    ],
)
def test_what_makes_no_sense_is_refused_on_one_line_and_counted(message, told):
    ticks, picker = picked(choice("p", time="T", name="s || 'A'"), message)

    assert ticks == []
    assert picker.refused == 1
    assert told in picker.fault
    assert "\n" not in picker.fault
    assert len(picker.fault) < 300


def test_an_expression_that_fails_on_a_message_refuses_it_and_goes_on():
    ticks, picker = picked(choice("{a: abs(p)}"), {"p": "word"}, {"p": -1})

    assert [tick.values for tick in ticks] == [{"a": 1}]
    assert picker.refused == 1
    assert "\n" not in picker.fault
