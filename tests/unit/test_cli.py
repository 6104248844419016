"""The command line: every fault is one line on stderr and exit status 2, all of them at once."""

import sys

import pytest

from chartserver.commands import serve_command
from chartserver.version import VERSION


@pytest.fixture
def served(monkeypatch):
    """Have servers only made, not run; return those made."""
    servers = []
    monkeypatch.setattr(serve_command.ChartServer, "run", lambda self, **_: servers.append(self))
    monkeypatch.setattr(serve_command, "start_logging", lambda *_: None)
    return servers


def test_version_and_help_are_answers_and_no_faults(chartserver):
    assert chartserver("--version").out == f"chartserver {VERSION}\n"
    for arguments in (["--help"], ["-h"], ["serve", "--help"]):
        ran = chartserver(*arguments)
        assert (ran.status, ran.faults) == (0, [])
        assert "vmstat -n 1 | chartserver serve --chart -" in ran.out


def test_help_shows_each_option_with_its_variable_and_default(chartserver):
    out = " ".join(chartserver("serve", "--help").out.split())

    assert "[CHARTSERVER_PORT, PORT; default: 8000]" in out
    assert "[CHARTSERVER_CHARTS; default: none]" in out


@pytest.mark.parametrize("arguments", [[], ["serve"]])
def test_nothing_serves_the_demo(chartserver, served, arguments):
    assert chartserver(*arguments).status == 0

    [server] = served
    assert list(server.charts) == ["random"]
    assert server.settings.port == 8000


def test_options_without_a_command_are_those_of_serve(chartserver, served):
    chartserver("--port", "9000", "--chart", "fx=walk", "--chart", "host=random")

    assert served[0].settings.port == 9000
    assert list(served[0].charts) == ["fx", "host"]


def test_variables_serve_as_options_do(chartserver, served):
    chartserver(PORT="9000", CHARTSERVER_CHARTS="fx=walk b=random", CHARTSERVER_INTERVAL_S="0.5")

    assert served[0].settings.port == 9000
    assert [chart.interval_s for chart in served[0].charts.values()] == [0.5, 0.5]


def test_charts_given_as_options_go_before_those_of_the_variable(chartserver, served):
    chartserver("--chart", "fx=walk", CHARTSERVER_CHARTS="b=random")

    assert list(served[0].charts) == ["fx"]


def test_all_faults_are_told_at_once_one_a_line(chartserver, served):
    ran = chartserver(
        *["--port", "http", "--prot=1", "--chart", "fx=wlak", "--chart", "FX=walk"],
        CHARTSERVER_HISTORY="0",
        CHARTSERVER_PROT="1",
    )

    assert (ran.status, served) == (2, [])
    assert len(ran.faults) == 6
    assert all(line.startswith("chartserver: ") for line in ran.faults)
    for told in (
        "got --prot; expected --port",
        "--port is 'http'; expected a port",
        "CHARTSERVER_HISTORY is '0'",
        "CHARTSERVER_PROT is no setting",
        "source is 'wlak'; expected one of",
        "did you mean 'walk'?",
        "chart name is 'FX'",
    ):
        assert any(told in line for line in ran.faults), told


def test_faults_of_charts_in_the_variable_are_told_beside_those_of_settings(chartserver, served):
    ran = chartserver("--port", "x", CHARTSERVER_CHARTS="fx=nope")

    assert [line.split(" is ")[0] for line in ran.faults] == [
        "chartserver: --port",
        "chartserver: chart 'fx=nope': source",
    ]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["serve", "walk"], "got 'walk'; expected options only, such as --chart walk"),
        (["serve", "--port", ""], "--port is ''; expected a port"),
        (["serve", "--chart", ""], "--chart is ''; expected a text that is not empty"),
        (["serve", "-p", "8000"], "got -p; expected an option, such as --chart"),
        (["serve", "--port"], "got --port without a value; expected one"),
        (["nope"], "got 'nope'; expected a command, one of check, "),
        (["--nope"], "got --nope; expected "),
        (["serve", "--chart", "replay:/no/such.csv"], "/no/such.csv"),
        (["serve", "--chart", "python:no_such_module:read"], "cannot be imported"),
        (["serve", "--chart", "python:math:nope"], "'nope' is not in module 'math'"),
        (["serve", "--chart", "=walk"], "chart name is ''"),
        (["serve", "--chart", "api=walk"], "which is a path of the server"),
        (["serve", "--chart", "walk?seed=x"], "option seed of walk is 'x'"),
        (["serve", "--chart", "fx=walk?series=" + ",".join(map(str, range(300)))], "300"),
        (["serve", "--async-mode", "asyncio"], "one of eventlet, threading, gevent"),
    ],
)
def test_a_fault_is_one_line_and_exit_status_2(chartserver, served, arguments, told):
    ran = chartserver(*arguments)

    assert (ran.status, served) == (2, [])
    [line] = ran.faults
    assert line.startswith("chartserver: ")
    assert told in line


def test_an_interruption_is_no_fault(chartserver, monkeypatch):
    def interrupted(self):
        raise KeyboardInterrupt

    monkeypatch.setattr(serve_command.ChartServer, "run", interrupted)
    monkeypatch.setattr(serve_command, "start_logging", lambda *_: None)

    ran = chartserver("serve")

    assert (ran.status, "".join(ran.faults)) == (130, "")


@pytest.mark.parametrize("command", ["serve", "check"])
def test_workers_without_a_redis_are_told_why_they_need_one(chartserver, command):
    ran = chartserver(command, "--workers", "2", "--port", "0")

    assert ran.status == 2
    [fault] = ran.faults
    assert "--workers is 2 without --redis-url; expected the Redis in which they" in fault
    assert "redis://127.0.0.1:6379/0: each would else show another series" in fault


@pytest.mark.parametrize("raw", ["2", "x:1", "1:999999", "0:-1"])
def test_what_a_supervisor_gives_its_workers_is_for_nobody_else(chartserver, served, raw):
    ran = chartserver("serve", "--worker", raw)

    assert ran.status == 2
    assert served == []
    [fault] = ran.faults
    assert f"--worker is '{raw}'; expected to be left to `chartserver serve --workers N`" in fault


@pytest.mark.parametrize(
    ("argv", "given"),
    [
        (["chartserver"], ["serve"]),
        (["chartserver", "--chart", "fx=walk"], ["serve", "--chart", "fx=walk"]),
        (["chartserver", "serve", "--port", "1"], ["serve", "--port", "1"]),
    ],
)
def test_a_worker_is_started_as_the_supervisor_was_with_its_port_and_its_line(argv, given):
    command = serve_command.worker_command(argv, 8123)("2:7")

    assert command[0] == sys.executable
    assert command[-len(given) - 4 :] == [*given, "--port", "8123", "--worker", "2:7"]


def test_the_ticker_takes_the_options_of_serve(chartserver):
    ran = chartserver("ticker", "--help")

    assert (ran.status, ran.faults) == (0, [])
    assert "--redis-url" in ran.out
    assert "serve nobody" in " ".join(ran.out.split())


def test_the_faults_of_a_ticker_are_those_of_serve(chartserver):
    ran = chartserver("ticker", "--chart", "fx=wlak", "--lease-s", "0")

    assert ran.status == 2
    assert len(ran.faults) == 2
