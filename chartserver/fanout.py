"""Sends what is new to all viewers of a chart: the broadcast through Socket.IO's rooms.

Knows nothing of positions: who is behind finds out by the offsets and asks for a backfill.
"""

from typing import Any

from flask_socketio import SocketIO

from chartserver import frames
from chartserver.chart import Chart
from chartserver.ticks import Ticks


def room(chart_name: str) -> str:
    """Return the name of the Socket.IO room that the frames of a chart go to."""
    return f"chart:{chart_name}"


class RoomBroadcast:
    """The broadcast by the ordinary emit: Socket.IO encodes once and queues for each viewer."""

    def __init__(self, socketio: SocketIO) -> None:
        self._socketio = socketio

    def tick(self, chart: Chart, ticks: Ticks) -> None:
        """Send new ticks as one frame."""
        self._emit("tick", chart, frames.frame(chart.name, ticks))

    def description(self, chart: Chart) -> None:
        """Send the description, which has changed."""
        self._emit("chart", chart, {"chart": chart.name, "description": chart.describe()})

    def status(self, chart: Chart) -> None:
        """Send the status of the source, which has changed."""
        status, reason = chart.status
        self._emit("status", chart, {"chart": chart.name, "status": status, "reason": reason})

    def viewers(self, chart: Chart) -> None:
        """Send the number of viewers, which has changed."""
        self._emit("viewers", chart, {"chart": chart.name, "viewers": chart.viewers})

    def _emit(self, event: str, chart: Chart, content: dict[str, Any]) -> None:
        self._socketio.emit(event, content, to=room(chart.name))
