"""What a server holds on to, and whether it has let go of it when an attack is over."""

import psutil
import requests
from recorder import until

LIMIT_S = 15.0
ANSWER_LIMIT_S = 5.0
GROWTH_MAX_MB = 30.0
# An attack is told in a few lines, however long it lasts.
LOG_LINES_MAX = 60


class Settling:
    """A context at whose end `server` must be as at its begin, within `limit_s`.

    Descriptors and threads are as many as before, viewers too; memory has hardly grown; there
    is no traceback in the log, which the attack has not filled; and the server is healthy.
    """

    def __init__(self, server, limit_s=LIMIT_S, log_lines_max=LOG_LINES_MAX):
        self.server = server
        self._limit_s = limit_s
        self._log_lines_max = log_lines_max
        self._process = psutil.Process(server.process.pid)

    def __enter__(self):
        self._before = self.held()
        self._mb_before = self.megabytes()
        self._lines_before = self.server.process.stderr_count
        return self

    def __exit__(self, kind, *_):
        if kind is not None:
            return
        until(
            lambda: self._has_let_go(), lambda: f"{self._before}; got {self.held()}", self._limit_s
        )
        assert self.megabytes() - self._mb_before < GROWTH_MAX_MB
        assert is_healthy(self.server)
        told = self.server.process.told()
        assert "Traceback" not in told, told
        n_lines = self.server.process.stderr_count - self._lines_before
        assert n_lines <= self._log_lines_max, f"{n_lines} lines in the log{told}"

    def _has_let_go(self):
        held = self.held()
        return all(held[name] <= n for name, n in self._before.items())

    def held(self):
        """Return how many of each the server holds now."""
        # Asked first, so that its connection is not counted.
        viewers = viewers_of(self.server)
        return {
            "descriptors": self._process.num_fds(),
            "threads": self._process.num_threads(),
            "viewers": viewers,
        }

    def megabytes(self):
        return self._process.memory_info().rss / 1e6


def is_healthy(server):
    """Return whether the server runs and answers."""
    return server.process.popen.poll() is None and get(server, "/healthz").status_code == 200


def viewers_of(server):
    """Return how many watch, all charts together."""
    charts = get(server, "/api/charts").json()["charts"]
    return sum(chart["viewers"] for chart in charts)


def get(server, path):
    """Return the answer to a request on a connection that does not outlive it."""
    return requests.get(server.url + path, headers={"Connection": "close"}, timeout=ANSWER_LIMIT_S)
