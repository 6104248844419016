"""Programs started as a user would start them."""

import os

import pytest
from program import Program


@pytest.fixture
def start():
    """Start programs, `start(["script/server"])`; those that still run are ended with the test."""
    programs = []

    def run(command, **options):
        programs.append(Program(command, **options))
        return programs[-1]

    yield run
    for program in programs:
        if program.process.returncode is None:
            program.stop()


@pytest.fixture
def environ():
    """Return this environment, less what would change the server or show it the checkout."""
    hidden = ("PORT", "REDIS_URL", "PYTHONPATH", "VIRTUAL_ENV")
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in hidden and not name.startswith("CHARTSERVER_")
    }
    # Half of what pip does is for modules that nobody here imports.
    return {**kept, "PIP_NO_COMPILE": "1"}
