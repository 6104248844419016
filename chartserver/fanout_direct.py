"""The fast broadcast: a frame is built once and written straight into each viewer's socket.

There is no queue per viewer. One whose socket is full is passed by; its outlet brings it up from
the history when the socket can take it, exactly while that is little, else reduced to minima and
maxima.
"""

import time
from collections.abc import Callable, Mapping
from typing import Any

from chartserver import frames, wire
from chartserver.chart import Chart
from chartserver.errors import PositionLost
from chartserver.fanout import FanOut
from chartserver.outlet import Outlet
from chartserver.snapshots import Snapshots
from chartserver.subscription import Subscription
from chartserver.ticks import Position, Ticks

# The loop is given to others after this long, looked at once in so many viewers.
TURN_S = 0.005
LOOK_VIEWERS = 64
# To how many points a viewer is brought up that is further behind than it is sent exactly.
CONFLATED_POINTS = 1_000
CATCH_UPS_KEPT = 256


class DirectBroadcast:
    """Hands frames to the outlets of a chart's viewers.

    `outlet_of` finds the outlet of a Socket.IO session; one without, such as that of Flask's test
    client, is served by the `ordinary` broadcast. `sleep(0)` gives the loop to others. A viewer
    that is up to `exact_ticks` behind is sent all of them. Counters: `conflated` catch-ups that
    were reduced, `passed_by` frames that found a viewer busy.
    """

    def __init__(
        self,
        outlet_of: Callable[[str], Outlet | None],
        ordinary: FanOut,
        sleep: Callable[[float], None],
        exact_ticks: int,
    ) -> None:
        self.passed_by = 0
        self.conflated = 0
        self.snapshots = Snapshots()
        self.exact_ticks = exact_ticks
        self._outlet_of = outlet_of
        self._ordinary = ordinary
        self._sleep = sleep
        self._seats: dict[str, dict[str, ViewerSeat]] = {}
        self._catch_ups: dict[Any, bytes] = {}

    # Viewers.

    def bring_up(self, sid: str, subscription: Subscription) -> tuple[str, Mapping[str, Any]]:
        """Seat the viewer in the chart and send what it lacks; return the event and its payload."""
        outlet = self._outlet_of(sid)
        if outlet is None:
            return self._ordinary.bring_up(sid, subscription)
        event, content, message = self.snapshots.answer(subscription)
        if not outlet.is_gone:
            chart = subscription.chart
            seat = ViewerSeat(self, outlet, chart, content["offset"])
            outlet.put(message)
            # From here on frames go past the message; nothing has come between: no switch.
            outlet.seats[chart.name] = seat
            self._seats.setdefault(chart.name, {})[sid] = seat
        return event, content

    def leave(self, sid: str, chart: Chart) -> None:
        """Take the viewer's seat in the chart away."""
        seat = self._seats.get(chart.name, {}).pop(sid, None)
        if seat is None:
            self._ordinary.leave(sid, chart)
        else:
            seat.outlet.seats.pop(chart.name, None)

    # What the ticker hands on.

    def tick(self, chart: Chart, ticks: Ticks) -> None:
        """Send new ticks as one frame to all that have seen what was before."""
        self._ordinary.tick(chart, ticks)
        before = ticks.offset - len(ticks)
        after = ticks.offset
        frame = wire.websocket_frame(wire.event_message("tick", frames.frame(chart.name, ticks)))
        size = len(frame)
        looked_s = time.monotonic()
        self._catch_ups.clear()
        for i, seat in enumerate(list(self._seats.get(chart.name, {}).values())):
            outlet = seat.outlet
            if seat.offset != before or outlet.is_busy:
                self._pass_by(seat, after)
                continue
            try:
                taken = outlet.send(frame)  # type: ignore[misc]
            except BlockingIOError:
                taken = 0
            except OSError:
                outlet.detach()
                continue
            if taken == size:
                seat.offset = after
            else:
                if taken:
                    seat.offset = after
                outlet.keep_rest(frame, taken)
            if i % LOOK_VIEWERS == 0 and time.monotonic() - looked_s > TURN_S:
                self._sleep(0)
                looked_s = time.monotonic()

    def description(self, chart: Chart) -> None:
        """Send the description, which has changed."""
        self._ordinary.description(chart)
        self._notice("chart", chart, {"chart": chart.name, "description": chart.describe()})

    def status(self, chart: Chart) -> None:
        """Send the status of the source, which has changed."""
        self._ordinary.status(chart)
        status, reason = chart.status
        self._notice("status", chart, {"chart": chart.name, "status": status, "reason": reason})

    def viewers(self, chart: Chart) -> None:
        """Send the number of viewers, which has changed."""
        self._ordinary.viewers(chart)
        self._notice("viewers", chart, {"chart": chart.name, "viewers": chart.viewers})

    # Those who are behind.

    def catch_up(self, seat: "ViewerSeat") -> bytes | None:
        """Return the message that brings `seat` up to date, and move it there; None if it is."""
        history = seat.chart.history
        end = history.position.offset
        if seat.offset >= end:
            return None
        key = (seat.chart.name, seat.offset, end)
        message = self._catch_ups.get(key)
        if message is None:
            message = self._build_catch_up(seat.chart, seat.offset)
            if len(self._catch_ups) < CATCH_UPS_KEPT:
                self._catch_ups[key] = message
        seat.offset = end
        return message

    def _build_catch_up(self, chart: Chart, offset: int) -> bytes:
        try:
            ticks = chart.history.since(Position(chart.history.epoch, offset))
        except PositionLost:
            content = Subscription(chart, None, CONFLATED_POINTS).answer()[1]
            return wire.event_message("snapshot", content)
        if len(ticks) <= self.exact_ticks:
            return wire.event_message("tick", frames.frame(chart.name, ticks))
        self.conflated += 1
        reduced = frames.reduce(ticks, CONFLATED_POINTS)
        return wire.event_message("backfill", frames.frame(chart.name, reduced))

    def _pass_by(self, seat: "ViewerSeat", after: int) -> None:
        """Leave a viewer alone that is busy; one that is idle and behind is brought up."""
        if seat.outlet.is_busy:
            self.passed_by += 1
        if seat.offset < after and (seat.outlet.is_polling or not seat.outlet.is_busy):
            seat.outlet.kick()

    def _notice(self, event: str, chart: Chart, content: dict[str, Any]) -> None:
        message = wire.event_message(event, content)
        looked_s = time.monotonic()
        for i, seat in enumerate(list(self._seats.get(chart.name, {}).values())):
            seat.outlet.notice(event, chart.name, message)
            if i % LOOK_VIEWERS == 0 and time.monotonic() - looked_s > TURN_S:
                self._sleep(0)
                looked_s = time.monotonic()


class ViewerSeat:
    """A viewer's place in one chart: the offset of the last tick that was written to it."""

    __slots__ = ("_broadcast", "chart", "offset", "outlet")

    def __init__(
        self, broadcast: DirectBroadcast, outlet: Outlet, chart: Chart, offset: int
    ) -> None:
        self.outlet = outlet
        self.chart = chart
        self.offset = offset
        self._broadcast = broadcast

    @property
    def is_behind(self) -> bool:
        """Whether the history goes on after `offset`."""
        return self.offset < self.chart.history.position.offset

    def catch_up(self) -> bytes | None:
        """Return the message that brings the viewer up to date and move there; None if it is."""
        return self._broadcast.catch_up(self)
