"""What many viewers were sent, compared: one series for all, without a hole, nothing doubled.

Pure bookkeeping: no socket, no clock of its own. `Ledger` holds each tick that anybody was sent
once; a `Track` is what one viewer has of it. What must not be is put into `faults`, never raised:
a test wants to hear of all of it at the end.
"""

from collections import defaultdict
from itertools import pairwise

FAULTS_MAX = 50
FRAMES = ("snapshot", "backfill", "tick")


class Ledger:
    """Each tick that anybody was sent, by epoch and offset.

    Attributes:
        epochs: by epoch, by offset: (time_ms, values), missing values at the end left out.
        first_s: by (epoch, offset): when the first viewer was sent it.
        statuses: by (status, reason): the numbers of those who were told.
        faults: what must not be, in words; the first `FAULTS_MAX`.
    """

    def __init__(self):
        self.epochs = defaultdict(dict)
        self.first_s = {}
        self.statuses = defaultdict(set)
        self.faults = []

    def fault(self, text):
        if len(self.faults) < FAULTS_MAX:
            self.faults.append(text)

    def keep(self, frame, now_s, who):
        """Take the ticks of a frame; one that is known must be the same, bit for bit."""
        times, rows = frame["t"], frame["y"]
        if any(len(row) != len(times) for row in rows):
            self.fault(f"{who}: rows and times of other lengths, up to {frame['offset']}")
            return
        known = self.epochs[frame["epoch"]]
        offset = frame["offset"] - len(times)
        for i, time_ms in enumerate(times):
            offset += 1
            tick = (time_ms, without_missing(row[i] for row in rows))
            if offset not in known:
                known[offset] = tick
                self.first_s[frame["epoch"], offset] = now_s
            elif known[offset] != tick:
                self.fault(
                    f"{who}: another tick at {frame['epoch']}:{offset}: {tick}, not {known[offset]}"
                )

    def check_times(self):
        """Note each time that is before the one of the offset below it."""
        for epoch, ticks in self.epochs.items():
            for before, after in pairwise(sorted(ticks)):
                if ticks[after][0] < ticks[before][0]:
                    self.fault(f"time falls from {epoch}:{before} to {after}")

    def check_carried_over(self, old, new):
        """Note what an epoch that came of another has otherwise than that one, or not at all."""
        first = min(self.epochs[new], default=0)
        for offset, tick in self.epochs[old].items():
            if offset >= first and self.epochs[new].get(offset) != tick:
                self.fault(f"{new}:{offset} is {self.epochs[new].get(offset)}, was {tick}")

    def check_pushes(self, epoch, acknowledged, row=0):
        """Note each acknowledged push that `epoch` has not, or more than once.

        `acknowledged` maps values, each pushed once and by nobody else, to positions (epoch,
        offset); a position of `epoch` must be that of the value.
        """
        places = defaultdict(list)
        for offset, (_, values) in self.epochs[epoch].items():
            if len(values) > row and values[row] is not None:
                places[values[row]].append(offset)
        for value, (of, offset) in acknowledged.items():
            found = places.get(value, [])
            if len(found) != 1:
                self.fault(f"push {value}, acknowledged at {of}:{offset}, is at {found or 'none'}")
            elif of == epoch and found != [offset]:
                self.fault(f"push {value}, acknowledged at {of}:{offset}, is at {found[0]}")

    def longest_silence_s(self, since_s, until_s):
        """Return the longest time between two new ticks that anybody was sent, in that window."""
        moments = sorted(s for s in self.first_s.values() if since_s <= s <= until_s)
        return max((b - a for a, b in pairwise([since_s, *moments, until_s])), default=0.0)


class Track:
    """What one viewer was sent of a chart.

    `may_repeat`: on the ordinary path a frame may bring what is known once more.

    Attributes:
        position: (epoch, offset); None before the first snapshot.
        ranges: [epoch, first, last] of ticks that came one after the other, in order.
        renewals: (epoch, reason) of each snapshot that came instead of what was missed.
        series: names, as described last.
    """

    def __init__(self, number, ledger, may_repeat=False):
        self.number = number
        self.position = None
        self.ranges = []
        self.renewals = []
        self.series = []
        self._ledger = ledger
        self._may_repeat = may_repeat

    def __str__(self):
        return f"viewer {self.number}"

    def take(self, event, content):
        """Take an event whose ticks, if any, the ledger has."""
        if "description" in content:
            self.series = [one["name"] for one in content["description"]["series"]]
        if event == "status":
            told = (content["status"], content["reason"])
            self._ledger.statuses[told].add(self.number)
        elif event in FRAMES:
            if content.get("reduced"):
                self._fault(f"a reduced {event}", content)
            if event == "snapshot":
                self._take_snapshot(content)
            else:
                self._take_next(event, content)

    def _take_snapshot(self, frame):
        epoch, offset = frame["epoch"], frame["offset"]
        if self.position is not None:
            reason = frame.get("reason", "")
            if frame.get("recovered") is not False or not reason:
                self._fault("a snapshot again, and no word why", frame)
            if epoch == self.position[0] and offset < self.position[1]:
                self._fault("a snapshot that ends before what is known", frame)
            self.renewals.append((epoch, reason))
        self.position = (epoch, offset)
        self.ranges.append([epoch, offset - len(frame["t"]) + 1, offset])

    def _take_next(self, event, frame):
        epoch, offset, first = frame["epoch"], frame["offset"], frame["offset"] - len(frame["t"])
        if self.position is None:
            if not self._may_repeat:
                self._fault(f"a {event} before the snapshot", frame)
            return
        if epoch != self.position[0]:
            self._fault(f"a {event} of another epoch", frame)
            return
        known = self.position[1]
        if first > known:
            self._fault(f"a hole of {first - known} ticks before a {event}", frame)
            self.ranges.append([epoch, first + 1, offset])
        elif first < known and event == "tick" and not self._may_repeat:
            self._fault(f"{known - first} ticks doubled", frame)
        if offset > known:
            self.position = (epoch, offset)
            self.ranges[-1][2] = offset
        elif offset < known and not self._may_repeat:
            self._fault(f"a {event} that ends before what is known", frame)

    def missing(self, epoch):
        """Return how many ticks lie between those of `epoch` that it has."""
        held = sorted((first, last) for of, first, last in self.ranges if of == epoch)
        missing, end = 0, held[0][1] if held else 0
        for first, last in held[1:]:
            missing += max(0, first - end - 1)
            end = max(end, last)
        return missing

    def _fault(self, what, frame):
        self._ledger.fault(
            f"{self}: {what}: {frame['epoch']}:{frame['offset']} less {len(frame['t'])}"
            f" for one at {self.position}"
        )


def without_missing(values):
    """Return values as a tuple without `None` at its end: series that came later are missing."""
    found = list(values)
    while found and found[-1] is None:
        found.pop()
    return tuple(found)
