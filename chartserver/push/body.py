"""What a request brought for one chart: a run of ticks, and the line in which each stood."""

from collections.abc import Iterator, Sequence
from typing import AnyStr, NamedTuple

import numpy as np

from chartserver.errors import BadPush, BadTick, RunTooLong
from chartserver.ticks import RUN_TICKS_MAX, Floats, Run

# Ticks that have few series each would else grow when they become columns of all series.
CELLS_MAX = 4_000_000


class Body(NamedTuple):
    """A run of ticks; `lines` has the line of each one, None when a body is not read by lines."""

    run: Run
    lines: Sequence[int] | None = None

    def located(self, fault: BadTick) -> BadPush:
        """Return a fault of a tick, with the line in which that stood."""
        told = BadPush(str(fault), index=fault.index, last_ms=fault.last_ms)
        return located(told, self.lines)


def located(fault: BadPush, lines: Sequence[int] | None) -> BadPush:
    """Return a fault of a tick as one of the line in which that stood, where there are lines."""
    if fault.index is None or not lines:
        return fault
    return BadPush(str(fault), line=lines[fault.index], last_ms=fault.last_ms)


def columns(rows: Sequence[Floats]) -> Floats:
    """Return columns of one length as an array of shape (n_series, n)."""
    return np.stack(rows) if rows else np.empty((0, 0))


def lines_of(text: AnyStr, feed: AnyStr) -> Iterator[tuple[int, AnyStr]]:
    """Yield each line with its number, one at a time: there may be millions of them."""
    number, begin = 1, 0
    while (end := text.find(feed, begin)) >= 0:
        yield number, text[begin:end]
        number, begin = number + 1, end + 1
    yield number, text[begin:]


def check_count(n_ticks: int) -> None:
    """Raise RunTooLong when so many ticks have been read that no chart takes them at once."""
    if n_ticks > RUN_TICKS_MAX:
        raise RunTooLong(
            f"got more than {RUN_TICKS_MAX} ticks at once; expected at most {RUN_TICKS_MAX}:"
            " push them in parts",
            RUN_TICKS_MAX,
        )


def check_size(n_series: int, n_ticks: int, most_series: int) -> None:
    """Raise BadPush when the columns of so many series would be too many, or too large."""
    if n_series > most_series:
        raise BadPush(f"got {n_series} series; expected at most {most_series} in a chart")
    if n_series * n_ticks > CELLS_MAX:
        raise BadPush(
            f"got {n_ticks} ticks of {n_series} series; expected at most {CELLS_MAX} values at"
            " once: push fewer ticks at a time"
        )
