"""A server whose handlers run here, and Flask-SocketIO's test client: no wire, no process.

CHARTSERVER_ASYNC_MODE chooses the async library, as for a server of its own.
"""

import os

import pytest
from async_mode import only_mode
from flask_socketio import SocketIOTestClient

from chartserver import ChartServer
from chartserver.config import load


class Room:
    """A server whose ticker beats when a test says so, and the viewers that the test lets in."""

    def __init__(self, **changes):
        self.server = ChartServer(load({}, only_mode(os.environ)), **changes)
        # The task must not run beside the tests: they are its beat.
        self.server.ticker.start(lambda run: None)
        self.http = self.server.app.test_client()

    def chart(self, name, *values, series=("a",)):
        """Return a chart whose history holds these values, one tick each."""
        chart = self.server.chart(name, series=series)
        for i, value in enumerate(values):
            chart.append(value, time_ms=1_000.0 * (i + 1))
        self.beat()
        return chart

    def beat(self):
        self.server.ticker.beat()

    def viewer(self, **options):
        """Return a client that has connected, or was refused."""
        return SocketIOTestClient(self.server.app, self.server.socketio, **options)


@pytest.fixture
def make_room():
    """Make rooms whose settings differ, `make_room(view_tokens=["t"])`."""
    yield Room
    # The client's registry outlives a test.
    SocketIOTestClient.clients.clear()


@pytest.fixture
def room(make_room):
    return make_room()
