import json
from types import SimpleNamespace

import pytest

from chartserver.clients.viewer import SeenTick
from chartserver.terminal.watch import Teller, line_of, state_of


def test_a_tick_is_one_compact_line():
    tick = SeenTick(812, 1000.5, {"EURUSD": 1.08, "USDJPY": None}, "9f2c41aa", "fx")

    line = line_of(tick)

    assert line == (
        '{"chart":"fx","epoch":"9f2c41aa","offset":812,"time_ms":1000.5,'
        '"values":{"EURUSD":1.08,"USDJPY":null}}'
    )


def test_a_name_with_a_line_break_stays_on_one_line():
    line = line_of(SeenTick(None, 1.0, {"a\nb ü": 2.0}, "9f2c41aa", "fx"))

    assert "\n" not in line
    assert json.loads(line)["values"] == {"a\nb ü": 2.0}


def test_a_chart_whose_ticks_keep_to_their_beat_is_live():
    assert state_of("up", "", {"status": "live", "interval_ms": 1000}, 2.9) == "live"


def test_a_chart_without_ticks_for_three_beats_is_stale():
    described = {"status": "live", "interval_ms": 1000}

    assert state_of("up", "", described, 3.1) == "stale (no tick for 3 s)"


def test_a_chart_without_a_beat_is_never_stale():
    assert state_of("up", "", {"status": "live", "interval_ms": None}, 1e6) == "live"


def test_a_stalled_source_is_stale_with_the_server_s_reason():
    assert state_of("up", "", {"status": "stalled", "reason": "silent"}, 0) == "stale (silent)"


def test_an_ended_source_says_why():
    described = {"status": "ended", "reason": "end of file", "interval_ms": 1}

    assert state_of("up", "", described, 99) == "ended (end of file)"


def test_a_lost_link_goes_before_what_the_server_said_last():
    assert state_of("down", "connection lost", {"status": "live"}, 0) == (
        "reconnecting (connection lost)"
    )


class Watched:
    """What is told of: a client whose link is up."""

    link, link_reason, url, position = "up", "", "http://x", None
    counts = SimpleNamespace(missed=0)

    def __init__(self):
        self.description = {"status": "live", "reason": ""}


@pytest.mark.parametrize(
    ("status", "said"),
    [("ended", "has ended (the end)"), ("failed", "has failed"), ("stalled", "is late")],
)
def test_who_waits_for_ticks_is_told_once_that_none_will_come(capsys, status, said):
    watched = Watched()
    teller = Teller(watched)
    teller.tell()
    watched.description = {"status": status, "reason": "the end"}

    teller.tell()
    teller.tell()

    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith(f"chartserver: the chart's source {said}")
    assert line.endswith("; waiting for more ticks, Ctrl-C ends")
