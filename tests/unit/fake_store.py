"""A store whose time the tests own: it keeps what was submitted when it is told to."""

from chartserver.ticks import Ticks


class FakeStore:
    """Numbers the batches of each chart; fails, heals and is slow as a test wishes."""

    name = "fake:"

    def __init__(self):
        self.fault = ""
        self.offsets = {}
        self.kept = []
        self.waiting = []
        self.is_closed = False
        self.closes_in_time = True
        self.ticks_kept = self.commits = self.failures = 0

    def submit(self, batch, on_done):
        """Take a batch, which waits until `keep`."""
        assert all(one.chart != batch.chart for one, _ in self.waiting), "one of a chart at a time"
        self.waiting.append((batch, on_done))

    def keep(self):
        """Keep all that waits, and tell."""
        waiting, self.waiting = self.waiting, []
        for batch, on_done in waiting:
            offset = self.offsets.get(batch.chart, 0) + len(batch)
            self.offsets[batch.chart] = offset
            self.kept.append(batch)
            batch.ticks = Ticks(batch.epoch, offset, batch.time_ms, batch.values)
            on_done()

    def close(self, timeout_s):
        """Keep what waits, if it is to be in time."""
        self.is_closed = True
        if self.closes_in_time:
            self.keep()
        return self.closes_in_time
