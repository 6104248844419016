"""A batch: what has come of one chart, in order, on its way into the history.

Plain values: whoever keeps histories numbers the ticks and says so in `ticks`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from chartserver.receipt import Receipt
from chartserver.ticks import Floats, Series, Ticks


class PushKey(NamedTuple):
    """What a push is known by, when it is repeated, and how far it has come.

    Attributes:
        digest: names the push; of one chart, and never that of another push.
        end: how many columns of the batch lead to the last tick of the push that is in it, and
            with it: the offset before the batch, and `end`, make the position of the push.
        n: ticks of the push.
        n_kept: ticks of the push that are in this batch or in one before it: a push of which
            earlier ticks were awaited may come in parts.
        n_before: those of them that are in a batch before it.
    """

    digest: str
    end: int
    n: int
    n_kept: int
    n_before: int = 0


class KeptKey(NamedTuple):
    """A push that was kept: the key, the offset that it led to, its ticks, those kept of them."""

    digest: str
    offset: int
    n: int
    n_kept: int


@dataclass(frozen=True, slots=True)
class Late:
    """A batch begins before the last tick of its chart, which another process has kept."""

    last_ms: float


@dataclass(frozen=True, slots=True)
class Repeated:
    """Some pushes of a batch were kept before, by another process; these are they."""

    keys: Sequence[KeptKey]


@dataclass(frozen=True, slots=True)
class Fenced:
    """Another process runs the source of the chart now: what ours has given is not wanted."""


Refusal = Late | Repeated | Fenced


@dataclass(slots=True, eq=False)
class Batch:
    """Ticks of one chart, in the order of time, to be kept all together or not at all.

    Attributes:
        chart: the chart's name.
        time_ms: shape (n,), not falling, not before the last tick that was kept.
        values: shape (m, n), NaN for missing; m may be less than the number of series, and those
            after the first m miss all of this batch.
        epoch: of the chart's history; a chart that is not kept yet is to be kept under it.
        title: of the chart; "" when it has none.
        series: all of the chart, in the order of the values.
        keys: of the pushes in it; to be kept with the ticks.
        is_pushed: whether a push made the chart, so that it comes back without being asked for.
        arrived_s: when the first of these ticks had come, on the clock of the chart.
        receipts: of the pushes that end here, each with the columns that lead to its last tick.
        fence: of the lease under which a source gave these ticks: it must still be held; "" for
            ticks that anybody may give.
        parts: what it was made of, to be put back where it is refused.
        ticks: the numbered ticks, once they are kept.
        refusal: why they are not, and never will be as they stand: none was kept. Of histories
            that several processes share.
    """

    chart: str
    time_ms: Floats
    values: Floats
    epoch: str = ""
    title: str = ""
    series: Sequence[Series] = ()
    keys: Sequence[PushKey] = ()
    is_pushed: bool = False
    arrived_s: float = 0.0
    receipts: Sequence[tuple[Receipt, int]] = ()
    fence: str = ""
    parts: Sequence[Any] = ()
    ticks: Ticks | None = None
    refusal: Refusal | None = None

    def __len__(self) -> int:
        return len(self.time_ms)

    def complete(self, ticks: Ticks) -> None:
        """Tell those who pushed that these ticks, numbered, are in the history."""
        before = ticks.offset - len(self)
        for receipt, end in self.receipts:
            receipt.complete(ticks.epoch, before + end)
