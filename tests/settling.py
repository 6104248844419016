"""What a server holds on to, and whether it has let go of it when an attack is over."""

import re

import psutil
import requests
from recorder import until

from chartserver.stack.offload import THREADS

LIMIT_S = 40.0
ANSWER_LIMIT_S = 40.0
# What was freed stays with the process for a while.
GROWTH_MAX_MB = 60.0
# An attack is told in a few lines, however long it lasts.
LOG_LINES_MAX = 60
# An alarm is a pipe.
SPARE = {"threads": THREADS, "descriptors": 2 * THREADS}
GAUGE = re.compile(r'^chartserver_(?:sessions|viewers)\{\w+="(\w+)"\} (\d+)', re.MULTILINE)


class Settling:
    """A context at whose end `server` must be as at its begin, within `limit_s`.

    Descriptors, threads, sessions and viewers are as many as before, but for the threads that long
    work is done in, once they are there, and their alarms; memory has hardly grown; there is no
    traceback in the log, which the attack has not filled; and the server is healthy.
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
        until(self._has_let_go, lambda: f"{self._before}; got {self.held()}", self._limit_s)
        grown_mb = self.megabytes() - self._mb_before
        assert grown_mb < GROWTH_MAX_MB, f"grown by {grown_mb:.0f} MB"
        assert is_healthy(self.server)
        process = self.server.process
        told = "\n".join(list(process.stderr_lines)[-LOG_LINES_MAX:])
        assert not process.has_traceback, told
        n_lines = process.stderr_count - self._lines_before
        assert n_lines <= self._log_lines_max, f"{n_lines} lines in the log, at last:\n{told}"

    def _has_let_go(self):
        held = self.held()
        return all(held[name] <= n + SPARE.get(name, 0) for name, n in self._before.items())

    def held(self):
        """Return how many of each the server holds now.

        Sessions and viewers are told by the metrics, where these may be read without a token.
        """
        # Asked first, so that its connection is not counted.
        told = GAUGE.findall(get(self.server, "/metrics").text)
        return {
            "descriptors": self._process.num_fds(),
            "threads": self._process.num_threads(),
            **{of: int(n) for of, n in told},
        }

    def megabytes(self):
        return self._process.memory_info().rss / 1e6


def is_healthy(server):
    """Return whether the server runs and answers."""
    return server.process.popen.poll() is None and get(server, "/healthz").status_code == 200


def get(server, path):
    """Return the answer to a request on a connection that does not outlive it."""
    return requests.get(server.url + path, headers={"Connection": "close"}, timeout=ANSWER_LIMIT_S)
