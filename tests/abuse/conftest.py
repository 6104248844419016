"""Fixtures of the attacks: a server, a bystander, and what must be as before.

    def test_an_attack(serve, watched):
        server = serve("--message-bytes=1000")

        with watched(server):
            attack(server.url)

Each server has a chart `steady` besides its own, which ticks a hundred times a second.
"""

import contextlib

import pytest
from bystander import WAIT_MAX_S, Bystander
from settling import Settling


@pytest.fixture
def serve(serve):
    """Start servers, `serve("--chart", "fx=walk")`; each must end well, at the end at last.

    The port is any that is free, unless `--port` is among the arguments.
    """
    return lambda *arguments, **options: serve(
        *arguments, "--chart=steady=python:counting:steady", **options
    )


@pytest.fixture
def bystander():
    """Have a server watched: `with bystander(server): ...`, or until `.end()` of what `as` names.

    Fails when a tick was missed or came late. `wait_max_s` is for servers that are stopped by the
    test itself.
    """

    @contextlib.contextmanager
    def watch(server, chart="steady", wait_max_s=WAIT_MAX_S):
        one = Bystander(server, chart)
        try:
            yield one
            one.end(wait_max_s)
        finally:
            one.kill()

    return watch


@pytest.fixture
def settled():
    """Hold a server to what it had before: `with settled(server): ...`; see Settling."""
    return Settling


@pytest.fixture
def watched(bystander, settled):
    """Have both: `with watched(server): ...`."""

    @contextlib.contextmanager
    def watch(server, wait_max_s=WAIT_MAX_S):
        with bystander(server, wait_max_s=wait_max_s), settled(server):
            yield

    return watch
