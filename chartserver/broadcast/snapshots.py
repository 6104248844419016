"""Answers to joins, encoded once and shared: everybody who comes at the same tick gets the same."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from chartserver.broadcast import wire
from chartserver.broadcast.subscription import Subscription

KEPT_MAX = 64
KEPT_BYTES = 32 * 1024 * 1024

Answer = tuple[str, dict[str, Any], wire.Message]


class Snapshots:
    """The latest snapshot and backfill messages, by what they answer.

    A message is shared until its chart has moved on. At most `KEPT_MAX` are kept, and of
    `kept_bytes` no more than the limit given: of those that nobody asked for again the oldest go.
    """

    def __init__(
        self,
        encode: Callable[[str, Any], bytes] = wire.event_message,
        kept_bytes: int = KEPT_BYTES,
    ) -> None:
        self.encoded = 0
        self.shared = 0
        self.kept_bytes = 0
        self._limit_bytes = kept_bytes
        self._encode = encode
        self._kept: OrderedDict[Any, tuple[Any, Answer]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def answer(self, subscription: Subscription) -> Answer:
        """Return the event, its payload and the message that answer `subscription`."""
        chart = subscription.chart
        # Who asks for more points than there are gets what all of those get.
        points = min(subscription.points, len(chart.history))
        key = (chart.name, subscription.since, points)
        state = (chart.history.position, chart.version, chart.status)
        kept = self._kept.get(key)
        if kept is not None and kept[0] == state:
            self.shared += 1
            self._kept.move_to_end(key)
            return kept[1]
        event, content = subscription.answer()
        answer = event, content, wire.Message(self._encode(event, content))
        self.encoded += 1
        self._keep(key, state, answer)
        return answer

    def _keep(self, key: Any, state: Any, answer: Answer) -> None:
        self._drop(key)
        self._kept[key] = state, answer
        self.kept_bytes += len(answer[2].payload)
        while len(self._kept) > KEPT_MAX or self.kept_bytes > self._limit_bytes:
            self._drop(next(iter(self._kept)))

    def _drop(self, key: Any) -> None:
        kept = self._kept.pop(key, None)
        if kept is not None:
            self.kept_bytes -= len(kept[1][2].payload)
