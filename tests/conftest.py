"""What tests of several kinds need: real servers that are started and ended, and lines to them."""

import pytest
from line import Line
from processes import START_LIMIT_S, URL, Process, Server, command


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
def serve(run):
    """Start servers, `serve("--chart", "fx=walk")`; each must end well, at the test's end at last.

    The port is any that is free, unless `--port` is among the arguments.
    """
    servers = []

    def start(*arguments, env=None, **options):
        port = () if "--port" in arguments else ("--port", "0")
        process = run("serve", *port, *arguments, env=env, **options)
        said = process.lines_until(URL, "stderr", START_LIMIT_S)
        server = Server(process, URL.search(said[-1])[1])
        servers.append(server)
        return server

    yield start
    for server in servers:
        server.stop()
