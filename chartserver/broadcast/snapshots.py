"""Answers to joins, encoded once and shared: everybody who comes at the same tick gets the same."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from chartserver import frames
from chartserver.broadcast import wire
from chartserver.broadcast.drafts import Drafts
from chartserver.broadcast.subscription import Subscription

KEPT_MAX = 64
KEPT_BYTES = 32 * 1024 * 1024
# Of an answer that is to be made at once, and is too large for that.
COARSE_VALUES = 20_000
# To encode a value takes as long as to look at so many.
ENCODING_COST = 3

# Of an answer, what is needed beside its message: for the seat, and for the ack.
TOLD = ("offset", "recovered", "reason")

Answer = tuple[str, dict[str, Any], wire.Message]


class Snapshots:
    """The latest snapshot and backfill messages, by what they answer.

    A message is shared until its chart has moved on. At most `KEPT_MAX` are kept, and of
    `kept_bytes` no more than the limit given: of those that nobody asked for again the oldest go.
    With `drafts` large answers come from there, so that none takes long.
    """

    def __init__(
        self,
        encode: Callable[[str, Any], bytes] = wire.event_message,
        kept_bytes: int = KEPT_BYTES,
        drafts: Drafts | None = None,
    ) -> None:
        self.encoded = 0
        self.shared = 0
        self.kept_bytes = 0
        self._limit_bytes = kept_bytes
        self._encode = encode
        self._drafts = drafts
        self._kept: OrderedDict[Any, tuple[Any, Answer]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def prepare(self, subscription: Subscription, spend: Callable[[int], object]) -> None:
        """Do what takes long of the answer, in turns with others, so that `answer` does not.

        `spend` is called first with what the answer costs, in values looked at, and may raise;
        what is there already costs nothing.
        """
        if self._find(subscription) is not None:
            return
        drafts = self._drafts
        if drafts is None or not drafts.are_for(subscription):
            spend(cost_of(subscription))
        elif drafts.has(subscription):
            spend(_values_sent(subscription))
        else:
            spend(cost_of(subscription))
            drafts.prepare(subscription)

    def answer(self, subscription: Subscription) -> Answer:
        """Return the event, its payload less the columns, and the message that is the answer."""
        kept = self._find(subscription)
        if kept is not None:
            self.shared += 1
            self._kept.move_to_end(_key(subscription))
            return kept
        key, state = _key(subscription), _state(subscription)
        event, content = self._make(subscription)
        told: dict[str, Any] = {name: content[name] for name in TOLD if name in content}
        answer = event, told, wire.Message(self._encode(event, content))
        self.encoded += 1
        self._keep(key, state, answer)
        return answer

    def _make(self, subscription: Subscription) -> tuple[str, dict[str, Any]]:
        if self._drafts is None or not self._drafts.are_for(subscription):
            return subscription.answer()
        event, lost = subscription.outcome()
        # The description first: a series that is added in between is then told by `chart`.
        chart = subscription.chart
        description = {"description": chart.describe()}
        notes = chart.notes.in_snapshot()
        content = self._drafts.join(subscription)
        if content is None:
            return coarse(subscription).answer()
        if event == "backfill":
            return event, content | description | chart.notes.in_backfill()
        return event, content | description | notes | lost

    def _find(self, subscription: Subscription) -> Answer | None:
        kept = self._kept.get(_key(subscription))
        return kept[1] if kept is not None and kept[0] == _state(subscription) else None

    def _keep(self, key: Any, state: Any, answer: Answer) -> None:
        self._drop(key)
        self._kept[key] = state, answer
        self.kept_bytes += answer[2].held_bytes
        while len(self._kept) > KEPT_MAX or self.kept_bytes > self._limit_bytes:
            self._drop(next(iter(self._kept)))

    def _drop(self, key: Any) -> None:
        kept = self._kept.pop(key, None)
        if kept is not None:
            self.kept_bytes -= kept[1][2].held_bytes


def cost_of(subscription: Subscription) -> int:
    """Return what it costs to make the answer, in values looked at."""
    n_series = max(1, subscription.chart.history.n_series)
    looked_at = subscription.extent().n_ticks * n_series
    return looked_at + ENCODING_COST * _values_sent(subscription)


def coarse(subscription: Subscription) -> Subscription:
    """Return what asks for the same in so few points that it takes no time to encode."""
    n_series = max(1, subscription.chart.history.n_series)
    points = max(frames.POINTS_MIN, COARSE_VALUES // n_series)
    return replace(subscription, points=min(points, subscription.points), exact_ticks=points)


def _values_sent(subscription: Subscription) -> int:
    extent = subscription.extent()
    n_columns = extent.n_ticks if extent.points is None else extent.points
    return n_columns * max(1, subscription.chart.history.n_series)


def _key(subscription: Subscription) -> Any:
    return subscription.chart.name, subscription.since, subscription.extent().points


def _state(subscription: Subscription) -> Any:
    chart = subscription.chart
    return chart.history.position, chart.version, chart.status, chart.notes.revision
