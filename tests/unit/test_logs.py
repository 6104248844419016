"""The log: a readable line, or one JSON object a line, whatever is logged."""

import json
import logging
import sys

import pytest

from chartserver.operation.logs import REPEAT_S, JsonFormatter, Repeats, TextFormatter, request_id
from chartserver.operation.masking import Mask

SECRET = "tok-9f2c41aa"


def record(message="chart %s: %d", *args, exc_info=None):
    """Return a log record of a known moment."""
    made = logging.LogRecord("chartserver.x", logging.WARNING, "x.py", 1, message, args, exc_info)
    made.created = 1_763_829_000.1234
    return made


def error_info(text="no route"):
    """Return what `sys.exc_info` gives while an error is handled."""
    try:
        raise OSError(text)
    except OSError:
        return sys.exc_info()


@pytest.fixture
def in_request():
    token = request_id.set("a1b2c3")
    yield
    request_id.reset(token)


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


def test_a_worker_is_told_in_each_line_by_its_number():
    text = TextFormatter(worker=2).format(record("ready"))
    content = json.loads(JsonFormatter(worker=2).format(record("ready")))

    assert text.startswith("chartserver[2]: ")
    assert content["worker"] == 2


def test_json_carries_a_traceback_on_the_same_line():
    line = JsonFormatter().format(record("failed", exc_info=error_info()))

    assert "\n" not in line
    assert "OSError: no route" in json.loads(line)["traceback"]


@pytest.mark.parametrize("odd", ["\udcff", "\x00", "é☃"])
def test_json_can_say_whatever_a_path_or_a_stranger_has(odd):
    line = JsonFormatter().format(record("file %s", odd))

    line.encode()
    assert json.loads(line)["message"].startswith("file ")


@pytest.mark.parametrize(
    "hostile",
    [
        "a\nchartserver: 12:00:00 INFO: all is well",
        "a\r\x1b[2Kb",
        "a\x9b1mb",
        "a\u2028b",
        "a\u202eb",
    ],
)
def test_nothing_that_is_logged_makes_a_line_or_moves_the_cursor(hostile):
    line = TextFormatter().format(record("path %s", hostile))

    assert line.isprintable()
    assert "path a\\" in line


def test_a_traceback_is_indented_so_that_no_line_in_it_looks_like_one_of_ours():
    info = error_info("x\nchartserver: 12:00:00 INFO: all is well\x1b[2K")

    lines = TextFormatter().format(record("failed", exc_info=info)).split("\n")

    assert len(lines) > 3
    assert all(line.startswith("    ") and line.isprintable() for line in lines[1:])


def test_a_line_that_belongs_to_a_request_carries_its_id(in_request):
    assert TextFormatter().format(record("x")).endswith("WARNING: x (request a1b2c3)")
    assert json.loads(JsonFormatter().format(record("x")))["request_id"] == "a1b2c3"


@pytest.mark.parametrize("formatter", [TextFormatter, JsonFormatter])
def test_secrets_are_in_neither_message_nor_traceback(formatter):
    info = error_info(f"no {SECRET}")

    line = formatter(Mask([SECRET])).format(record("GET /?link=%s", "abc.def", exc_info=info))

    assert SECRET not in line
    assert "abc.def" not in line


def failing(n):
    """Return a record of a failure; of each `n` another place fails."""
    try:
        if n:
            raise ValueError(n)
        raise KeyError(n)
    except (ValueError, KeyError):
        return logging.LogRecord("x", logging.ERROR, "", 0, "%s failed", ("it",), sys.exc_info())


def test_a_traceback_that_comes_again_and_again_is_left_out_and_counted():
    now_s = [0.0]
    repeats = Repeats(lambda: now_s[0])

    assert [repeats.filter(failing(1)) for _ in range(4)] == [True, False, False, False]
    assert repeats.filter(failing(0))
    now_s[0] = REPEAT_S
    late = failing(1)
    assert repeats.filter(late)
    assert late.getMessage() == "it failed (3 like it left out)"


def test_lines_without_a_traceback_are_all_written():
    repeats = Repeats()
    plain = logging.LogRecord("x", logging.ERROR, "", 0, "said", (), None)

    assert all(repeats.filter(plain) for _ in range(3))
