"""The state of a chart as the store has it: where whoever writes goes on after a restart."""

import secrets

import numpy as np

from chartserver.store import tables
from chartserver.store.buckets import NO_BUCKETS, Buckets
from chartserver.store.database import Connection
from chartserver.store.keeping import About, Keeping
from chartserver.store.levels import LEVELS, ROLL_UPS
from chartserver.store.pages import TICKS, Page, Tail, full, joined
from chartserver.store.rollups import Rollups
from chartserver.ticks import Ticks

# The newest pages of a level, among which the tail is: more than can be short.
TAIL_PAGES = 200


def load(connection: Connection, name: str) -> Keeping:
    """Return the state of a chart: that of a new one, with an epoch of its own, if there is none.

    A new chart's number is provisional until it is written.
    """
    about = tables.find_chart(connection, name)
    if about is None:
        number = connection.rows("SELECT coalesce(max(id), 0) + 1 FROM chartserver_charts")[0][0]
        return Keeping(About(number, name, secrets.token_hex(4)), is_new=True)
    tails = {level.number: _tail(connection, about.chart_id, level.number) for level in LEVELS}
    newest = connection.rows(tables.LAST_PAGES, about.chart_id, TICKS, 1)
    return Keeping(
        about,
        offset=newest[0][1] if newest else 0,
        tails=tails,
        rollups=_rollups(connection, about),
    )


def _tail(connection: Connection, chart: int, level: int) -> Tail:
    pages: list[Page] = []
    for row in connection.rows(tables.LAST_PAGES, chart, level, TAIL_PAGES):
        one = tables.page(row)
        if len(one) >= full(level, len(one.columns)):
            break
        pages.insert(0, one)
    return Tail(pages)


def _rollups(connection: Connection, about: About) -> Rollups:
    """Return what is under way: at each level all that the last of its buckets does not hold."""
    parts, ticks = [], []
    for level in ROLL_UPS:
        newest = connection.rows(tables.LAST_PAGES, about.chart_id, level.number, 1)
        end_ms = tables.page(newest[0]).until_ms + level.width_ms if newest else -np.inf
        rows = connection.rows(
            tables.PAGES_FROM, about.chart_id, level.number - 1, float(end_ms), tables.PAGES_MAX
        )
        pages = [tables.page(row) for row in rows]
        whole = joined(pages) if pages else None
        begin = 0 if whole is None else int(np.searchsorted(whole.columns[0], end_ms, "left"))
        if level.number == 1:
            parts.append(NO_BUCKETS)
            if whole is not None and begin < len(whole):
                rest = whole.columns[:, begin:]
                ticks.append(Ticks(about.epoch, whole.last, rest[0], rest[1:]))
        else:
            parts.append(Buckets(whole.columns[:, begin:]) if whole is not None else NO_BUCKETS)
    return Rollups(ticks, parts)
