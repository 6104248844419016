"""The fast broadcast: a frame is built once and written straight into each viewer's socket.

There is no queue per viewer. One whose socket is full is passed by; its outlet brings it up from
the history when the socket can take it, exactly while that is little, else reduced to minima and
maxima.
"""

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from chartserver import frames
from chartserver.broadcast import wire
from chartserver.broadcast.catch_up import CatchUp, CatchUps
from chartserver.broadcast.cohort import Audience, ViewerSeat
from chartserver.broadcast.drafts import Drafts, Event
from chartserver.broadcast.fanout import FanOut
from chartserver.broadcast.outlet import Outlet
from chartserver.broadcast.snapshots import Snapshots
from chartserver.broadcast.sockets import PythonSockets, Sockets
from chartserver.broadcast.subscription import Subscription
from chartserver.broadcast.wire import Message
from chartserver.chart import Chart
from chartserver.ticks import Ticks

# After so long the loop is given to others.
TURN_S = 0.005
LOOK_SEATS = 64


class DirectBroadcast:
    """Hands frames to the outlets of a chart's viewers.

    `outlet_of` finds the outlet of a Socket.IO session; one without, such as that of Flask's test
    client, is served by the `ordinary` broadcast. `sleep(0)` gives the loop to others,
    `make_event` makes what their tasks wait for. A viewer
    that is up to `exact_ticks` behind is sent all of them. Counters: `deliveries`, frames times
    the viewers that took them whole at once, and `delivered_bytes` in these; `conflated` catch-ups
    that were reduced, `passed_by` frames that found a viewer busy.
    """

    def __init__(
        self,
        outlet_of: Callable[[str], Outlet | None],
        ordinary: FanOut,
        sleep: Callable[[float], None],
        exact_ticks: int,
        make_sockets: Callable[[], Sockets] = PythonSockets,
        make_event: Callable[[], Event] = threading.Event,
    ) -> None:
        self.deliveries = 0
        self.delivered_bytes = 0
        self.passed_by = 0
        self.drafts = Drafts(sleep, make_event)
        self.snapshots = Snapshots(drafts=self.drafts)
        self._catch_ups = CatchUps(exact_ticks)
        self._outlet_of = outlet_of
        self._ordinary = ordinary
        self._sleep = sleep
        self._make_sockets = make_sockets
        self._audiences: dict[str, Audience] = {}
        self._turn_s = 0.0

    @property
    def conflated(self) -> int:
        """Catch-ups that were reduced."""
        return self._catch_ups.conflated

    # Viewers.

    def prepare(self, subscription: Subscription, spend: Callable[[int], object]) -> None:
        """Do what takes long of an answer, in turns with others, before `bring_up`."""
        self.snapshots.prepare(subscription, spend)

    def bring_up(self, sid: str, subscription: Subscription) -> tuple[str, Mapping[str, Any]]:
        """Seat the viewer in the chart and send what it lacks; return the event and its payload."""
        outlet = self._outlet_of(sid)
        if outlet is None:
            return self._ordinary.bring_up(sid, subscription)
        if not outlet.is_busy:
            event, content, message = self.snapshots.answer(subscription)
            self._seat(sid, outlet, subscription.chart, content["offset"])
            # Nothing comes between the two: frames follow the answer in the same outlet.
            outlet.put(message)
            return event, content
        if not outlet.is_gone:
            chart = subscription.chart
            seat = self._seat(sid, outlet, chart, chart.history.position.offset)
            # Made when it can be taken: it may be large, and who never reads may ask for many.
            seat.asked = lambda: self._answer(subscription)
            outlet.wake_poll()
        return subscription.outcome()

    def _seat(self, sid: str, outlet: Outlet, chart: Chart, offset: int) -> ViewerSeat:
        """Give the viewer the one seat that it has in the chart."""
        audience = self._audiences.setdefault(chart.name, Audience(self._make_sockets))
        audience.leave(sid)
        seat = ViewerSeat(audience, outlet, chart, offset, self._catch_ups.lead_on)
        audience.seats[sid] = outlet.seats[chart.name] = seat
        return seat

    def _answer(self, subscription: Subscription) -> CatchUp:
        _, content, message = self.snapshots.answer(subscription)
        return message, content["offset"]

    def leave(self, sid: str, chart: Chart) -> None:
        """Take the viewer's seat in the chart away."""
        audience = self._audiences.get(chart.name)
        if audience is None or not audience.leave(sid):
            self._ordinary.leave(sid, chart)

    # What the ticker hands on.

    def tick(self, chart: Chart, ticks: Ticks) -> None:
        """Send new ticks as one frame to all that have seen what was before."""
        self._ordinary.tick(chart, ticks)
        audience = self._audiences.get(chart.name)
        if audience is None or not audience.seats:
            return
        before, after = ticks.offset - len(ticks), ticks.offset
        frame = wire.websocket_frame(wire.event_message("tick", frames.frame(chart.name, ticks)))
        self._catch_ups.clear()
        self._turn_s = time.monotonic()
        audience.part(before)
        audience.gather(before)
        for cohort in list(audience.cohorts):
            if cohort.offset == before:
                cohort.send(frame, after)
                self._count(len(cohort.seats), frame)
                self._give_way()
        self._bring_up_apart(audience, after)

    def _count(self, n_whole: int, frame: bytes) -> None:
        """Count a frame that was taken whole by so many; who did not has left the cohort."""
        self.deliveries += n_whole
        self.delivered_bytes += n_whole * len(frame)

    def _bring_up_apart(self, audience: Audience, after: int) -> None:
        """Leave those alone who are busy; wake polls, and bring up who is idle and behind."""
        for i, seat in enumerate(list(audience.apart)):
            outlet = seat.outlet
            if outlet.is_busy and not outlet.is_polling:
                self.passed_by += 1
            elif seat.offset < after:
                outlet.kick()
            if i % LOOK_SEATS == 0:
                self._give_way()

    def description(self, chart: Chart) -> None:
        """Send the description, which has changed."""
        self._ordinary.description(chart)
        self._notice("chart", chart, {"chart": chart.name, "description": chart.describe()})

    def status(self, chart: Chart) -> None:
        """Send the status of the source, which has changed."""
        self._ordinary.status(chart)
        self._notice("status", chart, chart.status.notice(chart.name))

    def viewers(self, chart: Chart) -> None:
        """Send the number of viewers, or who of them presents: it has changed."""
        self._ordinary.viewers(chart)
        self._notice("viewers", chart, chart.attendance())

    def note(self, chart: Chart, change: dict[str, Any]) -> None:
        """Send a change of the notes; who misses one sees it by the next one's number."""
        self._ordinary.note(chart, change)
        self._notice("note", chart, {"chart": chart.name, **change})

    def renew(self, chart: Chart) -> None:
        """Send a snapshot to all, as each can take it: the history has begun anew."""
        self._ordinary.renew(chart)
        self._catch_ups.clear()
        audience = self._audiences.get(chart.name)
        seats = list(audience.seats.values()) if audience else []
        for seat in seats:
            seat.lose()
        self._turn_s = time.monotonic()
        for i, seat in enumerate(seats):
            if not seat.outlet.is_busy or seat.outlet.is_polling:
                seat.outlet.kick()
            if i % LOOK_SEATS == 0:
                self._give_way()

    def whisper(self, sids: Iterable[str], event: str, chart_name: str, content: Any) -> None:
        """Send these viewers an event of which only the newest matters."""
        message = Message(wire.event_message(event, content))
        self._turn_s = time.monotonic()
        for i, sid in enumerate(sids):
            outlet = self._outlet_of(sid)
            if outlet is None:
                self._ordinary.whisper([sid], event, chart_name, content)
            else:
                outlet.notice(event, chart_name, message)
            if i % LOOK_SEATS == 0:
                self._give_way()

    def _notice(self, event: str, chart: Chart, content: dict[str, Any]) -> None:
        audience = self._audiences.get(chart.name)
        message = Message(wire.event_message(event, content))
        self._turn_s = time.monotonic()
        for i, seat in enumerate(list(audience.seats.values()) if audience else ()):
            seat.outlet.notice(event, chart.name, message)
            if i % LOOK_SEATS == 0:
                self._give_way()

    def _give_way(self) -> None:
        """Let others have the loop when this broadcast has had it for long enough."""
        if time.monotonic() - self._turn_s > TURN_S:
            self._sleep(0)
            self._turn_s = time.monotonic()
