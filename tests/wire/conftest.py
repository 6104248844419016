"""Fixtures that start real servers and end them."""

from pathlib import Path

import pytest
from bystander import Watch
from processes import START_LIMIT_S, URL, Process, Server, command, environment

PROGRAMS = Path(__file__).parent / "programs"


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


@pytest.fixture
def serve_fast(serve):
    """Start servers on the fast path, with a quick chart and a calm one that count offsets."""

    def start(*options):
        return serve(
            "--chart=wide=python:counting:wide",
            "--chart=calm=python:counting:calm",
            "--async-mode=eventlet",
            "--fan-out=direct",
            "--evict-after-s=1",
            "--frame-interval-s=0.01",
            *options,
            env={"PYTHONPATH": f"{environment()['PYTHONPATH']}:{PROGRAMS}"},
        )

    return start


@pytest.fixture
def watch(serve_fast):
    """Watch a server of the fast path with a viewer that must not notice anything."""
    made = Watch(serve_fast())
    yield made
    made.end()
