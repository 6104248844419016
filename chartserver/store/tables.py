"""The tables of a store and what is written into and read from them.

Knows SQL and the shapes of rows; which pages are written when, `keeping` knows.
"""

import json
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import asdict

import numpy as np

from chartserver.batch import KeptKey
from chartserver.errors import ConfigError, StoreFault
from chartserver.store.buckets import NO_BUCKETS, Buckets
from chartserver.store.database import Connection, Row
from chartserver.store.keeping import About, Keeping, Step
from chartserver.store.levels import LEVELS, ROLL_UPS
from chartserver.store.pages import TICKS, Page, Tail, decode, full, joined
from chartserver.store.rollups import Rollups
from chartserver.ticks import Series, Ticks

SCHEMA_VERSION = 1
# The newest pages of a level, among which the tail is: more than can be short.
TAIL_PAGES = 200
SCHEMA = (
    "CREATE TABLE IF NOT EXISTS chartserver_schema (version INTEGER NOT NULL)",
    """CREATE TABLE IF NOT EXISTS chartserver_charts (
        id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, epoch TEXT NOT NULL,
        title TEXT NOT NULL, series TEXT NOT NULL, n_series INTEGER NOT NULL,
        is_pushed INTEGER NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS chartserver_pages (
        chart INTEGER NOT NULL, level INTEGER NOT NULL, last BIGINT NOT NULL, n INTEGER NOT NULL,
        from_ms DOUBLE PRECISION NOT NULL, until_ms DOUBLE PRECISION NOT NULL,
        data {blob} NOT NULL, PRIMARY KEY (chart, level, last))""",
    """CREATE INDEX IF NOT EXISTS chartserver_pages_times
        ON chartserver_pages (chart, level, until_ms, last, from_ms, n)""",
    """CREATE TABLE IF NOT EXISTS chartserver_keys (
        chart INTEGER NOT NULL, digest TEXT NOT NULL, last BIGINT NOT NULL, n INTEGER NOT NULL,
        n_kept INTEGER NOT NULL, kept_ms DOUBLE PRECISION NOT NULL, PRIMARY KEY (chart, digest))""",
    "CREATE INDEX IF NOT EXISTS chartserver_keys_times ON chartserver_keys (kept_ms)",
)
CHART = "SELECT id, name, epoch, title, series, is_pushed FROM chartserver_charts WHERE name = ?"
PUSHED = "SELECT name FROM chartserver_charts WHERE is_pushed = 1 ORDER BY id"
PUT_CHART = """INSERT INTO chartserver_charts
    (id, name, epoch, title, series, n_series, is_pushed) VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (id) DO UPDATE SET title = excluded.title, series = excluded.series,
    n_series = excluded.n_series, is_pushed = excluded.is_pushed"""
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


def make_tables(connection: Connection, blob_type: str) -> None:
    """Make the tables, unless they are there; in a transaction.

    Raises:
        ConfigError: they are of a version that this program does not know.
    """
    connection.rows(SCHEMA[0])
    found = connection.rows("SELECT version FROM chartserver_schema")
    if not found:
        for statement in SCHEMA:
            connection.rows(statement.format(blob=blob_type))
        connection.rows("INSERT INTO chartserver_schema (version) VALUES (?)", SCHEMA_VERSION)
    elif (version := found[0][0]) != SCHEMA_VERSION:
        raise ConfigError(
            f"is of version {version}; this program knows version"
            f" {SCHEMA_VERSION}: use the program that wrote it, or another store"
        )


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


def load(connection: Connection, name: str) -> Keeping:
    """Return the state of a chart: that of a new one, with an epoch of its own, if there is none.

    A new chart's number is provisional until it is written.
    """
    about = find_chart(connection, name)
    if about is None:
        number = connection.rows("SELECT coalesce(max(id), 0) + 1 FROM chartserver_charts")[0][0]
        return Keeping(About(number, name, secrets.token_hex(4)), is_new=True)
    tails = {level.number: _tail(connection, about.chart_id, level.number) for level in LEVELS}
    newest = connection.rows(LAST_PAGES, about.chart_id, TICKS, 1)
    return Keeping(
        about,
        offset=newest[0][1] if newest else 0,
        tails=tails,
        rollups=_rollups(connection, about),
    )


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


def _tail(connection: Connection, chart: int, level: int) -> Tail:
    pages: list[Page] = []
    for row in connection.rows(LAST_PAGES, chart, level, TAIL_PAGES):
        one = page(row)
        if len(one) >= full(level, len(one.columns)):
            break
        pages.insert(0, one)
    return Tail(pages)


def _rollups(connection: Connection, about: About) -> Rollups:
    """Return what is under way: at each level all that the last of its buckets does not hold."""
    parts, ticks = [], []
    for level in ROLL_UPS:
        newest = connection.rows(LAST_PAGES, about.chart_id, level.number, 1)
        end_ms = page(newest[0]).until_ms + level.width_ms if newest else -np.inf
        rows = connection.rows(
            PAGES_FROM, about.chart_id, level.number - 1, float(end_ms), PAGES_MAX
        )
        pages = [page(row) for row in rows]
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
        len(series),
        int(about.is_pushed),
    )


def _page_row(chart: int, one: Page) -> Row:
    return chart, one.level, one.last, len(one), one.from_ms, one.until_ms, one.encode()
