"""What one viewer of one chart holds, and the rules by which it takes what the server sends.

No socket, no clock: `take` is given events and says what is new and what to ask the server for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from chartserver.errors import ChartServerError
from chartserver.frames import WIRE_VERSION
from chartserver.ticks import Position, short

NOWHERE = Position("", 0)


class SeenTick(NamedTuple):
    """A tick as a viewer sees it.

    `offset` is None for a tick of a reduced run, which cannot be numbered; `values` are by the
    name of the series, None for missing.
    """

    offset: int | None
    time_ms: float
    values: Mapping[str, float | None]
    epoch: str
    chart: str

    @property
    def position(self) -> Position | None:
        """Where a viewer is that has seen this tick, for `since`; None where it cannot be told."""
        return None if self.offset is None else Position(self.epoch, self.offset)


@dataclass(frozen=True, slots=True)
class Taken:
    """What an event brought.

    Attributes:
        ticks: those that are new, oldest first.
        ask: "backfill" or "snapshot", to be asked of the server; "" for nothing.
        is_history: the ticks are of the first snapshot: they came before the viewer did.
        has_restarted: the numbering began afresh; the ticks are all of the new epoch.
    """

    ticks: Sequence[SeenTick] = ()
    ask: str = ""
    is_history: bool = False
    has_restarted: bool = False


NOTHING = Taken()


@dataclass(slots=True)
class Counts:
    """What happened so far: events taken, and ticks that were late or never came."""

    snapshots: int = 0
    backfills: int = 0
    restarts: int = 0
    refilled: int = 0
    missed: int = 0


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame as it came off the wire, checked.

    `rows` has one row per series, each as long as `time_ms`; `offset` is that of the last column.
    """

    chart: str
    epoch: str
    offset: int
    time_ms: Sequence[float]
    rows: Sequence[Sequence[float | None]]
    is_reduced: bool

    @classmethod
    def parse(cls, raw: object) -> "Frame":
        """Return the frame that a server sent, or raise ChartServerError when it is none."""
        if not isinstance(raw, Mapping) or raw.get("v") != WIRE_VERSION:
            raise ChartServerError(
                f"got {short(raw)}; expected a frame of version {WIRE_VERSION}:"
                " is this a chartserver, and as new as this client?"
            )
        try:
            frame = cls(
                chart=str(raw["chart"]),
                epoch=str(raw["epoch"]),
                offset=int(raw["offset"]),
                time_ms=[float(time_ms) for time_ms in raw["t"]],
                rows=[list(row) for row in raw["y"]],
                is_reduced=bool(raw.get("reduced")),
            )
        except (KeyError, TypeError, ValueError):
            frame = None
        if frame is None or any(len(row) != len(frame.time_ms) for row in frame.rows):
            raise ChartServerError(
                f"got {short(raw)}; expected a frame with chart, epoch, offset, t and rows y"
                " as long as t"
            )
        return frame

    @property
    def base(self) -> int:
        """The offset before the first column, as far as columns can be counted."""
        return self.offset - len(self.time_ms)


