"""Sends what is new to all viewers of a chart: the broadcast through Socket.IO's rooms.

Knows nothing of positions: who is behind finds out by the offsets and asks for a backfill.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from flask_socketio import SocketIO

from chartserver import frames
from chartserver.broadcast.catch_up import anew
from chartserver.broadcast.snapshots import cost_of
from chartserver.broadcast.subscription import Subscription
from chartserver.chart import Chart
from chartserver.ticker import Broadcast
from chartserver.ticks import Ticks


class FanOut(Broadcast, Protocol):
    """A broadcast that also knows its viewers: what the handlers of viewers need."""

    def prepare(self, subscription: Subscription, spend: Callable[[int], object]) -> None:
        """Do what takes long of an answer, in turns with others, before `bring_up`.

        `spend` is given its cost first, and raises when that is too much.
        """

    def bring_up(self, sid: str, subscription: Subscription) -> tuple[str, Mapping[str, Any]]:
        """Send the viewer what it lacks, all later frames after it; return event and payload."""

    def leave(self, sid: str, chart: Chart) -> None:
        """Send the viewer no more of the chart."""

    def whisper(self, sids: Iterable[str], event: str, chart_name: str, content: Any) -> None:
        """Send these viewers an event of which only the newest matters."""


def room(chart_name: str) -> str:
    """Return the name of the Socket.IO room that the frames of a chart go to."""
    return f"chart:{chart_name}"


class RoomBroadcast:
    """The broadcast by the ordinary emit: Socket.IO encodes once and queues for each viewer."""

    def __init__(self, socketio: SocketIO) -> None:
        self._socketio = socketio

    def prepare(self, subscription: Subscription, spend: Callable[[int], object]) -> None:
        """Spend what the answer costs: here nothing is made ahead, and nothing shared."""
        spend(cost_of(subscription))

    def bring_up(self, sid: str, subscription: Subscription) -> tuple[str, Mapping[str, Any]]:
        """Send the viewer what it lacks, all later frames after it; return event and payload.

        Join first, read after: a tick that lands between the two is then sent twice (and dropped
        by its offset) instead of never.
        """
        self._socketio.server.enter_room(sid, room(subscription.chart.name))
        event, content = subscription.answer()
        self._socketio.emit(event, content, to=sid)
        return event, content

    def leave(self, sid: str, chart: Chart) -> None:
        """Send the viewer no more of the chart."""
        self._socketio.server.leave_room(sid, room(chart.name))

    def tick(self, chart: Chart, ticks: Ticks) -> None:
        """Send new ticks as one frame."""
        self._emit("tick", chart, frames.frame(chart.name, ticks))

    def description(self, chart: Chart) -> None:
        """Send the description, which has changed."""
        self._emit("chart", chart, {"chart": chart.name, "description": chart.describe()})

    def status(self, chart: Chart) -> None:
        """Send the status of the source, which has changed."""
        self._emit("status", chart, chart.status.notice(chart.name))

    def viewers(self, chart: Chart) -> None:
        """Send the number of viewers, or who of them presents: it has changed."""
        self._emit("viewers", chart, chart.attendance())

    def note(self, chart: Chart, change: dict[str, Any]) -> None:
        """Send a change of the notes."""
        self._emit("note", chart, {"chart": chart.name, **change})

    def renew(self, chart: Chart) -> None:
        """Send a snapshot to all: the history has begun anew."""
        if self._has_viewers(chart):
            self._emit("snapshot", chart, anew(chart, chart.renewal))

    def whisper(self, sids: Iterable[str], event: str, _chart_name: str, content: Any) -> None:
        """Send these viewers an event."""
        for sid in sids:
            self._socketio.emit(event, content, to=sid)

    def _emit(self, event: str, chart: Chart, content: dict[str, Any]) -> None:
        if self._has_viewers(chart):
            self._socketio.emit(event, content, to=room(chart.name))

    def _has_viewers(self, chart: Chart) -> bool:
        rooms = self._socketio.server.manager.rooms.get("/", {})
        return room(chart.name) in rooms
