"""Pages: runs of ticks or of buckets as a store keeps them, each one block of bytes.

What comes is put down at once, as a small page. Small pages are put together as they become many,
until one is full and stays as it is. So a tick is written twice or thrice, and reading a long run
costs what its bytes cost, not what its ticks are.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from chartserver.errors import StoreFault
from chartserver.store.buckets import LAST_OFFSET, START, stacked
from chartserver.ticks import Floats

NUMBER = np.dtype("<f8")
# A page is read whole: of buckets fewer, for a bucket is wider than a tick.
TICKS_MAX, BUCKETS_MAX, COLUMNS_MIN = 2_048, 256, 16
NUMBERS_MAX = 65_536
# So many small pages, of fewer columns than this each, become one.
SMALL = 64
TICKS = 0


@dataclass(frozen=True, slots=True)
class Page:
    """Columns of one level: time and values of ticks, or buckets.

    `last` is the offset of the last tick that is in it.
    """

    level: int
    last: int
    columns: Floats

    def __len__(self) -> int:
        return len(self.columns[START])

    @property
    def from_ms(self) -> float:
        """The time of the first tick, the start of the first bucket."""
        return float(self.columns[START, 0])

    @property
    def until_ms(self) -> float:
        """The time of the last tick, the start of the last bucket."""
        return float(self.columns[START, -1])

    def encode(self) -> bytes:
        """Return the columns as bytes, row by row."""
        return np.ascontiguousarray(self.columns, NUMBER).tobytes()

    def cut(self, begin: int, end: int) -> "Page":
        """Return the columns from `begin` to before `end` as a page."""
        columns = self.columns[:, begin:end]
        if self.level == TICKS:
            return Page(self.level, self.last - (len(self) - end), columns)
        return Page(self.level, int(columns[LAST_OFFSET, -1]), columns)

    def pieces(self, most: int) -> Iterator["Page"]:
        """Yield the page in pieces of `most` columns; the last may be shorter."""
        for begin in range(0, len(self), most):
            yield self.cut(begin, min(begin + most, len(self)))


def decode(data: bytes, n: int) -> Floats:
    """Return the columns of a page of `n`; they cannot be written to.

    Raises:
        StoreFault: these are not the bytes of a page.
    """
    if n <= 0 or not data or len(data) % (n * NUMBER.itemsize):
        raise StoreFault(
            f"a page of the store has {len(data)} bytes for {n} columns; expected"
            " a multiple of 8 bytes for each: the store is damaged, restore a backup"
        )
    return np.frombuffer(data, NUMBER).reshape(-1, n)


def full(level: int, n_rows: int) -> int:
    """Return how many columns a page of so many rows takes."""
    most = TICKS_MAX if level == TICKS else BUCKETS_MAX
    return min(most, max(COLUMNS_MIN, NUMBERS_MAX // n_rows))


def joined(pages: Sequence[Page]) -> Page:
    """Return pages of one level, in order, as one."""
    last = pages[-1]
    return Page(last.level, last.last, stacked([page.columns for page in pages]))


@dataclass(slots=True)
class Change:
    """Pages to be written, and those that they replace: (level, last) of each."""

    put: list[Page] = field(default_factory=list)
    gone: list[tuple[int, int]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Tail:
    """The last pages of a level, those that are not full."""

    pages: Sequence[Page] = ()

    def take(self, page: Page, change: Change) -> "Tail":
        """Return the tail after `page`; what is to be written for it goes into `change`."""
        whole = [*self.pages, page]
        most = full(page.level, max(len(one.columns) for one in whole))
        if sum(map(len, whole)) >= most:
            return self._replaced(len(self.pages), joined(whole), change, most)
        n_small = 1
        while n_small < len(whole) and len(whole[-n_small - 1]) < SMALL:
            n_small += 1
        if n_small >= SMALL:
            return self._replaced(n_small - 1, joined(whole[-n_small:]), change, most)
        return self._replaced(0, page, change, most)

    def _replaced(self, n_gone: int, page: Page, change: Change, most: int) -> "Tail":
        stay = self.pages[: len(self.pages) - n_gone]
        change.gone += [(one.level, one.last) for one in self.pages[len(stay) :]]
        made = list(page.pieces(most))
        change.put += made
        return Tail([*stay, *(one for one in made if len(one) < most)])


Tails = Mapping[int, Tail]
