"""Which WebSockets an async mode gets, and what becomes of one that cannot be strict."""

import flask
import pytest

from chartserver.errors import ConfigError
from chartserver.intake.allowance import Allowance
from chartserver.refusals import Refusals
from chartserver.settings import Settings
from chartserver.stack import websockets
from chartserver.stack.engine import make_socketio


def install(async_mode):
    """Return the class of WebSockets that a server of this mode got."""
    socketio = make_socketio(flask.Flask("test"), async_mode)
    allowance = Allowance(Settings(), (), Refusals())
    websockets.install(socketio, async_mode, allowance)
    made = socketio.server.eio._async["websocket"](lambda websocket: None, socketio.server.eio)
    return type(made).__module__


@pytest.mark.parametrize(
    ("async_mode", "module"),
    [
        ("eventlet", "websocket_eventlet"),
        ("threading", "websocket_simple"),
        ("gevent", "websocket_simple"),
    ],
)
def test_each_mode_has_strict_ones(async_mode, module):
    assert install(async_mode) == f"chartserver.stack.{module}"


def test_without_what_they_lean_on_there_is_no_server(monkeypatch):
    install("eventlet")
    from chartserver.stack import websocket_eventlet

    monkeypatch.setattr(websocket_eventlet, "METHODS", ((dict, "get_socket", ()),))

    with pytest.raises(ConfigError, match="get_socket has no such method"):
        install("eventlet")
