"""A window of time covered by buckets: as wide as will do inside, finer towards both edges.

So what is read is little, and yet exactly the ticks of the window are in it. Where a finer level is
no longer kept, the window is widened to the buckets of the level that is.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from chartserver.store import tables
from chartserver.store.buckets import Buckets, each
from chartserver.store.database import Connection
from chartserver.store.keeping import About
from chartserver.store.levels import LEVELS, Level
from chartserver.store.pages import TICKS, Page, joined
from chartserver.ticks import Ticks

PAGES_LOOKED_AT = 64
# One statement asks all levels, as each takes a round trip to some databases.
FIRST = """(SELECT from_ms FROM chartserver_pages WHERE chart = ? AND level = ?
    ORDER BY last LIMIT 1)"""
LAST = """(SELECT until_ms FROM chartserver_pages WHERE chart = ? AND level = ?
    ORDER BY last DESC LIMIT 1)"""
COUNT = """(SELECT sum(n) FROM (SELECT n FROM chartserver_pages
    WHERE chart = ? AND level = ? AND until_ms >= ? AND until_ms <= ?
    ORDER BY until_ms LIMIT ?) AS looked_at)"""


class Windows:
    """The windows of one chart, as one reading connection sees it.

    Attributes:
        first_ms: when the oldest tick came, or the oldest bucket that is left begins.
        last_ms: when the last tick came.
    """

    def __init__(self, connection: Connection, about: About) -> None:
        self._connection = connection
        self._about = about
        asked = [(FIRST, level.number) for level in LEVELS] + [(LAST, TICKS)]
        *first, last = self._ask([(one, about.chart_id, level) for one, level in asked])
        self._first = [np.inf if one is None else one for one in first]
        self.first_ms = min(self._first)
        self.last_ms = -np.inf if last is None else last
        self._kept = [self._kept_from(level) for level in LEVELS]

    def best_level(self, from_ms: float, to_ms: float, ticks: int, buckets: int) -> Level:
        """Return the finest level with at most about so many columns between."""
        counts = self._ask(
            (COUNT, self._about.chart_id, level.number, from_ms, to_ms, PAGES_LOOKED_AT)
            for level in LEVELS
        )
        for level, n in zip(LEVELS, counts, strict=True):
            most = ticks if level.number == TICKS else buckets
            if (n or 0) <= most and from_ms >= self._kept[level.number]:
                return level
        return LEVELS[-1]

    def ticks(self, from_ms: float, to_ms: float) -> Ticks | None:
        """Return the ticks with `from_ms` <= time < `to_ms`; None when there are none."""
        page = self._page(LEVELS[TICKS], from_ms, to_ms)
        return None if page is None else tables.as_ticks(self._about, [page])

    def cover(self, level: Level, from_ms: float, to_ms: float) -> Sequence[Buckets]:
        """Return what covers `from_ms` <= time < `to_ms`, oldest first: of `level` inside."""
        if from_ms >= to_ms:
            return []
        kept_ms = self._kept[level.number]
        if from_ms < kept_ms:
            wider = LEVELS[level.number + 1]
            older = self.cover(wider, from_ms, min(to_ms, kept_ms))
            return [*older, *self.cover(level, kept_ms, to_ms)]
        if level.number == TICKS:
            page = self._page(level, from_ms, to_ms)
            if page is None:
                return []
            return [each(Ticks(self._about.epoch, page.last, page.columns[0], page.columns[1:]))]
        return self._cover_inside(level, from_ms, to_ms)

    def _cover_inside(self, level: Level, from_ms: float, to_ms: float) -> Sequence[Buckets]:
        """Return the buckets of a level, and what is finer where they stand over the edges."""
        finer, width_ms = LEVELS[level.number - 1], level.width_ms
        finer_ms = self._kept[finer.number]
        round_from = np.floor if from_ms < finer_ms else np.ceil
        round_to = np.ceil if to_ms < finer_ms else np.floor
        begin_ms = float(round_from(from_ms / width_ms)) * width_ms
        # Up to the last tick: whatever ends before it is complete.
        end_ms = float(round_to(to_ms / width_ms)) * width_ms
        if begin_ms >= end_ms:
            return self.cover(finer, from_ms, to_ms)
        page = self._page(level, begin_ms, end_ms)
        return [
            *self.cover(finer, from_ms, begin_ms),
            *([Buckets(page.columns)] if page else []),
            *self.cover(finer, end_ms, to_ms),
        ]

    def _ask(self, questions: Iterable[tuple[Any, ...]]) -> Sequence[Any]:
        """Return the answers to questions, each a part of a statement with its parameters."""
        parts, parameters = [], []
        for part, *given in questions:
            parts.append(part)
            parameters += given
        return self._connection.rows(f"SELECT {', '.join(parts)}", *parameters)[0]

    def _page(self, level: Level, from_ms: float, to_ms: float) -> Page | None:
        """Return all columns of a level with `from_ms` <= time or start < `to_ms` as one page."""
        pages = tables.pages_between(self._connection, self._about, level.number, from_ms, to_ms)
        if not pages:
            return None
        whole = joined(pages)
        begin, end = np.searchsorted(whole.columns[0], [from_ms, to_ms], "left")
        return whole.cut(int(begin), int(end)) if begin < end else None

    def _kept_from(self, level: Level) -> float:
        """Return from when on a level is whole: a start on the grid of the next."""
        first_ms, wider = self._first[level.number], LEVELS[level.number + 1 :]
        is_cut = any(
            self._first[one.number] < np.floor(first_ms / one.width_ms) * one.width_ms
            for one in wider
            if np.isfinite(first_ms)
        )
        if not is_cut:
            return -np.inf
        return float(np.ceil(first_ms / wider[0].width_ms)) * wider[0].width_ms
