"""`chartserver push`: faults that are found before anything is sent, and what answers mean."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from chartserver.clients.endpoint import RETRY_AFTER_MAX_S, _retry_after_s


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (
            ["127.0.0.1:1"],
            "expected that of a chart, without a link, such as http://127.0.0.1:1/fx",
        ),
        (["127.0.0.1:1/fx?link=a.b"], "expected that of a chart, without a link"),
        (["ftp://127.0.0.1/fx"], "expected a server or one of its charts"),
        (["127.0.0.1:1/fx", "/nowhere"], "file is '/nowhere': No such file or directory"),
        (["127.0.0.1:1/fx", "--series", "a,\t\x01"], "series name is"),
        (["127.0.0.1:1/fx", "--batch-ticks", "0"], "--batch-ticks"),
    ],
)
def test_a_fault_is_one_line_and_status_2(chartserver, arguments, expected):
    ran = chartserver("push", *arguments)

    assert (ran.status, len(ran.faults)) == (2, 1)
    assert expected in ran.faults[0]


def test_help_shows_examples_the_variable_and_the_ends(chartserver):
    out = " ".join(chartserver("push", "--help").out.split())

    assert "vmstat -n 1 | chartserver push http://127.0.0.1:8000/host" in out
    assert "[CHARTSERVER_PUSH_TOKEN]" in out
    assert "Exit status: 0 all is confirmed" in out


def test_a_server_does_not_mind_the_token_of_pushers_in_its_environment(chartserver):
    assert chartserver("check", CHARTSERVER_PUSH_TOKEN="secret-of-pushers").faults == []


@pytest.mark.parametrize(
    ("text", "expected_s"),
    [("5", 5.0), (" 0 ", 0.0), ("3600", RETRY_AFTER_MAX_S), ("-1", None), ("soon", None)],
)
def test_a_pause_is_asked_for_in_seconds(text, expected_s):
    assert _retry_after_s(text) == expected_s


def test_a_pause_is_asked_for_as_a_date():
    then = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)

    assert 28.0 <= _retry_after_s(then) <= 30.0
    assert _retry_after_s("Fri, 30 Oct 2020 14:00:00 GMT") == 0.0
