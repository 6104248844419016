"""A viewer that has left is freed at once.

Little is left to the garbage collector, which is slow to come.
"""

import gc
import weakref

import flask
import pytest
from direct_hub import SUBSCRIBE, FakeWebSocket, Hub

from chartserver.broadcast.outlet import Outlet
from chartserver.stack.engine import make_socketio

UPGRADE = {"Connection": "Upgrade", "Upgrade": "websocket"}


@pytest.fixture
def hub():
    """An Engine.IO server, without the collector."""
    gc.disable()
    yield Hub()
    gc.enable()


def test_an_outlet_that_is_detached_holds_nobody():
    class Owner:
        def act(self):
            """Be told."""

    owner = Owner()
    outlet = Outlet(owner.act, owner.act)
    outlet.attach(len, owner.act)
    alive = weakref.ref(owner)

    outlet.detach()
    del owner

    assert alive() is None
    outlet.kick()  # is told to nobody, and breaks nothing


@pytest.mark.parametrize("said", [[], [SUBSCRIBE], ["9"]])
def test_a_session_over_a_websocket_is_freed_when_it_has_ended(hub, said):
    session = hub.session("a")
    session.connected = False
    session._websocket_handler(FakeWebSocket(*said))
    alive = weakref.ref(session)

    del session

    assert alive() is None


def test_a_session_that_polled_is_freed_with_the_next_sweep(hub):
    session = hub.session("a")
    session.close(wait=False, abort=True)
    hub.heartbeat.sweep(0.0)
    alive = weakref.ref(session)

    del session

    assert alive() is None


@pytest.mark.parametrize("headers", [{}, UPGRADE])
def test_an_event_leaves_no_error_of_routing_behind(headers):
    app = flask.Flask("test")
    make_socketio(app, "eventlet")

    with app.test_request_context("/socket.io/?EIO=4&transport=websocket", headers=headers):
        assert flask.request.routing_exception is None
