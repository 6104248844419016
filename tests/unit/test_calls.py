"""Calls of the ticker: by the one thing that it waits for at the moment."""

import pytest

from chartserver.alarm import ThreadAlarm
from chartserver.calls import Calls


class Bell:
    """What the ticker waits for between beats; counts."""

    def __init__(self):
        self.rung = 0

    def __call__(self):
        self.rung += 1


@pytest.fixture
def bell():
    return Bell()


@pytest.fixture
def calls(bell):
    return Calls(ThreadAlarm(), bell)


def test_each_chart_that_called_is_named_once(calls):
    for name in ("fx", "lab", "fx"):
        calls.call(name)

    assert calls.take() == {"fx", "lab"}
    assert calls.take() == set()


def test_the_ticker_is_woken_for_a_beat_while_it_waits_for_one(calls, bell):
    calls.call_ticker("fx")

    assert bell.rung == 1
    assert calls.take() == {"fx"}


def test_the_ticker_begins_no_beat_for_a_call_while_it_rests(calls, bell):
    calls.is_resting = True
    calls.call_ticker("fx")

    assert bell.rung == 0
    calls.wait(60.0)
    assert calls.take() == {"fx"}
