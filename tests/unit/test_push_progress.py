"""What `chartserver push` says while it pushes."""

import sys
from types import SimpleNamespace

import pytest

from chartserver.commands.push_progress import PushProgress
from chartserver.ticks import Position

URL = "http://127.0.0.1:8000/fx"


@pytest.fixture
def feed():
    return SimpleNamespace(read=5, skipped=0, first_skipped="", fault=None)


@pytest.fixture
def pusher():
    return SimpleNamespace(
        confirmed=3,
        skipped=0,
        overtaken=0,
        first_skipped="",
        fault=None,
        restarts=0,
        trouble="",
        position=None,
    )


@pytest.fixture
def said(capsys):
    """Return what was said since the last call, line by line."""
    return lambda: capsys.readouterr().err.splitlines()


def test_in_a_pipe_all_that_is_well_is_nothing_to_speak_of(feed, pusher, said):
    progress = PushProgress(feed, pusher, URL, is_quiet=False)

    progress.show()
    progress.end()

    assert said() == []


def test_in_a_pipe_an_outage_is_told_once_and_its_end(feed, pusher, said):
    progress = PushProgress(feed, pusher, URL, is_quiet=False)

    pusher.trouble = "connection refused"
    progress.show()
    pusher.trouble = "timed out"
    progress.show()
    pusher.trouble = ""
    progress.show()

    assert said() == [
        f"chartserver: {URL}: connection refused; trying again until it is well",
        f"chartserver: {URL} takes ticks again",
    ]


def test_a_server_that_forgot_what_it_had_is_told(feed, pusher, said):
    progress = PushProgress(feed, pusher, URL, is_quiet=False)

    pusher.restarts = 1
    progress.show()
    progress.show()

    [line] = said()
    assert "began afresh: what was confirmed before is not in its history" in line


def test_what_was_skipped_is_told_at_the_end(feed, pusher, said):
    feed.skipped, feed.first_skipped = 2, "line 3: got 'oops'"
    pusher.skipped, pusher.first_skipped = 1, "line 9: time falls"

    PushProgress(feed, pusher, URL, is_quiet=False).end()

    assert said() == [
        "chartserver: 2 lines made no sense and are skipped, the first: line 3: got 'oops'",
        "chartserver: 1 ticks were refused and are skipped, the first: line 9: time falls",
    ]


def test_on_a_terminal_one_line_moves(feed, pusher, capsys, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    progress = PushProgress(feed, pusher, URL, is_quiet=False)

    progress.show()
    pusher.confirmed, pusher.position = 5, Position("9f2c41aa", 5)
    progress.show()

    assert capsys.readouterr().err == (
        "\r5 read  3 confirmed  2 waiting\x1b[K"
        "\r5 read  5 confirmed  0 waiting  at 9f2c41aa:5\x1b[K"
    )


def test_who_wants_quiet_has_it(feed, pusher, said):
    pusher.trouble, pusher.restarts, feed.skipped = "timed out", 1, 1
    progress = PushProgress(feed, pusher, URL, is_quiet=True)

    progress.show()
    progress.end()

    assert said() == []


def test_that_others_push_is_told_once(feed, pusher, said):
    progress = PushProgress(feed, pusher, URL, is_quiet=False)

    for pusher.overtaken in (0, 1, 2):
        progress.show()

    (line,) = said()
    assert "others push to it, too" in line
