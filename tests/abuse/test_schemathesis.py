"""The HTTP interface answers as `/openapi.json` says, whatever it is asked.

schemathesis reads the description and asks: what is right by it, what is wrong by it, and what is
odd. All of its checks are on, unless a test says why not; `schemathesis.toml` says what it sends.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
# It takes 15 s of a processor.
LIMIT_S = 600.0
TOKEN = "a-token-of-the-tests"
# Of what is made up for each operation: behind a token are those that the open server has answered.
FEWER = "--max-examples=10"

pytestmark = pytest.mark.timeout(LIMIT_S + 60)


@pytest.fixture
def ask(tmp_path):
    """Let schemathesis ask a server; the test fails with what it has found."""

    def run(server, *options):
        ran = subprocess.run(
            [
                *(sys.executable, "-m", "schemathesis.cli"),
                *("--config-file", HERE / "schemathesis.toml"),
                *("run", f"{server.url}/openapi.json", "--checks", "all", *options),
            ],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(HERE)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=LIMIT_S,
        )
        assert ran.returncode == 0, ran.stdout
        return ran.stdout

    return run


def test_an_open_server_answers_as_described(serve, watched, ask):
    server = serve("--chart=fx=walk")

    with watched(server):
        ask(server)


@pytest.fixture
def guarded(serve):
    """Start a server that wants a token; no failure may be in its log."""
    server = serve("--chart=fx=walk", env={"CHARTSERVER_VIEW_TOKENS": TOKEN})
    yield server
    told = server.process.told()
    assert "Traceback" not in told, told
    # Of a machine that stands still the server may say so.
    faults = [line for line in told.splitlines() if "ERROR" in line and "stands still" not in line]
    assert faults == [], told


def test_a_server_that_wants_a_token_answers_as_described_who_has_none(guarded, ask):
    # After some guesses what is well formed is refused, too.
    ask(guarded, FEWER, "--exclude-checks=positive_data_acceptance")


def test_a_server_that_wants_a_token_answers_as_described_who_has_it(guarded, ask):
    # Without what guesses: from where too many wrong tokens came, the right one is refused, too.
    ask(
        guarded,
        FEWER,
        f"--header=Authorization: Bearer {TOKEN}",
        "--exclude-checks=ignored_auth",
        "--exclude-operation-id=signIn",
    )
