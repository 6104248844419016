"""What is written into the tables of a store, and read from them.

Knows SQL and the shapes of rows; which pages are written when, `keeping` knows.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict

import numpy as np

from chartserver.batch import KeptKey
from chartserver.errors import ConfigError, StoreFault
from chartserver.store.database import Connection, Row
from chartserver.store.keeping import About, Step
from chartserver.store.pages import TICKS, Page, decode, joined
from chartserver.ticks import Series, Ticks

CHART = "SELECT id, name, epoch, title, series, is_pushed FROM chartserver_charts WHERE name = ?"
PUSHED = "SELECT name FROM chartserver_charts WHERE is_pushed = 1 ORDER BY id"
PUT_CHART = """INSERT INTO chartserver_charts
    (id, name, epoch, title, series, is_pushed) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (id) DO UPDATE SET title = excluded.title, series = excluded.series,
    is_pushed = excluded.is_pushed"""
PUT_PAGE = """INSERT INTO chartserver_pages
    (chart, level, last, n, from_ms, until_ms, data) VALUES (?, ?, ?, ?, ?, ?, ?)"""
DROP_PAGE = "DELETE FROM chartserver_pages WHERE chart = ? AND level = ? AND last = ?"
PUT_KEY = """INSERT INTO chartserver_keys (chart, digest, last, n, n_kept, kept_ms)
    VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (chart, digest) DO UPDATE SET
    last = excluded.last, n_kept = excluded.n_kept, kept_ms = excluded.kept_ms"""
KEYS = """SELECT digest, last, n, n_kept FROM chartserver_keys
    WHERE chart = ? AND kept_ms >= ? ORDER BY last"""
LAST_PAGES = """SELECT level, last, n, data FROM chartserver_pages
    WHERE chart = ? AND level = ? ORDER BY last DESC LIMIT ?"""
PAGES_FROM = """SELECT level, last, n, data FROM chartserver_pages
    WHERE chart = ? AND level = ? AND until_ms >= ? ORDER BY until_ms, last LIMIT ?"""
PAGES_BETWEEN = """SELECT level, last, n, data FROM chartserver_pages
    WHERE chart = ? AND level = ? AND last > ? AND last >= (SELECT last FROM chartserver_pages
        WHERE chart = ? AND level = ? AND until_ms >= ? ORDER BY until_ms, last LIMIT 1)
    AND last <= coalesce((SELECT last FROM chartserver_pages
        WHERE chart = ? AND level = ? AND until_ms >= ? ORDER BY until_ms, last LIMIT 1), ?)
    ORDER BY last LIMIT ?"""
OFFSET_MAX, PAGES_MAX = 2**53, 2**31 - 1
PAGES_AFTER = """SELECT level, last, n, data FROM chartserver_pages
    WHERE chart = ? AND level = ? AND last > ? ORDER BY last LIMIT ?"""
OLDEST = """SELECT last, n FROM chartserver_pages
    WHERE chart = ? AND level = ? ORDER BY last LIMIT 1"""


def write(connection: Connection, steps: Iterable[Step], now_ms: float) -> None:
    """Write all steps; in a transaction."""
    for step in steps:
        about = step.after.about
        if step.is_told:
            connection.rows(PUT_CHART, *_chart_row(about))
        chart = about.chart_id
        connection.run_many(DROP_PAGE, [(chart, *key) for key in step.change.gone])
        connection.run_many(PUT_PAGE, [_page_row(chart, page) for page in step.change.put])
        connection.run_many(PUT_KEY, [(chart, *key, now_ms) for key in step.keys])


def find_chart(connection: Connection, name: str) -> About | None:
    """Return what is known of a chart beside its ticks; None when it is not in the store."""
    found = connection.rows(CHART, name)
    if not found:
        return None
    number, _, epoch, title, series, is_pushed = found[0]
    try:
        described = [Series(**one) for one in json.loads(series)]
    except (ValueError, TypeError, ConfigError):
        raise StoreFault(
            f"the series of chart {name!r} cannot be read: the store is damaged, restore a backup"
        ) from None
    return About(number, name, epoch, title, tuple(described), bool(is_pushed))


def pushed_names(connection: Connection) -> Sequence[str]:
    """Return the charts that pushes have made, in the order in which they came."""
    return [name for (name,) in connection.rows(PUSHED)]


def end_of(connection: Connection, name: str) -> int:
    """Return the offset at which a chart ends; 0 when it is not in the store."""
    about = find_chart(connection, name)
    newest = connection.rows(LAST_PAGES, about.chart_id, TICKS, 1) if about else ()
    return int(newest[0][1]) if newest else 0


def end_before(connection: Connection, about: About, time_ms: float) -> int:
    """Return the offset of the last tick before then; 0 when there is none."""
    rows = connection.rows(PAGES_FROM, about.chart_id, TICKS, float(time_ms), 1)
    if not rows:
        return end_of(connection, about.name)
    first = page(rows[0])
    return first.last - len(first) + int(np.searchsorted(first.columns[0], time_ms, "left"))


def kept_keys(connection: Connection, about: About, since_ms: float) -> Sequence[KeptKey]:
    """Return the pushes that were kept since then, by their position."""
    return [KeptKey(*row) for row in connection.rows(KEYS, about.chart_id, since_ms)]


def pages_between(
    connection: Connection,
    about: About,
    level: int,
    from_ms: float,
    to_ms: float,
    *,
    after: int = 0,
    most: int = PAGES_MAX,
) -> Sequence[Page]:
    """Return the pages that may have columns with `from_ms` <= time < `to_ms`, oldest first.

    `after` is where to read on, the `last` of a page; `most` bounds the pages.
    """
    of = (about.chart_id, level)
    rows = connection.rows(
        PAGES_BETWEEN, *of, after, *of, float(from_ms), *of, float(to_ms), OFFSET_MAX, most
    )
    return [page(row) for row in rows]


def page(row: Row) -> Page:
    """Return the page of a row: level, last, n and data."""
    level, last, n, data = row
    return Page(level, last, decode(data, n))


def pages_after(
    connection: Connection, about: About, offset: int, most: int = PAGES_MAX
) -> Sequence[Page]:
    """Return the pages that have ticks after `offset`, oldest first."""
    rows = connection.rows(PAGES_AFTER, about.chart_id, TICKS, offset, most)
    return [page(row) for row in rows]


def first_offset(connection: Connection, about: About) -> int:
    """Return the offset of the oldest tick that is kept; 1 when none has come."""
    oldest = connection.rows(OLDEST, about.chart_id, TICKS)
    return int(oldest[0][0] - oldest[0][1] + 1) if oldest else 1


def as_ticks(about: About, pages: Sequence[Page]) -> Ticks:
    """Return pages of ticks, at least one, as ticks of all series."""
    whole = joined(pages)
    values = np.full((len(about.series), len(whole)), np.nan)
    rows = whole.columns[1 : len(about.series) + 1]
    values[: len(rows)] = rows
    return Ticks(about.epoch, whole.last, whole.columns[0].copy(), values)


def _chart_row(about: About) -> Row:
    series = [
        {key: value for key, value in asdict(one).items() if key != "limits"}
        for one in about.series
    ]
    return (
        about.chart_id,
        about.name,
        about.epoch,
        about.title,
        json.dumps(series),
        int(about.is_pushed),
    )


def _page_row(chart: int, one: Page) -> Row:
    return chart, one.level, one.last, len(one), one.from_ms, one.until_ms, one.encode()
