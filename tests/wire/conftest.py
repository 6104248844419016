"""Fixtures that start servers on the fast path."""

import pytest
from watching import Watch


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
        )

    return start


@pytest.fixture
def watch(serve_fast):
    """Watch a server of the fast path with a viewer that must not notice anything."""
    made = Watch(serve_fast())
    yield made
    made.end()
