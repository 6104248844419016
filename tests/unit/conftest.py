"""The command line, run within the process of the tests."""

import os
import sys

import pytest

from chartserver import cli


class Ran:
    """What a run of the command line came to."""

    def __init__(self, status, out, err):
        self.status = status
        self.out = out
        self.faults = err.splitlines()


@pytest.fixture
def chartserver(monkeypatch, capsys):
    """Run the command line here, in an environment without our variables but those given."""
    for name in list(os.environ):
        if name.startswith("CHARTSERVER_") or name in (
            "PORT",
            "DYNO",
            "WEB_CONCURRENCY",
            "REDIS_URL",
        ):
            monkeypatch.delenv(name)

    def run(*arguments, **variables):
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "argv", ["chartserver", *arguments])
        status = 0
        try:
            cli.main()
        except SystemExit as end:
            status = end.code
        return Ran(status, *capsys.readouterr())

    return run
