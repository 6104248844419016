"""A log in memory that several keepers share, whose time the tests own: it decides when told to."""

import secrets
from dataclasses import replace

from chartserver.batch import Fenced, KeptKey, Late, Repeated
from chartserver.push_keys import OF
from chartserver.shared.news import Came, Renewed, SeriesCame, Told
from chartserver.store.store import Restored
from chartserver.ticks import Ticks, joined


class MemoryLog:
    """One chart's log. Each process has a `Side` of it; `decide` and `tell_all` move things on."""

    def __init__(self, epoch="9f2c41aa"):
        self.epoch = epoch
        self.series = []
        self.runs = []
        self.offset = 0
        self.last_ms = float("-inf")
        self.keys = {}
        self.token = ""
        self.waiting = []
        self.sides = []

    def side(self):
        """Return the side of one more process."""
        self.sides.append(Side(self))
        return self.sides[-1]

    def agree(self, series):
        """Add series, and tell all."""
        known = {one.name for one in self.series}
        self.series += [one for one in series if one.name not in known]
        self.tell(SeriesCame(tuple(self.series)))
        return tuple(self.series)

    def tell(self, news):
        for side in self.sides:
            side.untold.append(news)

    def decide(self):
        """Keep or refuse all that waits, in the order in which it came."""
        waiting, self.waiting = self.waiting, []
        for batch, on_done in waiting:
            self._decide(batch)
            on_done()

    def _decide(self, batch):
        repeated = [self.keys[name] for name in map(_name, batch.keys) if name in self.keys]
        if batch.fence and batch.fence != self.token:
            batch.refusal = Fenced()
        elif any(key.n_kept == key.n for key in repeated):
            batch.refusal = Repeated(repeated)
        elif batch.time_ms[0] < self.last_ms:
            batch.refusal = Late(self.last_ms)
        else:
            before, self.offset = self.offset, self.offset + len(batch)
            self.last_ms = float(batch.time_ms[-1])
            keys = [KeptKey(key.digest, before + key.end, key.n, key.n_kept) for key in batch.keys]
            self.keys |= {_name(key): key for key in keys}
            batch.ticks = Ticks(self.epoch, self.offset, batch.time_ms, batch.values)
            self.runs.append(batch.ticks)
            self.tell(Came(batch.ticks, keys))

    def renew(self, reason="lost", n_lost=0):
        """Begin a new epoch, whose offsets go on; without the last `n_lost` ticks and all keys."""
        came_from, self.epoch = self.epoch, secrets.token_hex(4)
        self.offset -= n_lost
        ticks = replace(joined(self.runs).first(self.offset), epoch=self.epoch)
        self.runs = [ticks]
        self.keys = {} if n_lost else self.keys
        restored = Restored(
            "",
            tuple(self.series),
            ticks,
            list(self.keys.values()),
            came_from=came_from,
            came_at=self.offset,
        )
        self.tell(Renewed(restored, reason))


class Side:
    """What one process has of the log: the seam that a keeper sees."""

    def __init__(self, log):
        self.fault = ""
        self.untold = []
        self.told = []
        self.watched = []
        self.log = log

    def fault_of(self, chart):
        return self.fault

    def submit(self, batch, on_done):
        self.log.waiting.append((batch, on_done))

    def tell(self, chart, kind, content):
        self.told.append((kind, content))
        self.log.tell(Told(kind, content))

    def watch(self, chart, position):
        self.watched.append(position)


def _name(key):
    return key.digest.partition(OF)[0]
