"""What a viewer asks for when it connects or subscribes, checked; and what it is sent."""

import bisect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from chartserver import frames
from chartserver.access.rules import Permit
from chartserver.chart import Chart
from chartserver.errors import BadRequest, PositionLost, UnknownChart
from chartserver.ticks import Position, Ticks, short, some_of

POINTS_DEFAULT = 10_000
# Of an answer, whatever is asked for: some five MB of text.
ANSWER_VALUES = 300_000
# A viewer that is so far behind is sent all that it lacks, for however few points it has room.
EXACT_TICKS = 1_000
# Where several processes have a chart: for so long what another one has told is awaited here.
LAG_NAPS, LAG_NAP_S = 30, 0.05
# Answers are reduced to these numbers of points alone, so that many viewers share each of them.
_DIGITS = (1, 1.5, 2, 3, 5, 7)
STEPS = sorted({int(digit * 10**power) for digit in _DIGITS for power in range(7)} - {1})


class Extent(NamedTuple):
    """How much of a chart's history an answer covers.

    `since` is None for all that is kept; `points` is to how many the `n_ticks` are reduced, None
    when they are all sent.
    """

    since: Position | None
    n_ticks: int
    points: int | None


@dataclass(frozen=True, slots=True)
class Subscription:
    """A chart, where the viewer is in it, and how many points it can show."""

    chart: Chart
    since: Position | None
    points: int
    exact_ticks: int = EXACT_TICKS

    @classmethod
    def parse(
        cls,
        raw: object,
        charts: Mapping[str, Chart],
        permit: Permit,
        exact_ticks: int = EXACT_TICKS,
    ) -> "Subscription":
        """Return what `raw`, the payload of connect or subscribe, asks for; first chart if none.

        Raises:
            BadRequest: what is wrong, in one line.
            AccessDenied: `permit` is not for that chart.
        """
        if raw is None:
            raw = {}
        if not isinstance(raw, Mapping):
            raise BadRequest(
                f"got {short(raw)}; expected an object such as"
                ' {"chart": "fx", "since": {"epoch": "9f2c41aa", "offset": 812}, "points": 1200}'
            )
        chart = find_chart(raw.get("chart"), charts, permit)
        since = raw.get("since")
        return cls(
            chart,
            None if since is None else Position.parse(since),
            parse_points(raw.get("points")),
            exact_ticks,
        )

    def wait_for_others(self, sleep: Callable[[float], object]) -> None:
        """Wait, for a moment, for ticks that the viewer has of another process and we have not."""
        naps = LAG_NAPS if self.chart.is_shared and self.since is not None else 0
        while naps and self._is_ahead():
            sleep(LAG_NAP_S)
            naps -= 1

    def _is_ahead(self) -> bool:
        epoch, offset = self.chart.history.position
        return self.since is not None and self.since.epoch == epoch and self.since.offset > offset

    def extent(self) -> Extent:
        """Return how much of the history the answer would cover."""
        history = self.chart.history
        if self.since is not None and self.outcome()[0] == "backfill":
            n_ticks = history.position.offset - self.since.offset
            return Extent(self.since, n_ticks, self._reduced_to(n_ticks, is_backfill=True))
        n_ticks = len(history)
        return Extent(None, n_ticks, self._reduced_to(n_ticks))

    def _reduced_to(self, n_ticks: int, is_backfill: bool = False) -> int | None:
        """Return to how many points so many ticks are reduced; None when all are sent."""
        most = ANSWER_VALUES // max(1, self.chart.history.n_series)
        wanted = max(self.points, self.exact_ticks) if is_backfill else self.points
        limit = max(frames.POINTS_MIN, min(wanted, most))
        return None if n_ticks <= limit else STEPS[bisect.bisect_right(STEPS, limit) - 1]

    def outcome(self) -> tuple[str, dict[str, Any]]:
        """Return which event would bring the viewer up to date, and why it is no backfill."""
        if self.since is None:
            return "snapshot", {}
        try:
            self.chart.history.check_kept(self.since)
        except PositionLost as error:
            return "snapshot", {"recovered": False, "reason": str(error)}
        return "backfill", {}

    def answer(self) -> tuple[str, dict[str, Any]]:
        """Return the event that brings the viewer up to date, and its payload.

        A backfill when the history holds all that came after `since`, else a snapshot; reduced
        when that is more than is asked for, or than one answer may hold.
        """
        lost: dict[str, Any] = {}
        # The description first: a series that is added in between is then told by `chart`.
        description = {"description": self.chart.describe()}
        if self.since is not None:
            try:
                ticks = self._reduce(self.chart.history.since(self.since), is_backfill=True)
                content = frames.frame(self.chart.name, ticks)
                return "backfill", {**content, **description, **self.chart.notes.in_backfill()}
            except PositionLost as error:
                lost = {"recovered": False, "reason": str(error)}
        notes = self.chart.notes.in_snapshot()
        ticks = self._reduce(self.chart.history.all())
        content = frames.frame(self.chart.name, ticks)
        return "snapshot", {**content, **description, **notes, **lost}

    def _reduce(self, ticks: Ticks, is_backfill: bool = False) -> Ticks:
        points = self._reduced_to(len(ticks), is_backfill)
        return ticks if points is None else frames.reduce(ticks, points)


def find_chart(name: object, charts: Mapping[str, Chart], permit: Permit) -> Chart:
    """Return the chart of that name; for None the first that may be seen.

    Raises:
        AccessDenied: it may not be seen. Whether it is there is not told.
        UnknownChart: there is none of that name.
    """
    if not permit.sees_all:
        return _linked_chart(permit.chart if name is None else name, charts, permit)
    if not charts:
        raise UnknownChart("got a request for a chart; the server has none yet")
    if name is None:
        return next(iter(charts.values()))
    if isinstance(name, str) and name in charts:
        return charts[name]
    raise UnknownChart(f"chart is {short(name)}; expected one of: {some_of(charts)}")


def _linked_chart(name: object, charts: Mapping[str, Chart], permit: Permit) -> Chart:
    permit.check(name)
    for chart in visible(charts, permit):
        return chart
    raise UnknownChart("got a link to a chart that is not here; expected it to be served")


def visible(charts: Mapping[str, Chart], permit: Permit) -> list[Chart]:
    """Return the charts that may be seen, in their order."""
    return [chart for chart in dict(charts).values() if permit.sees(chart.name)]


def parse_points(raw: object) -> int:
    """Return the number of points to reduce to, the default for None, or raise BadRequest."""
    if raw is None:
        return POINTS_DEFAULT
    if isinstance(raw, int) and not isinstance(raw, bool):
        points = int(raw)
        if frames.POINTS_MIN <= points <= frames.POINTS_MAX:
            return points
    raise BadRequest(
        f"points is {short(raw)}; expected a whole number from {frames.POINTS_MIN}"
        f" to {frames.POINTS_MAX}, such as 1200"
    )
