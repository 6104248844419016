"""A viewer with the python-socketio client that keeps all that it was sent."""

import threading
import time

import pytest
import requests
from async_mode import SENDS_IN_ORDER

from chartserver.clients.link import OrderedClient

LIMIT_S = 40.0
# What a request may raise of a server that ends meanwhile, also in the midst of an answer.
CUT_OFF = requests.ConnectionError, requests.exceptions.ChunkedEncodingError


class Recorder:
    """Connects and records; comes back by itself with its position, as a good viewer does."""

    def __init__(self, url, *, auth=None, transports=None):
        self.events = []
        self.series = {}
        self._auth = auth or {}
        self._positions = {}
        # Ticks that came since a connect, until it is answered; None when there can be none.
        self._early = None
        self._changed = threading.Condition()
        # One of its own leaves connections open that nobody closes.
        self._session = requests.Session()
        self._sockets = set()
        # The library's own client takes each event in a thread of its own, in any order.
        self.client = OrderedClient(
            http_session=self._session,
            reconnection_delay=0.2,
            reconnection_delay_max=0.2,
            randomization_factor=0,
        )
        self.client.on("*", self._take)
        self.client.on("connect", lambda: self._take("connect", None))
        self.client.on("disconnect", lambda reason: self._take("disconnect", reason))
        self.client.connect(url, auth=self._answer, transports=transports, wait_timeout=LIMIT_S)

    def _answer(self):
        """Return what to connect with: a viewer that comes back gives its position."""
        chart = self._auth.get("chart") or next(iter(self._positions), None)
        position = self._positions.get(chart)
        return {**self._auth, **({"since": position} if position else {})}

    def _take(self, event, payload):
        with self._changed:
            self._sockets.add(self.client.eio.ws)
            self.events.append((event, payload))
            if event == "connect":
                self._early = None if SENDS_IN_ORDER else []
            if event == "tick" and self._early is not None:
                self._early.append(payload)
            elif event in ("snapshot", "backfill", "tick"):
                add(self.series, payload)
                self._add_early()
                self._positions[payload["chart"]] = {
                    "epoch": payload["epoch"],
                    "offset": payload["offset"],
                }
            self._changed.notify_all()

    def _add_early(self):
        """Take what came before the answer to a connect: it is in it, or goes on from it."""
        for frame in self._early or ():
            add(self.series, frame)
        self._early = None

    def wait(self, is_so, what, limit_s=LIMIT_S):
        """Wait until `is_so()`, which is asked anew after each event."""
        with self._changed:
            if not self._changed.wait_for(is_so, limit_s):
                pytest.fail(f"not in {limit_s:g} s: {what}; got {self.names()[-20:]}")

    def wait_for(self, event, n=1, limit_s=LIMIT_S):
        """Wait for the `n`-th event of that name and return its payload."""
        self.wait(lambda: len(self.of(event)) >= n, f"{n} {event}", limit_s)
        return self.of(event)[n - 1]

    def of(self, event):
        return [payload for name, payload in self.events if name == event]

    def names(self):
        return [name for name, _ in self.events]

    def ask(self, event, payload):
        """Send an event and return its ack."""
        return self.client.call(event, payload, timeout=LIMIT_S)

    def close(self):
        self.client.shutdown()
        self._session.close()
        for socket in self._sockets - {None}:
            socket.shutdown()


def add(series, frame):
    """Add the ticks of a frame to `series`: by chart, epoch and offset, as they were written.

    A tick that is known already must be the same, bit for bit.
    """
    assert "reduced" not in frame
    first = frame["offset"] - len(frame["t"]) + 1
    for i, time_ms in enumerate(frame["t"]):
        place = (frame["chart"], frame["epoch"], first + i)
        # JavaScript writes 157.0 as 157.
        values = (None if row[i] is None else float(row[i]) for row in frame["y"])
        tick = (repr(float(time_ms)), tuple(map(repr, values)))
        assert series.setdefault(place, tick) == tick


def until(is_so, what, limit_s=LIMIT_S):
    """Wait until `is_so()`; the test fails with `what`, or what it returns, when not in time."""
    deadline_s = time.monotonic() + limit_s
    while not is_so():
        if time.monotonic() > deadline_s:
            pytest.fail(f"not in {limit_s:g} s: {what() if callable(what) else what}")
        time.sleep(0.02)
