"""Viewers of a chart that stand at the same offset: a frame goes to all of them in one loop.

Their position is kept once, so that sending touches no viewer but its socket. Who cannot take a
frame whole steps out and is brought up alone.
"""

from collections.abc import Callable

from chartserver.broadcast.catch_up import NOWHERE, CatchUp
from chartserver.broadcast.outlet import Outlet
from chartserver.broadcast.sockets import LOST, Sockets
from chartserver.broadcast.wire import Message
from chartserver.chart import Chart

# So many sends take about a millisecond: others wait no longer for the loop.
COHORT_VIEWERS = 128


class Cohort:
    """At most `COHORT_VIEWERS` seats at one `offset`, whose outlets are idle."""

    __slots__ = ("_sockets", "offset", "seats")

    def __init__(self, offset: int, sockets: Sockets) -> None:
        self.offset = offset
        self.seats: list[ViewerSeat] = []
        self._sockets = sockets

    @property
    def is_full(self) -> bool:
        """Whether no more seats are taken in."""
        return len(self.seats) >= COHORT_VIEWERS

    def add(self, seat: "ViewerSeat") -> None:
        """Take in a seat that is at our offset and whose outlet is idle."""
        assert seat.outlet.send is not None
        seat.cohort, seat.index = self, len(self.seats)
        self.seats.append(seat)
        self._sockets.append(seat.outlet.send, seat.outlet.fileno)

    def remove(self, seat: "ViewerSeat") -> None:
        """Let a seat go, which keeps the offset that we have now."""
        self._sockets.remove(seat.index)
        last = self.seats.pop()
        if last is not seat:
            last.index = seat.index
            self.seats[seat.index] = last
        seat.cohort, seat.own_offset = None, self.offset

    def send(self, frame: bytes, after: int) -> None:
        """Write `frame`, which leads from our offset to `after`, to all; nothing comes between."""
        unfinished = [(self.seats[i], taken) for i, taken in self._sockets.write(frame)]
        before, self.offset = self.offset, after
        for seat, taken in unfinished:
            seat.step_out()
            if taken == LOST:
                seat.outlet.detach()
                continue
            if taken == 0:
                seat.own_offset = before
            seat.outlet.keep_rest(frame, taken)


class ViewerSeat:
    """A viewer's place in one chart: the offset of the last tick that was written to it.

    `audience` is that of the chart; `catch_up_from` builds the message that leads from an offset
    towards the end of the history, and says how far. `asked` is the answer that the viewer still
    waits for: it is made when the viewer can take it, and goes before all ticks.
    """

    __slots__ = (
        "_catch_up_from",
        "asked",
        "audience",
        "chart",
        "cohort",
        "index",
        "outlet",
        "own_offset",
    )

    def __init__(
        self,
        audience: "Audience",
        outlet: Outlet,
        chart: Chart,
        offset: int,
        catch_up_from: Callable[[Chart, int], CatchUp],
    ) -> None:
        self.audience = audience
        self.outlet = outlet
        self.chart = chart
        self.own_offset = offset
        self.asked: Callable[[], CatchUp] | None = None
        self.cohort: Cohort | None = None
        self.index = 0
        self._catch_up_from = catch_up_from
        audience.apart[self] = None

    @property
    def offset(self) -> int:
        """The offset of the last tick that was written."""
        return self.own_offset if self.cohort is None else self.cohort.offset

    @property
    def is_behind(self) -> bool:
        """Whether the history goes on after `offset`, or an answer waits."""
        return self.asked is not None or self.offset < self.chart.history.position.offset

    def step_out(self) -> None:
        """Stand apart from now on."""
        if self.cohort is not None:
            self.cohort.remove(self)
            self.audience.apart[self] = None

    def lose(self) -> None:
        """Stand apart and nowhere: the history has begun anew."""
        self.step_out()
        self.own_offset = NOWHERE

    def catch_up(self) -> Message | None:
        """Return what brings the viewer closer to the end and move there; None if it is there."""
        if not self.is_behind:
            return None
        self.step_out()
        if self.asked is not None:
            message, self.own_offset = self.asked()
            self.asked = None
        else:
            message, self.own_offset = self._catch_up_from(self.chart, self.own_offset)
        return message


class Audience:
    """The seats of one chart by viewer: most stand in cohorts, the others apart."""

    def __init__(self, make_sockets: Callable[[], Sockets]) -> None:
        self._make_sockets = make_sockets
        self.seats: dict[str, ViewerSeat] = {}
        self.cohorts: list[Cohort] = []
        self.apart: dict[ViewerSeat, None] = {}

    def gather(self, offset: int) -> None:
        """Let those who stand apart, are idle and at `offset` stand together again."""
        ready = [seat for seat in self.apart if not seat.outlet.is_busy and seat.offset == offset]
        self.cohorts = [cohort for cohort in self.cohorts if cohort.seats]
        roomy = [one for one in self.cohorts if one.offset == offset and not one.is_full]
        for seat in ready:
            del self.apart[seat]
            if not roomy:
                roomy.append(Cohort(offset, self._make_sockets()))
                self.cohorts.append(roomy[-1])
            roomy[-1].add(seat)
            if roomy[-1].is_full:
                roomy.pop()

    def leave(self, sid: str) -> bool:
        """Take a viewer's seat away; False when there is none."""
        seat = self.seats.pop(sid, None)
        if seat is None:
            return False
        seat.step_out()
        self.apart.pop(seat, None)
        seat.outlet.forget(seat.chart.name)
        return True

    def part(self, offset: int) -> None:
        """Let those stand apart whose cohort missed a frame: it is not at `offset`."""
        for cohort in self.cohorts:
            if cohort.offset != offset:
                for seat in list(cohort.seats):
                    seat.step_out()
