"""How the source of a chart is: told by the process that runs it, shown by all others."""

from collections.abc import Callable, Mapping
from typing import Any

from chartserver.chart import Chart
from chartserver.status import STATUSES, Status

STATUS = "status"


class ToldStatus:
    """Tells all, by `tell` with the name of a chart, what kind of thing it is and its content."""

    def __init__(self, tell: Callable[[str, str, Mapping[str, Any]], object]) -> None:
        self._tell = tell
        self._told: dict[str, Status] = {}

    def tell(self, chart: Chart) -> None:
        """Tell all how the source is, where it runs here, unless they were told."""
        status = chart.source_status
        if not chart.fence:
            self._told.pop(chart.name, None)
        elif self._told.get(chart.name) != status and status.status != "stopping":
            self._told[chart.name] = status
            self._tell(chart.name, STATUS, {"status": status.status, "reason": status.reason})


def show_status(chart: Chart, told: Mapping[str, Any]) -> None:
    """Have a chart whose source runs elsewhere, or nowhere, be as was `told` of its status."""
    status = told.get("status")
    if status in STATUSES and not chart.fence and chart.source_status.status != "stopping":
        chart.source_status = Status(status, str(told.get("reason", "")))
