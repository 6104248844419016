"""What is too old is dropped, finest level first, in small steps.

Ticks are dropped only once a roll-up holds them. The space is used again by what comes; nothing is
moved, so nobody waits for it.
"""

from collections.abc import Callable

from chartserver.store.database import Connection
from chartserver.store.levels import DAY_MS, LEVELS, Level, Retention
from chartserver.store.pages import TICKS

PAGES_A_STEP = 64
KEYS_KEPT_MS = DAY_MS
CHARTS = "SELECT id, name FROM chartserver_charts ORDER BY id"
NEWEST = """SELECT until_ms FROM chartserver_pages
    WHERE chart = ? AND level = ? ORDER BY last DESC LIMIT 1"""
OLD = """SELECT last FROM chartserver_pages
    WHERE chart = ? AND level = ? AND until_ms < ? ORDER BY until_ms, last LIMIT ?"""
DROP = "DELETE FROM chartserver_pages WHERE chart = ? AND level = ? AND last <= ?"
DROP_KEYS = "DELETE FROM chartserver_keys WHERE kept_ms < ?"


class Pruning:
    """Drops what is older than the `retention` of its chart, by name."""

    def __init__(self, retention: Callable[[str], Retention]) -> None:
        self._retention = retention

    def step(self, connection: Connection, now_ms: float) -> bool:
        """Drop a few pages of each chart; in a transaction. Whether there are more."""
        connection.rows(DROP_KEYS, now_ms - KEYS_KEPT_MS)
        has_more = False
        for chart, name in connection.rows(CHARTS):
            newest_ms = _newest_ms(connection, chart, TICKS)
            if newest_ms is None:
                continue
            # A chart of the past, or one with a clock that runs ahead, keeps its days as well.
            end_ms = min(now_ms, newest_ms)
            retention = self._retention(name)
            for level in LEVELS:
                before_ms = end_ms - retention.kept_ms(level)
                has_more |= _drop(connection, chart, level, before_ms)
        return has_more


def _drop(connection: Connection, chart: int, level: Level, before_ms: float) -> bool:
    """Drop a few pages that end before then; whether there are more."""
    if level is not LEVELS[-1]:
        wider = LEVELS[level.number + 1]
        newest_ms = _newest_ms(connection, chart, wider.number)
        if newest_ms is None:
            return False
        before_ms = min(before_ms, newest_ms + wider.width_ms)
    # The newest page stays: from it the next bucket is known.
    own_ms = _newest_ms(connection, chart, level.number)
    if own_ms is None or before_ms == float("-inf"):
        return False
    before_ms = min(before_ms, own_ms)
    old = connection.rows(OLD, chart, level.number, before_ms, PAGES_A_STEP)
    if old:
        connection.rows(DROP, chart, level.number, old[-1][0])
    return len(old) == PAGES_A_STEP


def _newest_ms(connection: Connection, chart: int, level: int) -> float | None:
    """Return the time of the last tick, or the start of the last bucket, of a level."""
    found = connection.rows(NEWEST, chart, level)
    return float(found[0][0]) if found else None
