"""What is read from a log beside following it: runs of ticks piece by piece, and windows."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from chartserver.errors import PositionLost, UnknownChart
from chartserver.frames import conflate
from chartserver.shared import scripts
from chartserver.shared.coding import ticks_of
from chartserver.shared.link import Client, Link
from chartserver.shared.log import ENTRIES_AT_ONCE, State, state_of, widened
from chartserver.ticks import Position, Ticks, joined

PIECE_TICKS = 10_000


def pieces(link: Link, chart: str, from_ms: float, to_ms: float) -> Iterator[Ticks]:
    """Yield the ticks with `from_ms` <= time <= `to_ms`, oldest first."""
    last = None
    for ticks in _all(link, chart, _find(link, chart), None):
        begin = int(np.searchsorted(ticks.time_ms, from_ms, "left"))
        end = int(np.searchsorted(ticks.time_ms, to_ms, "right"))
        if begin < end:
            part = _part(ticks, begin, end)
            if last is not None and part.offset - len(part) != last:
                raise PositionLost(
                    f"the ticks after offset {last} are no longer kept, as of this moment: ask anew"
                )
            yield part
            last = part.offset
        if end < len(ticks):
            return


def since(link: Link, chart: str, position: Position) -> Iterator[Ticks]:
    """Yield the ticks after `position`, oldest first."""
    state = _find(link, chart)
    if position.epoch != state.epoch:
        raise PositionLost(
            f"since is of epoch {position.epoch!r}; the history is of {state.epoch!r}:"
            " a snapshot is sent instead"
        )
    if position.offset > state.offset:
        raise PositionLost(
            f"since is at offset {position.offset}; the history ends at {state.offset}:"
            " a snapshot is sent instead"
        )
    last = position.offset
    for ticks in _all(link, chart, state, last):
        begin = last - (ticks.offset - len(ticks))
        if begin < 0:
            raise PositionLost(
                f"since is at offset {last}; the history begins after"
                f" {ticks.offset - len(ticks)}: a snapshot is sent instead"
            )
        yield _part(ticks, begin, len(ticks))
        last = ticks.offset


def reduced(link: Link, chart: str, from_ms: float, to_ms: float, points: int) -> Ticks:
    """Return at most `points` columns that show the same picture as the ticks between."""
    state = _find(link, chart)
    before = 0
    found: list[Ticks] = []
    for ticks in _all(link, chart, state, None):
        begin = int(np.searchsorted(ticks.time_ms, from_ms, "left"))
        end = int(np.searchsorted(ticks.time_ms, to_ms, "right"))
        if not found:
            before = ticks.offset - (len(ticks) - begin)
        if begin < end:
            found.append(_part(ticks, begin, end))
        if end < len(ticks):
            break
    if not found:
        return Ticks(state.epoch, before, np.empty(0), np.empty((len(state.series), 0)))
    return conflate(joined(found), points)


def _find(link: Link, chart: str) -> State:
    state = link.call(lambda client: state_of(client, chart))
    if state is None:
        raise UnknownChart(f"chart {chart!r} is not in Redis; expected one that is")
    return state


def _all(link: Link, chart: str, state: State, after: int | None) -> Iterator[Ticks]:
    """Yield all ticks up to the offset of `state`, from the entry on that has what comes after."""
    n_series = len(state.series)
    key = scripts.key(chart, "log")
    begin, end = f"{(after or 0) + 1}-0", f"{state.offset}-0"
    while True:
        raw = link.call(partial(_entries, key=key, begin=begin, end=end))
        runs = [widened(run, n_series) for run in ticks_of(raw)]
        if runs:
            ticks = joined(runs)
            same = Ticks(state.epoch, ticks.offset, ticks.time_ms, ticks.values)
            for first in range(0, len(same), PIECE_TICKS):
                yield _part(same, first, min(first + PIECE_TICKS, len(same)))
        if len(raw) < ENTRIES_AT_ONCE:
            return
        begin = "(" + raw[-1][0].decode()


def _entries(client: Client, key: str, begin: str, end: str) -> list[Any]:
    found: list[Any] = client.xrange(key, begin, end, count=ENTRIES_AT_ONCE)
    return found


def _part(ticks: Ticks, begin: int, end: int) -> Ticks:
    offset = ticks.offset - (len(ticks) - end)
    return Ticks(ticks.epoch, offset, ticks.time_ms[begin:end], ticks.values[:, begin:end])
