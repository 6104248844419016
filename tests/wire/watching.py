"""A viewer that must not notice anything, and a server that must be as before."""

import threading
import time

import psutil
import requests
from hard_viewer import LIMIT_S, TICK_S, HardViewer
from recorder import until

# What a bystander may have to wait for the next tick of a source with a hundred a second.
HICCUP_S = 0.5
GROWTH_MAX_MB = 30.0


class Bystander(threading.Thread):
    """A viewer that reads all the time and must not notice anything."""

    def __init__(self, url):
        super().__init__(daemon=True)
        self.viewer = HardViewer(url, {"chart": "wide"})
        self.viewer.read_until(lambda: self.viewer.positions.offsets.get("wide", 0) > 10, "ticks")
        self.fault = None
        self.longest_s = 0.0
        self._over = threading.Event()
        self.start()

    def run(self):
        try:
            moved_s = time.monotonic()
            while not self._over.is_set():
                if self.viewer.read(timeout_s=TICK_S):
                    self.longest_s = max(self.longest_s, time.monotonic() - moved_s)
                    moved_s = time.monotonic()
                assert time.monotonic() - moved_s < LIMIT_S / 2, "no tick any more"
        except Exception as fault:  # told by the thread that made this one
            self.fault = fault

    def end(self):
        """Stop, and fail if anything was noticed: a tick that was missed, or a wait."""
        self._over.set()
        self.join()
        offset = self.viewer.positions.offsets["wide"]
        self.viewer.close()
        assert self.fault is None, self.fault
        offsets = sorted(place[2] for place in self.viewer.positions.series)
        assert offsets == list(range(1, offset + 1))
        assert self.viewer.positions.reduced == 0
        assert self.viewer.positions.snapshots == 1
        assert self.longest_s < HICCUP_S
        return offset


class Watch:
    """A server with a bystander, and what must be as before when the faulty ones are gone."""

    def __init__(self, server):
        self.server = server
        self.process = psutil.Process(server.process.pid)
        self.bystander = Bystander(server.url)
        self.viewers_before = self.viewers()
        self.fds_before = self.process.num_fds()
        self.mb_before = self.megabytes()

    def viewers(self):
        charts = requests.get(f"{self.server.url}/api/charts", timeout=LIMIT_S).json()["charts"]
        return {chart["name"]: chart["viewers"] for chart in charts}

    def megabytes(self):
        return self.process.memory_info().rss / 1e6

    def until_clean(self, limit_s=LIMIT_S):
        """Wait until nobody but the bystander is there."""
        until(lambda: self.viewers() == self.viewers_before, "only the bystander", limit_s)
        until(lambda: self.process.num_fds() <= self.fds_before, "no descriptor left", limit_s)
        assert self.megabytes() - self.mb_before < GROWTH_MAX_MB

    def end(self):
        self.bystander.end()
        until(lambda: set(self.viewers().values()) == {0}, "no viewers")
        self.server.stop()
        told = self.server.process.told()
        assert "Traceback" not in told, told


def session_of():
    """Return a session whose connections do not outlive their request."""
    session = requests.Session()
    session.headers["Connection"] = "close"
    return session


def hard_viewers(watch, n, receive_bytes=4_096):
    return [
        HardViewer(watch.server.url, {"chart": "wide"}, receive_bytes=receive_bytes)
        for _ in range(n)
    ]