@dataclass(slots=True)
class Viewer:
    """A position in a chart's history, and the description that goes with it.

    Attributes:
        chart: the name; None until the first snapshot, when the server's first chart is asked for.
        description: as the server gives it, with `status`, `reason` and `viewers` as of now.
        position: what to send as `since`; None before the first snapshot.
        counts: what happened so far.
        since: where the viewer was in an earlier life: the first snapshot then only tells of the
            chart, and what came after is asked for.
    """

    chart: str | None = None
    since: Position | None = None
    description: dict[str, Any] = field(default_factory=dict)
    position: Position | None = None
    counts: Counts = field(default_factory=Counts)
    _last_ms: float = float("-inf")
    # The newest position told of by a frame that could not be taken.
    _told: Position = NOWHERE

    def take(self, event: str, payload: Any) -> Taken:
        """Take one event of the server and return what it brought.

        Events and charts that it does not know are passed over.

        Raises:
            ChartServerError: a frame makes no sense. Nothing has changed.
        """
        if not isinstance(payload, Mapping) or self._is_of_another_chart(payload):
            return NOTHING
        if event == "snapshot":
            return self._take_snapshot(Frame.parse(payload), payload.get("description"))
        if event in ("tick", "backfill"):
            return self._take_frame(event, Frame.parse(payload))
        if event == "chart" and isinstance(payload.get("description"), Mapping):
            self.description = dict(payload["description"])
        elif event in ("status", "viewers"):
            told = {key: payload[key] for key in ("status", "reason", "viewers") if key in payload}
            self.description.update(told)
        return NOTHING

    def _is_of_another_chart(self, payload: Mapping[str, Any]) -> bool:
        return self.chart is not None and payload.get("chart", self.chart) != self.chart

    def _take_snapshot(self, frame: Frame, description: object) -> Taken:
        if not isinstance(description, Mapping):
            raise ChartServerError(
                f"got a snapshot with description {short(description)};"
                ' expected an object such as {"series": [{"name": "EURUSD"}]}'
            )
        if self.position is None and self.since is not None:
            return self._resume(frame, description)
        before = self.position
        is_same_epoch = before is not None and before.epoch == frame.epoch
        self.counts.snapshots += 1
        self.chart, self.description = frame.chart, dict(description)
        if before is not None and is_same_epoch:
            # Not moved back: a snapshot that was read before ticks that came first is old news.
            return self._take_rest(frame, before, is_refill=True)
        if before is not None:
            self.counts.restarts += 1
        fresh = self._ticks(frame, 0)
        self._move_to(frame)
        ask = "backfill" if self._is_behind_told() else ""
        return Taken(fresh, ask, is_history=before is None, has_restarted=before is not None)

    def _resume(self, frame: Frame, description: Mapping[str, Any]) -> Taken:
        """Take nothing of the first snapshot but what chart it is of; ask for what came since."""
        self.chart, self.description = frame.chart, dict(description)
        self.position = self.since
        return Taken(ask="backfill")

    def _take_frame(self, event: str, frame: Frame) -> Taken:
        before = self.position
        if before is None:
            return self._put_off(frame, "")
        if frame.epoch != before.epoch:
            return self._put_off(frame, "snapshot")
        if frame.base > before.offset and not frame.is_reduced:
            return self._put_off(frame, "backfill" if event == "tick" else "snapshot")
        if event == "backfill":
            self.counts.backfills += 1
        return self._take_rest(frame, before, is_refill=event == "backfill")

    def _take_rest(self, frame: Frame, before: Position, *, is_refill: bool) -> Taken:
        """Take of a frame of this epoch what lies after `before`; the rest is known."""
        passed = frame.offset - before.offset
        if passed <= 0:
            return NOTHING
        if frame.is_reduced:
            # Its columns cannot be counted: only their times tell what is known.
            known = sum(time_ms <= self._last_ms for time_ms in frame.time_ms)
        else:
            known = max(0, before.offset - frame.base)
        fresh = self._ticks(frame, known)
        self.counts.missed += max(0, passed - len(fresh))
        if is_refill:
            self.counts.refilled += len(fresh)
        self._move_to(frame)
        return Taken(fresh, "backfill" if is_refill and self._is_behind_told() else "")

    def _put_off(self, frame: Frame, ask: str) -> Taken:
        if frame.epoch != self._told.epoch or frame.offset > self._told.offset:
            self._told = Position(frame.epoch, frame.offset)
        return Taken(ask=ask)

    def _is_behind_told(self) -> bool:
        position = self.position
        return (
            position is not None
            and position.epoch == self._told.epoch
            and position.offset < self._told.offset
        )

    def _move_to(self, frame: Frame) -> None:
        self.position = Position(frame.epoch, frame.offset)
        if frame.time_ms:
            self._last_ms = frame.time_ms[-1]

    def _ticks(self, frame: Frame, known: int) -> list[SeenTick]:
        """Return the ticks of `frame` without the first `known`."""
        names = [str(series["name"]) for series in self.description.get("series", ())]
        last = len(frame.time_ms) - 1
        return [
            SeenTick(
                # The last column of a reduced frame is the frame's own offset, as always.
                None if frame.is_reduced and i != last else frame.offset - last + i,
                frame.time_ms[i],
                {name: row[i] for name, row in zip(names, frame.rows, strict=False)},
                frame.epoch,
                frame.chart,
            )
            for i in range(known, last + 1)
        ]
