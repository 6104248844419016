"""What leads on those who are behind: built once for all that stand at the same offset.

Exact while it is little, else reduced to minima and maxima. In which bytes, says `encode`.
"""

from collections.abc import Callable
from typing import Any

from chartserver import frames
from chartserver.broadcast import wire
from chartserver.broadcast.subscription import Subscription
from chartserver.broadcast.wire import Message
from chartserver.chart import Chart
from chartserver.errors import PositionLost
from chartserver.ticks import Position

# A message, and the offset to which it leads.
CatchUp = tuple[Message, int]

# So large is a message that leads on: some ten kB, which is all that a viewer may keep of ours.
COLUMNS = 1_000
VALUES = 4_000
KEPT = 256
# The offset of who has to begin anew: no history goes on from there.
NOWHERE = -1


def anew(chart: Chart, reason: str) -> dict[str, Any]:
    """Return a snapshot for who cannot be led on, and why."""
    content = Subscription(chart, None, _columns(chart)).answer()[1]
    return content | {"recovered": False, "reason": reason}


def _columns(chart: Chart) -> int:
    """Return how many columns a message may have that leads on."""
    return max(2, min(COLUMNS, VALUES // max(1, len(chart.series))))


class CatchUps:
    """The messages that lead on, kept until `clear`, which is for when there are new ticks.

    Who is up to `exact_ticks` behind is led on by all of them. Counter: `conflated`, those that
    were reduced.
    """

    def __init__(
        self, exact_ticks: int, encode: Callable[[str, Any], bytes] = wire.event_message
    ) -> None:
        self.conflated = 0
        self._exact_ticks = exact_ticks
        self._encode = encode
        self._kept: dict[tuple[str, int, int], CatchUp] = {}

    def clear(self) -> None:
        """Forget what led to an end that is not the end any more."""
        self._kept.clear()

    def lead_on(self, chart: Chart, offset: int) -> CatchUp:
        """Return a message that leads on from `offset`, or from `NOWHERE`; shared by all there."""
        key = (chart.name, offset, chart.history.position.offset)
        caught_up = self._kept.get(key)
        if caught_up is None:
            caught_up = self._build(chart, offset)
            if len(self._kept) < KEPT:
                self._kept[key] = caught_up
        return caught_up

    def _build(self, chart: Chart, offset: int) -> CatchUp:
        """Build what is exact in pieces, and what is not in few columns: messages stay small."""
        columns = _columns(chart)
        try:
            ticks = chart.history.since(Position(chart.history.epoch, offset))
        except PositionLost as error:
            content = anew(chart, chart.renewal if offset == NOWHERE else str(error))
            return Message(self._encode("snapshot", content)), content["offset"]
        if len(ticks) <= self._exact_ticks:
            event, ticks = "tick", ticks.first(columns)
        else:
            self.conflated += 1
            event, ticks = "backfill", frames.conflate(ticks, columns)
        return Message(self._encode(event, frames.frame(chart.name, ticks))), ticks.offset
