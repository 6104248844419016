"""Puts together what viewers do with each other: routes, handlers, and the desk behind both."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import Flask
from flask_socketio import SocketIO

from chartserver.access.doorkeeper import Doorkeeper
from chartserver.broadcast.fanout import FanOut
from chartserver.broadcast.viewers import Viewers
from chartserver.chart import Chart
from chartserver.refusals import Refusals
from chartserver.together.companions import Companions
from chartserver.together.note_desk import NoteDesk, NoteStore
from chartserver.web.notes import make_notes


def bring_together(
    app: Flask,
    socketio: SocketIO,
    viewers: Viewers,
    charts: Mapping[str, Chart],
    fan_out: FanOut,
    doorkeeper: Doorkeeper,
    refusals: Refusals,
    offload: Callable[[Callable[[], Any]], Any],
    store: NoteStore | None,
) -> Companions:
    """Serve notes over HTTP and Socket.IO, and those who present and follow."""
    desk = NoteDesk(refusals, offload, store)
    app.register_blueprint(make_notes(charts, doorkeeper, desk))
    return Companions(socketio, viewers, charts, fan_out, doorkeeper, desk)
