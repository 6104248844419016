"""What tests of several kinds need: real servers that are started and ended, and lines to them."""

import signal
from pathlib import Path

import pytest
import slowest
from line import Line
from processes import Process, Servers, command

# Where tests run in the background SIGINT may be ignored, and so it would be by what they start.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items):
    """Begin with what takes longest."""
    slowest.sort(items, Path(__file__).parent)


@pytest.fixture
def lay_line():
    """Lay lines to ports, `lay_line(server.port)`, that can be cut."""
    lines = []

    def lay(port):
        lines.append(Line(port))
        return lines[-1]

    yield lay
    for line in lines:
        line.close()


@pytest.fixture
def run():
    """Start processes of ours, `run("watch", url)`; those that still run are killed at the end."""
    started = []

    def start(*arguments, **options):
        process = Process(command(*arguments), **options)
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()


@pytest.fixture
def serve():
    """Start servers, `serve("--chart", "fx=walk")`; each must end well, at the test's end at last.

    The port is any that is free, unless `--port` is among the arguments.
    """
    with Servers() as servers:
        yield servers.start
