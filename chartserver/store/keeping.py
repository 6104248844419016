"""What a store keeps of one chart, and how a batch changes it.

Pure: a batch comes in, numbered ticks and pages to be written come out, with the state after them.
Nothing holds until it is written: who cannot write has the state before.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from chartserver.batch import Batch, KeptKey
from chartserver.store.pages import TICKS, Change, Page, Tail
from chartserver.store.rollups import Rollups
from chartserver.ticks import Series, Ticks


@dataclass(frozen=True, slots=True)
class About:
    """What is known of a chart beside its ticks."""

    chart_id: int
    name: str
    epoch: str
    title: str = ""
    series: Sequence[Series] = ()
    is_pushed: bool = False

    def told(self, batch: Batch) -> "About":
        """Return what is known after `batch`."""
        return replace(
            self,
            title=batch.title or self.title,
            series=tuple(batch.series) or self.series,
            is_pushed=self.is_pushed or batch.is_pushed,
        )


@dataclass(frozen=True, slots=True)
class Keeping:
    """The state of a chart: what is known of it, where it ends, and what is not complete yet."""

    about: About
    is_new: bool = False
    offset: int = 0
    tails: Mapping[int, Tail] = field(default_factory=dict)
    rollups: Rollups = field(default_factory=Rollups)

    def take(self, batch: Batch) -> "Step":
        """Return what keeping `batch` takes."""
        about = self.about.told(batch)
        if self.is_new and batch.epoch:
            # Viewers have it already, of a history in which nothing was kept yet.
            about = replace(about, epoch=batch.epoch)
        offset = self.offset + len(batch)
        ticks = Ticks(about.epoch, offset, batch.time_ms, batch.values)
        keys = [KeptKey(key.digest, self.offset + key.end, key.n, key.n_kept) for key in batch.keys]
        change = Change()
        tails, rollups = self.tails, self.rollups
        if len(ticks):
            rollups, complete = rollups.take(ticks)
            tails = dict(tails)
            columns = np.concatenate([ticks.time_ms[np.newaxis], ticks.values])
            pages = [Page(TICKS, offset, columns)]
            pages += [
                Page(level, int(buckets.columns[3, -1]), buckets.columns)
                for level, buckets in complete.items()
            ]
            for page in pages:
                tails[page.level] = tails.get(page.level, Tail()).take(page, change)
        return Step(
            ticks=ticks,
            keys=keys,
            change=change,
            is_told=self.is_new or about != self.about,
            after=Keeping(about, False, offset, tails, rollups),
        )


@dataclass(frozen=True, slots=True)
class Step:
    """What is to be written to keep one batch, and the state after it.

    `is_told` says whether what is known of the chart is to be written as well.
    """

    ticks: Ticks
    keys: Sequence[KeptKey]
    change: Change
    is_told: bool
    after: Keeping
