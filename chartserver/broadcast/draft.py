"""The greater part of a large answer, made ahead in turns; its end is joined to it in one step.

To reduce and to encode a long history of many series takes a tenth of a second, for which the loop
must not stand still. So that is done for the history up to some tick, with turns for others in
between; what has come since is little, and is added when the answer is sent.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson

from chartserver import frames
from chartserver.broadcast.subscription import Subscription
from chartserver.chart import Chart
from chartserver.ticks import Floats, Position

# So many numbers are encoded in a fraction of a millisecond.
PIECE_VALUES = 4_096
# More than this is not joined in one step.
END_VALUES = 100_000


@dataclass(frozen=True, slots=True)
class Draft:
    """A run of ticks up to `position`, reduced and encoded.

    `t` and `y`, a row for each series, are numbers in JSON with commas between them. `room` is
    how many further ticks there may be, so that all are no more than was asked for.
    """

    position: Position
    is_reduced: bool
    room: int
    t: bytes
    y: Sequence[bytes]

    @property
    def held_bytes(self) -> int:
        """How much memory the draft takes."""
        return len(self.t) + sum(map(len, self.y))

    def n_behind(self, chart: Chart) -> float:
        """Return how many ticks the chart is ahead; infinite when it cannot be joined any more."""
        epoch, offset = chart.history.position
        if epoch != self.position.epoch or chart.history.n_series != len(self.y):
            return float("inf")
        return offset - self.position.offset

    def is_fresh(self, chart: Chart) -> bool:
        """Whether what has come since has room."""
        return self.n_behind(chart) <= self.room

    def join(self, chart: Chart) -> dict[str, Any] | None:
        """Return the frame with all that has come since; None when that is too much."""
        if self.n_behind(chart) * max(1, len(self.y)) > END_VALUES:
            return None
        end = chart.history.since(self.position)
        if len(end.values) != len(self.y):  # a source has just added a series
            return None
        if self.is_reduced and len(end) > self.room:
            end = frames.reduce(end, self.room)
        rows = zip(self.y, end.values, strict=True)
        return {
            **frames.frame(chart.name, end),
            "t": _joined(self.t, end.time_ms),
            "y": [_joined(row, further) for row, further in rows],
            **({"reduced": True} if self.is_reduced or end.is_reduced else {}),
        }


def make_draft(subscription: Subscription, give_way: Callable[[], object]) -> Draft:
    """Return the draft of the answer; `give_way` is called about each millisecond.

    Raises:
        PositionLost: what `subscription` goes on from is kept no longer.
    """
    history = subscription.chart.history
    extent = subscription.extent()
    ticks = history.all() if extent.since is None else history.since(extent.since)
    position = ticks.position
    room = END_VALUES // 2 // max(1, len(ticks.values))
    if extent.points is not None:
        room = min(room, max(frames.POINTS_MIN, extent.points // 4))
        points = max(frames.POINTS_MIN, extent.points - room)
        ticks = frames.reduce(ticks, points, give_way)
    return Draft(
        position,
        ticks.is_reduced,
        room,
        _text(ticks.time_ms, give_way),
        [_text(row, give_way) for row in ticks.values],
    )


def _text(numbers: Floats, give_way: Callable[[], object]) -> bytes:
    pieces = []
    for first in range(0, len(numbers), PIECE_VALUES):
        pieces.append(_bare(numbers[first : first + PIECE_VALUES]))
        give_way()
    return b",".join(pieces)


def _bare(numbers: Floats) -> bytes:
    """Return numbers as JSON, without the brackets."""
    return frames.dump_bytes(np.ascontiguousarray(numbers))[1:-1]


def _joined(text: bytes, further: Floats) -> orjson.Fragment:
    return orjson.Fragment(b"[" + b",".join(filter(None, (text, _bare(further)))) + b"]")
