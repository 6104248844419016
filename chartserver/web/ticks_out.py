"""`GET /api/charts/<chart>/ticks`: what is kept of a chart, as JSON or CSV.

A short answer is made at once. A long one is made piece by piece as it is read, and needs a place;
see `long_answer`. An answer is named by what is in it, so that whoever has it is told so before
anything is made.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import chain

from flask import Blueprint, Response, request

from chartserver.access.doorkeeper import Doorkeeper
from chartserver.broadcast.subscription import find_chart
from chartserver.chart import Chart
from chartserver.entrance.places import Places
from chartserver.errors import Busy, PositionLost
from chartserver.history import MemoryHistory
from chartserver.refusals import Refusals
from chartserver.stack.connection import WRITER
from chartserver.stack.offload import Offload
from chartserver.web.extracts import Extract, Kept
from chartserver.web.faults import answer_faults
from chartserver.web.long_answer import LONGEST_S, LongAnswer
from chartserver.web.stored import Readable, Stored
from chartserver.web.tick_text import csv_pieces, gathered, gzipped, json_pieces
from chartserver.web.ticks_query import TicksQuery

# Times included. So many are copied, and written, at once.
SHORT_NUMBERS = 8_192
TYPES = {"json": "application/json", "csv": "text/csv; charset=utf-8"}
GZIP = "gzip"
TAG_HEX_DIGITS = 32
# In which an answer whose time is over has given its place back.
SLACK_S = 60.0


def make_ticks_out(
    charts: Mapping[str, Chart],
    doorkeeper: Doorkeeper,
    refusals: Refusals,
    offload: Offload,
    give_way: Callable[[], object],
    is_free: Callable[[str], bool],
    store: Readable | None = None,
) -> Blueprint:
    """Return the route; what `store` keeps from before the memory's edge is read from there.

    `offload` is for what takes long, `give_way` lets others have the loop; `refusals` count answers
    that were cut off. `is_free` says whether an address is not limited by itself.
    """
    places = Places(is_free, LONGEST_S + SLACK_S)
    ticks_out = TicksOut(charts, doorkeeper, refusals, offload, give_way, places, store)
    routes = Blueprint("ticks_out", __name__)
    routes.get("/api/charts/<name>/ticks")(ticks_out.answer)
    return answer_faults(routes)


@dataclass(frozen=True)
class TicksOut:
    """Answers requests; what it needs is that of `make_ticks_out`, and places for long answers."""

    charts: Mapping[str, Chart]
    doorkeeper: Doorkeeper
    refusals: Refusals
    offload: Offload
    give_way: Callable[[], object]
    places: Places
    store: Readable | None

    def answer(self, name: str) -> Response:
        """Return the answer to the request that is being served."""
        permit = self.doorkeeper.permit(request.environ)
        chart = find_chart(name, self.charts, permit)
        query = TicksQuery.parse(request.args)
        extract = self._extract(chart, query)
        is_packed = request.accept_encodings.quality(GZIP) > 0
        tag = _tag(chart, extract, query, is_packed)
        headers, kind = self._headers(tag, is_packed), TYPES[query.form]
        if request.if_none_match.contains_weak(tag):
            return _unchanged(headers)
        if request.method == "HEAD":
            return Response(iter(()), content_type=kind, headers=headers)
        body = self._told(chart, extract, query, is_packed, permit.expires_s)
        return Response(body, content_type=kind, headers=headers)

    def _extract(self, chart: Chart, query: TicksQuery) -> Extract:
        """Return what is asked for, before it is reduced.

        Raises:
            PositionLost: the position is not kept.
        """
        history = chart.history
        # A series is in the history before it is in the chart.
        n_series = min(len(chart.series), history.n_series)
        end = history.position
        if self.store is not None and _is_beyond(history, query):
            return Stored(
                self.store,
                chart.name,
                end,
                n_series,
                self.offload,
                since=query.since,
                from_ms=query.from_ms,
                to_ms=query.to_ms,
            )
        if query.since is None:
            return Kept(history, *history.span(query.from_ms, query.to_ms), n_series)
        history.check_kept(query.since)
        return Kept(history, query.since.offset, max(query.since.offset, end.offset), n_series)

    def _headers(self, tag: str, is_packed: bool) -> dict[str, str]:
        is_open = self.doorkeeper.access.is_open
        headers = {
            "ETag": f'"{tag}"',
            # To be kept by whoever asks each time whether it still holds.
            "Cache-Control": "no-cache" if is_open else "private, no-cache",
            "Vary": "Accept-Encoding" if is_open else "Accept-Encoding, Authorization, Cookie",
            "Accept-Ranges": "none",
        }
        return {**headers, "Content-Encoding": GZIP} if is_packed else headers

    def _told(
        self, chart: Chart, extract: Extract, query: TicksQuery, is_packed: bool, expires_s: float
    ) -> bytes | LongAnswer:
        try:
            if query.points is not None:
                extract = extract.reduced(query.points, self.offload)
            return self._body(chart, extract, query.form, is_packed, expires_s)
        except PositionLost as lost:
            if isinstance(extract, Stored):
                raise
            # It was there a moment ago: not what was asked for is wrong, but how fast all went on.
            raise Busy(str(lost)) from None

    def _body(
        self, chart: Chart, extract: Extract, form: str, is_packed: bool, expires_s: float
    ) -> bytes | LongAnswer:
        """Return a short answer whole, or a long one, which keeps its place until it is closed."""
        if extract.numbers <= SHORT_NUMBERS:
            return b"".join(_text(chart, extract.held(), form, is_packed))
        address = request.remote_addr or ""
        place = self.places.enter(address)
        pieces = _text(chart, extract, form, is_packed)
        try:
            # What cannot be read is told with a status, while there is none yet.
            first = next(pieces)
        except BaseException:
            self.places.leave(place)
            raise
        # There where the listener is ours.
        writer = request.environ.get(WRITER)
        return LongAnswer(
            chain([first], pieces),
            expires_s=expires_s,
            give_way=self.give_way,
            mark=writer.reset_at_end if writer is not None else lambda is_reset: None,
            on_cut=lambda kind, why: self.refusals.note(kind, why, address),
            on_close=partial(self.places.leave, place),
        )


def _unchanged(headers: dict[str, str]) -> Response:
    """Return the answer to who has it: with nothing that is said of a body."""
    response = Response(status=304, headers=headers)
    for name in ("Content-Type", "Content-Encoding"):
        response.headers.pop(name, None)
    return response


def _is_beyond(history: MemoryHistory, query: TicksQuery) -> bool:
    """Return whether what is asked for begins before what memory holds."""
    before = history.position.offset - len(history)
    if query.since is not None:
        return query.since.epoch == history.epoch and query.since.offset < before
    return before > 0 and query.has_bounds and query.from_ms < history.first_time_ms


def _text(chart: Chart, extract: Extract, form: str, is_packed: bool) -> Iterator[bytes]:
    if form == "csv":
        names = [series.name for series in chart.series[: extract.n_series]]
        pieces = csv_pieces(names, extract)
    else:
        pieces = json_pieces(chart.name, extract)
    pieces = gathered(pieces)
    return gzipped(pieces) if is_packed else pieces


def _tag(chart: Chart, extract: Extract, query: TicksQuery, is_packed: bool) -> str:
    """Return what names the answer: all that decides on its bytes."""
    # The names of the series stand in CSV; none changes, but new ones may come.
    decides = (chart.name, extract.name, extract.n_series, query.points, query.form, is_packed)
    return hashlib.sha256(repr(decides).encode()).hexdigest()[:TAG_HEX_DIGITS]
