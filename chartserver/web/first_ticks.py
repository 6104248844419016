"""The ticks that the page of a chart brings along: it is drawn before anything else is asked for.

Those of one position are made and compressed once, for all who open the page then.
"""

from collections import OrderedDict
from functools import partial

from chartserver.chart import Chart
from chartserver.errors import Busy, PositionLost
from chartserver.ticks import EARLIEST_MS, LATEST_MS
from chartserver.web.extracts import NUMBERS_AT_ONCE, DoElsewhere, Extract, Kept
from chartserver.web.packing import NOTHING, Piece, pack
from chartserver.web.tick_text import json_pieces

# As many as fill most windows; a page that shows more of them asks by its link.
POINTS = 1_500
# Of more series a page were too long.
SERIES_MAX = 4
KEPT_MAX = 64


class FirstTicks:
    """Frames in JSON, as they stand in a page; `elsewhere` is for what takes long."""

    def __init__(self, elsewhere: DoElsewhere) -> None:
        self._elsewhere = elsewhere
        self._kept: OrderedDict[str, tuple[object, Piece]] = OrderedDict()

    def of(self, chart: Chart) -> Piece:
        """Return the ticks of a chart; nothing where there are none, or they would take long."""
        history = chart.history
        # A series is in the history before it is in the chart.
        n_series = min(len(chart.series), history.n_series)
        after, until = history.span(EARLIEST_MS, LATEST_MS)
        if not 0 < n_series <= SERIES_MAX or after == until:
            return NOTHING
        extract = Kept(history, after, until, n_series)
        kept = self._kept.get(chart.name)
        state = extract.name, n_series
        if kept is not None and kept[0] == state:
            return kept[1]
        tell = partial(_told, chart.name, extract)
        try:
            told = self._elsewhere(tell) if extract.numbers > NUMBERS_AT_ONCE else tell()
        except (Busy, PositionLost):
            return NOTHING
        self._keep(chart.name, state, told)
        return told

    def _keep(self, name: str, state: object, told: Piece) -> None:
        self._kept[name] = state, told
        self._kept.move_to_end(name)
        if len(self._kept) > KEPT_MAX:
            self._kept.popitem(last=False)


def _told(chart_name: str, extract: Extract) -> Piece:
    ticks = extract.reduced(POINTS, lambda look: look()).held()
    # Within a page nothing may end what it stands in.
    return pack(b"".join(json_pieces(chart_name, ticks)).replace(b"<", rb"\u003c"))
