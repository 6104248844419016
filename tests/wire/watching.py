"""A server of the fast path with a bystander, and what must be as before."""

import psutil
import requests
from bystander import Bystander
from hard_viewer import LIMIT_S, HardViewer
from recorder import until

GROWTH_MAX_MB = 30.0


class Watch:
    """A server with a bystander, and what must be as before when the faulty ones are gone."""

    def __init__(self, server):
        self.server = server
        self.process = psutil.Process(server.process.pid)
        self.bystander = Bystander(server, "wide")
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
