"""What `push` promises: nothing of its own, until it is told to stop."""

import threading

import pytest

from chartserver.errors import ConfigError


def test_it_yields_nothing_and_returns_when_stopped(opened):
    stop = threading.Event()
    source = opened("push")
    ticks = []
    thread = threading.Thread(target=lambda: ticks.extend(source.ticks(stop)))
    thread.start()

    assert thread.is_alive()
    stop.set()
    thread.join(5)

    assert not thread.is_alive()
    assert ticks == []


def test_it_has_no_beat_whatever_the_general_interval_is(opened):
    assert opened("push", {"interval_s": "1"}).interval_s is None


def test_series_may_be_named_beforehand(opened):
    assert [one.name for one in opened("push?series=indoors,outdoors").series] == [
        "indoors",
        "outdoors",
    ]


def test_a_name_that_is_none_is_told(opened):
    with pytest.raises(ConfigError, match="series name is"):
        opened("push?series=" + "x" * 200)
