"""The log: a readable line, or one JSON object a line, whatever is logged."""

import json
import logging
import sys

import pytest

from chartserver.logs import JsonFormatter, TextFormatter


def record(message="chart %s: %d", *args, exc_info=None):
    """Return a log record of a known moment."""
    made = logging.LogRecord("chartserver.x", logging.WARNING, "x.py", 1, message, args, exc_info)
    made.created = 1_763_829_000.1234
    return made


def error_info():
    """Return what `sys.exc_info` gives while an error is handled."""
    try:
        raise OSError("no route")
    except OSError:
        return sys.exc_info()


def test_text_is_one_readable_line():
    line = TextFormatter().format(record("chart %s: %d", "fx", 3))

    assert line.startswith("chartserver: ")
    assert line.endswith(" WARNING: chart fx: 3")
    assert "\n" not in line


def test_json_is_one_object_a_line_with_the_time_in_utc():
    line = JsonFormatter().format(record("chart %s:\n%d", "fx", 3))

    assert "\n" not in line
    assert json.loads(line) == {
        "time": "2025-11-22T16:30:00.123Z",
        "level": "warning",
        "logger": "chartserver.x",
        "message": "chart fx:\n3",
    }


def test_json_carries_a_traceback_on_the_same_line():
    line = JsonFormatter().format(record("failed", exc_info=error_info()))

    assert "\n" not in line
    assert "OSError: no route" in json.loads(line)["traceback"]


@pytest.mark.parametrize("odd", ["\udcff", "\x00", "é☃"])
def test_json_can_say_whatever_a_path_or_a_stranger_has(odd):
    line = JsonFormatter().format(record("file %s", odd))

    line.encode()
    assert json.loads(line)["message"].startswith("file ")
