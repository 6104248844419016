"""How a chart's source is, in the words that viewers are told."""

from typing import Any, NamedTuple

STATUSES = ("waiting", "live", "stalled", "ended", "failed", "stopping")


class Status(NamedTuple):
    """How a chart's source is, one of `STATUSES`, and why.

    A server that stops says within how many seconds its viewers are to come back, each at a moment
    of its own.
    """

    status: str
    reason: str = ""
    return_within_s: float | None = None

    def notice(self, chart_name: str) -> dict[str, Any]:
        """Return what viewers are told."""
        content: dict[str, Any] = {
            "chart": chart_name,
            "status": self.status,
            "reason": self.reason,
        }
        if self.return_within_s is not None:
            content["return_within_s"] = self.return_within_s
        return content


LIVE = Status("live")
