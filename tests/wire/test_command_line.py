"""The command line in a process of its own: faults are lines, never tracebacks."""

import json

import pytest
import requests
from processes import START_LIMIT_S


def test_port_0_is_any_that_is_free_and_the_address_is_told(serve):
    server = serve("--chart", "fx=walk")

    assert server.port > 0
    assert requests.get(f"{server.url}/healthz", timeout=START_LIMIT_S).json() == {"status": "ok"}


def test_a_port_in_use_is_one_line_and_exit_status_2(serve, run):
    server = serve()

    process = run("serve", "--port", server.port)

    assert process.wait() == 2
    [line] = process.rest("stderr")
    assert line.startswith(f"chartserver: cannot listen on 127.0.0.1 port {server.port}: Address")


@pytest.mark.parametrize(
    ("arguments", "n_faults"),
    [
        (["serve", "--prot", "1", "--history", "0", "--chart", "fx=wlak"], 3),
        (["serve", "--host", "a..b"], 1),
        (["serve", "--host", "192.0.2.1"], 1),
        (["serve", "--chart", "replay:/no/such\udcff.csv"], 1),
        (["watch"], 1),
        (["nope"], 1),
    ],
)
def test_faults_are_lines_on_stderr_and_exit_status_2(run, arguments, n_faults):
    process = run(*arguments)

    assert process.wait(START_LIMIT_S) == 2
    lines = process.rest("stderr")
    assert len(lines) == n_faults
    assert all(line.startswith("chartserver: ") for line in lines)


def test_the_log_is_json_when_that_is_wanted(serve):
    server = serve("--chart", "no=python:math:pi.hex", "--log-format", "json")
    server.stop()

    assert all(json.loads(line)["level"] for line in server.process.stderr_lines)
