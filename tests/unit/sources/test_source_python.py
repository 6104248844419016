"""What `python:module:name` promises: functions on a beat, generators as they come."""

import functools
import sys
import threading
from decimal import Decimal
from fractions import Fraction
from itertools import count, islice

import numpy as np
import pytest

from chartserver.errors import ConfigError, SourceFailed
from chartserver.sources.python import make_source, tick_of
from chartserver.ticks import Series, Tick

LAB = """
from chartserver.ticks import Tick

calls = []
closed = []
numbers = [1, 2.5, None]
once = iter([(1, 2), (3, 4)])
fixed = 42

def read():
    calls.append(1)
    return len(calls), 10.0

def count():
    try:
        n = 0
        while True:
            yield {"n": n}
            n += 1
    finally:
        closed.append(n)

def stamped():
    return Tick(5000.0, [1])

def needs(pin):
    return pin

async def later():
    return 1

async def stream():
    yield 1

class Board:
    def read(self):
        return 7

board = Board()
"""


@pytest.fixture
def lab(tmp_path, monkeypatch):
    """A module `lab` in the working directory, forgotten afterwards."""
    (tmp_path / "lab.py").write_text(LAB)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [one for one in sys.path if one != str(tmp_path)])
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    yield tmp_path
    sys.modules.pop("lab", None)


def rows(source, n):
    return [tick.values for tick in islice(source.ticks(threading.Event()), n)]


def test_a_function_of_a_module_in_the_working_directory_is_called_on_each_beat(lab, opened):
    source = opened("python:lab:read?interval_s=0.001")

    assert rows(source, 3) == [[1.0, 10.0], [2.0, 10.0], [3.0, 10.0]]
    assert (source.title, source.interval_s) == ("read", 0.001)


def test_the_general_interval_is_for_functions_and_not_for_generators(lab, opened):
    assert opened("python:lab:read", {"interval_s": "5"}).interval_s == 5
    assert opened("python:lab:read").interval_s == 1
    assert opened("python:lab:count", {"interval_s": "5"}).interval_s is None
    assert opened("python:lab:count?interval_s=2", {"interval_s": "5"}).interval_s == 2


def test_a_generator_function_sets_its_own_pace_and_is_closed_at_the_end(lab, opened):
    source = opened("python:lab:count")
    ticks = source.ticks(threading.Event())

    assert [tick.values for tick in islice(ticks, 3)] == [{"n": 0.0}, {"n": 1.0}, {"n": 2.0}]
    ticks.close()
    assert sys.modules["lab"].closed == [2]


def test_a_generator_function_begins_anew_when_asked_again(lab, opened):
    source = opened("python:lab:count")

    assert rows(source, 2) == rows(source, 2)


def test_a_generator_with_an_interval_yields_one_item_on_each_beat(lab, opened):
    source = opened("python:lab:count?interval_s=0.001")

    assert rows(source, 3) == [{"n": 0.0}, {"n": 1.0}, {"n": 2.0}]


def test_an_iterable_ends_with_its_items(lab, opened):
    assert rows(opened("python:lab:numbers"), 9) == [[1.0], [2.5], [None]]
    assert rows(opened("python:lab:numbers?interval_s=0.001"), 9) == [[1.0], [2.5], [None]]


def test_an_iterator_is_iterated_once(lab, opened):
    source = opened("python:lab:once?series=a,b")

    assert rows(source, 9) == [[1.0, 2.0], [3.0, 4.0]]
    assert rows(source, 9) == []
    assert [one.name for one in source.series] == ["a", "b"]


def test_what_is_in_an_object_can_be_named(lab, opened):
    assert rows(opened("python:lab:board.read?interval_s=0.001"), 1) == [[7.0]]


def test_a_tick_brings_its_own_time(lab, opened):
    ticks = opened("python:lab:stamped?interval_s=0.001").ticks(threading.Event())

    assert next(ticks) == Tick(5000.0, [1.0])


def test_what_a_function_raises_is_the_failure_of_the_source():
    def broken():
        raise OSError("sensor gone")

    with pytest.raises(OSError, match="sensor gone"):
        rows(make_source(broken, interval_s=0.001), 1)


