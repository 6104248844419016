"""By which way frames go out: as asked, and as the libraries allow."""

import pytest

from chartserver import ChartServer
from chartserver.broadcast.fanout import RoomBroadcast
from chartserver.broadcast.fanout_direct import DirectBroadcast
from chartserver.stack.heartbeat import Heartbeat
from chartserver.stack.sessions import DirectSession
from chartserver.stack.sessions_ordinary import OrdinarySession, Sweep


def test_the_fast_broadcast_comes_with_its_sessions_and_who_judges_them():
    server = ChartServer(async_mode="eventlet", fan_out="direct")

    assert isinstance(server.fan_out, DirectBroadcast)
    assert isinstance(server.heartbeat, Heartbeat)
    assert server.socketio.server.eio.sockets.kind is DirectSession


@pytest.mark.parametrize(
    ("async_mode", "fan_out"), [("eventlet", "ordinary"), ("threading", "direct")]
)
def test_the_ordinary_broadcast_serves_where_it_is_asked_for_or_no_other_can(async_mode, fan_out):
    server = ChartServer(async_mode=async_mode, fan_out=fan_out)

    assert isinstance(server.fan_out, RoomBroadcast)
    assert isinstance(server.heartbeat, Sweep)
    assert server.socketio.server.eio.sockets.kind is OrdinarySession


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        ("engineio.socket.Socket", "poll"),
        ("engineio.socket.Socket", "_websocket_handler"),
        ("engineio.socket.Socket", "check_ping_timeout"),
    ],
)
def test_a_name_that_is_not_as_expected_is_said_and_the_ordinary_path_serves(
    owner, name, monkeypatch, caplog
):
    monkeypatch.setattr(f"{owner}.{name}", lambda self, of, other, parameters: None)

    server = ChartServer()

    assert isinstance(server.fan_out, RoomBroadcast)
    assert "the fast broadcast is off, the ordinary one serves" in caplog.text
    assert f"{owner}.{name}" in caplog.text
    assert server.socketio.server.eio.sockets.kind is OrdinarySession
