"""What is read from a store: runs of ticks piece by piece, and windows as pictures."""

from collections.abc import Iterator

import numpy as np

from chartserver.errors import PositionLost, UnknownChart
from chartserver.frames import conflate
from chartserver.store import note_table, tables
from chartserver.store.buckets import all_series, joined
from chartserver.store.database import Connection
from chartserver.store.keeping import About
from chartserver.store.pages import TICKS
from chartserver.store.picture import picture
from chartserver.store.reader_pool import ReaderPool
from chartserver.store.store import Restored
from chartserver.store.windows import Windows
from chartserver.ticks import Position, Ticks

# Four full pages are at most 8,192 ticks.
PAGES_A_PIECE = 4
# Up to so many ticks for each point, the ticks themselves are reduced; columns likewise.
TICKS_A_POINT, COLUMNS_A_POINT = 16, 2.5


def restore(
    connection: Connection, chart: str, capacity: int, keys_since_ms: float
) -> Restored | None:
    """Return a chart with its last ticks; None when it is not in the store."""
    about = tables.find_chart(connection, chart)
    if about is None:
        return None
    end = tables.end_of(connection, chart)
    pages = tables.pages_after(connection, about, max(0, end - capacity))
    ticks = tables.as_ticks(about, pages) if pages else _no_ticks(about, end)
    keys = tables.kept_keys(connection, about, keys_since_ms)
    notes = note_table.load(connection, chart)
    return Restored(about.title, about.series, _last(ticks, capacity), keys, notes)


def pieces(pool: ReaderPool, chart: str, from_ms: float, to_ms: float) -> Iterator[Ticks]:
    """Yield the ticks with `from_ms` <= time <= `to_ms`, oldest first."""
    end_ms, last = np.nextafter(to_ms, np.inf), 0
    while True:
        with pool.reading() as connection:
            about = find(connection, chart)
            pages = tables.pages_between(
                connection, about, TICKS, from_ms, end_ms, after=last, most=PAGES_A_PIECE
            )
        if not pages:
            return
        if last and pages[0].last - len(pages[0]) != last:
            raise PositionLost(
                f"the ticks after offset {last} are no longer kept, as of this moment: ask anew"
            )
        last = pages[-1].last
        ticks = tables.as_ticks(about, pages)
        begin, end = np.searchsorted(ticks.time_ms, [from_ms, end_ms], "left")
        if begin < end:
            yield _part(ticks, int(begin), int(end))


def since(pool: ReaderPool, chart: str, position: Position) -> Iterator[Ticks]:
    """Yield the ticks after `position`, oldest first."""
    last = position.offset
    while True:
        with pool.reading() as connection:
            about = find(connection, chart)
            _check_kept(connection, about, Position(position.epoch, last))
            pages = tables.pages_after(connection, about, last, PAGES_A_PIECE)
        if not pages:
            return
        ticks = tables.as_ticks(about, pages)
        yield _last(ticks, ticks.offset - last)
        last = ticks.offset


def reduced(connection: Connection, chart: str, from_ms: float, to_ms: float, points: int) -> Ticks:
    """Return at most `points` columns that show the same picture as the ticks between."""
    about = find(connection, chart)
    windows = Windows(connection, about)
    from_ms = max(from_ms, windows.first_ms)
    end_ms = float(np.nextafter(min(to_ms, windows.last_ms), np.inf))
    if from_ms >= end_ms:
        return _no_ticks(about, tables.end_before(connection, about, from_ms))
    level = windows.best_level(
        from_ms, end_ms, TICKS_A_POINT * points, int(COLUMNS_A_POINT * points)
    )
    if level.number == TICKS:
        ticks = windows.ticks(from_ms, end_ms)
        if ticks is None:
            return _no_ticks(about, tables.end_before(connection, about, from_ms))
        return conflate(ticks, points)
    buckets = joined(windows.cover(level, from_ms, end_ms))
    return picture(about.epoch, all_series(buckets, len(about.series)), points)


def find(connection: Connection, chart: str) -> About:
    """Return what is known of a chart, or raise UnknownChart."""
    about = tables.find_chart(connection, chart)
    if about is None:
        raise UnknownChart(f"chart {chart!r} is not in the store")
    return about


def _check_kept(connection: Connection, about: About, position: Position) -> None:
    """Raise PositionLost, as a history in memory does, when ticks after `position` are gone."""
    if position.epoch != about.epoch:
        raise PositionLost(
            f"since is of epoch {position.epoch!r}; the history is of {about.epoch!r}:"
            " a snapshot is sent instead"
        )
    end, first = tables.end_of(connection, about.name), tables.first_offset(connection, about)
    if position.offset > end:
        raise PositionLost(
            f"since is at offset {position.offset}; the history ends at {end}:"
            " a snapshot is sent instead"
        )
    if position.offset < first - 1:
        raise PositionLost(
            f"since is at offset {position.offset}; the history begins after {first - 1}:"
            " a snapshot is sent instead"
        )


def _part(ticks: Ticks, begin: int, end: int) -> Ticks:
    """Return the ticks from `begin` to before `end` of a run."""
    offset = ticks.offset - (len(ticks) - end)
    return Ticks(ticks.epoch, offset, ticks.time_ms[begin:end], ticks.values[:, begin:end])


def _last(ticks: Ticks, n: int) -> Ticks:
    return _part(ticks, max(0, len(ticks) - n), len(ticks))


def _no_ticks(about: About, offset: int) -> Ticks:
    return Ticks(about.epoch, offset, np.empty(0), np.empty((len(about.series), 0)))