def test_a_wrapped_generator_function_is_known_as_one():
    def twice(function):
        @functools.wraps(function)
        def wrapper():
            for item in function():
                yield 2 * item

        return wrapper

    @twice
    def numbers():
        yield 1
        yield 2

    assert rows(make_source(numbers), 9) == [[2.0], [4.0]]


def test_a_partial_generator_function_is_known_as_one():
    def upto(n):
        yield from range(n)

    assert rows(make_source(functools.partial(upto, 2)), 9) == [[0.0], [1.0]]


@pytest.mark.parametrize("interval_s", [None, 0.001])
def test_a_function_that_returns_a_generator_is_as_good_as_one(interval_s):
    source = make_source(lambda: (n for n in (1, 2)), interval_s=interval_s)

    assert rows(source, 9) == [[1.0], [2.0]]


def test_a_function_that_returns_a_generator_is_called_again_after_a_failure():
    calls = []

    def numbers():
        calls.append(None)
        return iter([len(calls), "x"])

    source = make_source(numbers)
    for _ in range(2):
        with pytest.raises(SourceFailed, match="got 'x'"):
            rows(source, 9)

    assert len(calls) == 2


def test_a_stopped_source_yields_no_more():
    stop = threading.Event()
    for source in (make_source(count(), interval_s=0.001), make_source(count())):
        stop.clear()
        ticks = source.ticks(stop)
        next(ticks)
        stop.set()

        assert list(islice(ticks, 5)) == []


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (1.5, [1.5]),
        (3, [3.0]),
        (True, [1.0]),
        (None, [None]),
        ((1, None, 2.5), [1.0, None, 2.5]),
        ([np.float32(0.5), np.int64(2)], [0.5, 2.0]),
        (np.array([1.0, 2.0]), [1.0, 2.0]),
        (np.float64(2.5), [2.5]),
        (np.array(2.5), [2.5]),
        ({"a": 1, "b": None}, {"a": 1.0, "b": None}),
        ((Decimal("1.5"), Fraction(1, 2)), [1.5, 0.5]),
        (Tick(None, 5), [5.0]),
        (range(3), [0.0, 1.0, 2.0]),
    ],
)
def test_many_things_are_values(item, expected):
    values = tick_of(item).values

    assert values == expected
    flat = values.values() if isinstance(values, dict) else values
    assert all(value is None or type(value) is float for value in flat)


@pytest.mark.parametrize(
    "item", ["1.5", b"1", object(), ["a"], {"a": "1"}, [[1, 2]], 1j, 10**400, np.ones((2, 2))]
)
def test_what_is_no_value_is_told(item):
    with pytest.raises(SourceFailed, match=r"got .*; expected a number, numbers, or numbers by"):
        tick_of(item)


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("", "python names ''; expected a module and what is in it, such as python:lab:read"),
        ("lab", "python names 'lab'; expected a module and what is in it"),
        ("gone:read", "module 'gone' cannot be imported: ModuleNotFoundError: No module named"),
        ("lab:gone", "'gone' is not in module 'lab': module 'lab' has no attribute 'gone'"),
        ("lab:board.gone", "'board.gone' is not in module 'lab': 'Board' object has no attribute"),
        ("lab:fixed", "lab:fixed: got 42; expected a function, a generator, or something to"),
        ("lab:needs", "needs(pin) cannot be called: missing a required argument: 'pin'"),
        ("lab:later", "later is asynchronous; expected an ordinary function or generator"),
        ("lab:stream", "stream is asynchronous"),
        ("lab:read?interval_s=0", "option interval_s of python is '0'; expected seconds above 0"),
        ("broken:read", "module 'broken' cannot be imported: SyntaxError"),
        ("quits:read", "module 'quits' cannot be imported: SystemExit: 3"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(lab, opened, target, expected):
    (lab / "broken.py").write_text("def read(:\n    pass\n")
    (lab / "quits.py").write_text("raise SystemExit(3)\n")

    with pytest.raises(ConfigError) as caught:
        opened(f"python:{target}")

    (fault,) = caught.value.faults
    assert expected in fault
    assert "\n" not in fault


def test_series_may_be_given(lab, opened):
    assert [one.name for one in opened("python:lab:read?series=a,b").series] == ["a", "b"]
    assert make_source(lambda: 1, series=[Series("x", unit="m")]).series[0].unit == "m"
