"""Answers to joins, encoded once and shared: everybody who comes at the same tick gets the same."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from chartserver import wire
from chartserver.subscription import Subscription

KEPT_MAX = 64


class Snapshots:
    """The latest snapshot and backfill messages, by what they answer.

    A message is kept until its chart has moved on; at most `KEPT_MAX` of them.
    """

    def __init__(self, encode: Callable[[str, Any], bytes] = wire.event_message) -> None:
        self.encoded = 0
        self.shared = 0
        self._encode = encode
        self._kept: OrderedDict[Any, tuple[Any, tuple[str, dict[str, Any], wire.Message]]] = (
            OrderedDict()
        )

    def answer(self, subscription: Subscription) -> tuple[str, dict[str, Any], wire.Message]:
        """Return the event, its payload and the message that answer `subscription`."""
        chart = subscription.chart
        key = (chart.name, subscription.since, subscription.points)
        state = (chart.history.position, chart.version, chart.status)
        kept = self._kept.get(key)
        if kept is not None and kept[0] == state:
            self.shared += 1
            return kept[1]
        event, content = subscription.answer()
        made = event, content, wire.Message(self._encode(event, content))
        self.encoded += 1
        self._kept[key] = state, made
        self._kept.move_to_end(key)
        if len(self._kept) > KEPT_MAX:
            self._kept.popitem(last=False)
        return made
