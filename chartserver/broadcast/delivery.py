"""By which way frames go out: the fast broadcast with its sessions where it can be had, else the
ordinary one with its own.
"""

import logging
from typing import NamedTuple

from flask_socketio import SocketIO

from chartserver.broadcast.fanout import FanOut, RoomBroadcast
from chartserver.broadcast.fanout_direct import DirectBroadcast
from chartserver.broadcast.sockets import best_sockets
from chartserver.errors import StackUnfit
from chartserver.intake.allowance import Allowance
from chartserver.settings import Settings
from chartserver.stack import engine_requests, sessions, sessions_ordinary, websockets
from chartserver.stack.heartbeat import Heartbeat
from chartserver.stack.sessions_ordinary import Sweep

log = logging.getLogger(__name__)


class Delivery(NamedTuple):
    """A broadcast, and who judges the sessions of those whom it reaches."""

    fan_out: FanOut
    heartbeat: Heartbeat | Sweep


def make_delivery(socketio: SocketIO, settings: Settings, allowance: Allowance) -> Delivery:
    """Make `socketio`'s sessions ours, which take what `allowance` lets in; before the first."""
    websockets.install(socketio, settings.async_mode, allowance)
    engine_requests.install(socketio.server.eio, allowance)
    if settings.async_mode == "eventlet" and settings.fan_out == "direct":
        try:
            return _fast(socketio, settings, allowance)
        except StackUnfit as error:
            log.warning("the fast broadcast is off, the ordinary one serves: %s", error)
    heartbeat = sessions_ordinary.install(socketio, settings.evict_after_s, allowance)
    return Delivery(RoomBroadcast(socketio), heartbeat)


def _fast(socketio: SocketIO, settings: Settings, allowance: Allowance) -> Delivery:
    heartbeat = sessions.install(socketio, settings.evict_after_s, allowance)
    fan_out = DirectBroadcast(
        lambda sid: sessions.outlet_of(socketio, sid),
        RoomBroadcast(socketio),
        socketio.sleep,
        settings.exact_ticks,
        best_sockets(),
        socketio.server.eio.create_event,
    )
    return Delivery(fan_out, heartbeat)
