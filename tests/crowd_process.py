"""A crowd of viewers in one loop: they watch one chart, and come back by themselves.

    python tests/crowd_process.py URL CHART N

Each time something has changed it writes a state as JSON, and at the end of its stdin it ends. A
viewer whose connection ends comes back with its position, spread as the server's notice said.
"""

import contextlib
import functools
import heapq
import json
import os
import random
import resource
import selectors
import socket
import sys
import threading
import time
from urllib.parse import urlsplit

from client_frames import frame
from strict_parser import CLOSE, TEXT, Frames

JOINING_MAX = 100
RETRY_S = 0.5
TELL_EVERY_S = 0.1


class Viewer:
    """One of the crowd: `position` is (epoch, offset); `told` what the notice of a stop said."""

    def __init__(self, crowd, number):
        self.crowd = crowd
        self.number = number
        self.position = None
        self.told = None
        self.close_code = None
        self.is_watching = False
        self.sock = None

    def connect(self):
        """Connect; the handshake follows when the socket can be written to."""
        self.head = b""
        self.frames = Frames()
        self.told = self.close_code = None
        self.sock = socket.socket()
        self.sock.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            self.sock.connect(self.crowd.address)
        self.crowd.selector.register(self.sock, selectors.EVENT_WRITE, self)

    def shake_hands(self):
        host = "{}:{}".format(*self.crowd.address)
        self.sock.send(
            f"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: {host}\r\n"
            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n".encode()
        )
        self.crowd.selector.modify(self.sock, selectors.EVENT_READ, self)
        auth = {"chart": self.crowd.chart}
        if self.position:
            auth["since"] = dict(zip(("epoch", "offset"), self.position, strict=True))
        self.hello = frame(b"40" + json.dumps(auth).encode())

    def read(self):
        """Take what has come; False when the connection has ended."""
        try:
            data = self.sock.recv(262_144)
        except BlockingIOError:
            return True
        if not data:
            return False
        if self.hello:
            self.head += data
            head, end, data = self.head.partition(b"\r\n\r\n")
            if not end:
                return True
            if b" 101 " not in head:
                return False
            self.sock.send(self.hello)
            self.hello = b""
        for opcode, payload in self.frames.feed(data):
            if opcode == TEXT:
                self.take(payload)
            elif opcode == CLOSE:
                self.close_code = self.frames.close_code
                return False
        return True

    def take(self, payload):
        if payload == b"2":
            self.sock.send(frame(b"3"))
            return
        assert not payload.startswith(b"44"), f"refused: {payload}"
        event, content = event_of(payload)
        if event == "status" and content["status"] == "stopping":
            self.told = content
        elif event in ("snapshot", "backfill", "tick"):
            self.take_ticks(event, content)

    def take_ticks(self, event, content):
        epoch, offset, n = content["epoch"], content["offset"], len(content["t"])
        if event == "snapshot":
            assert self.position is None or self.position[0] != epoch, "a snapshot again"
        else:
            assert self.position is not None, f"a {event} before the snapshot"
            assert epoch == self.position[0], "of another epoch, and no snapshot"
            first, known = offset - n, self.position[1]
            assert first == known or (event == "backfill" and first <= known), (
                f"a {event} from {first} on for one at {known}"
            )
        self.position = (epoch, offset)
        self.is_watching = True

    def leave(self):
        self.crowd.selector.unregister(self.sock)
        self.sock.close()
        self.is_watching = False


@functools.lru_cache(maxsize=1_000)
def event_of(payload):
    """Return name and content of an event; names without any for other packets.

    All of the crowd are sent the same bytes: they are read once.
    """
    if not payload.startswith(b"42"):
        return "", None
    return json.loads(payload[2:])


class Many:
    """What the process does: all viewers in one loop."""

    def __init__(self, url, chart, n):
        parts = urlsplit(url)
        self.address = (parts.hostname, parts.port)
        self.chart = chart
        self.selector = selectors.DefaultSelector()
        self.viewers = [Viewer(self, number) for number in range(n)]
        self.fault = ""
        self._chance = random.Random(0)
        self._away = [(0.0, number) for number in range(n)]
        self._joining = set()
        self._told = {"notices": 0, "close_codes": {}}
        self._said = None

    def run(self, is_over):
        """Run until `is_over()` or until one has seen what must not be."""
        say_s = 0.0
        while not is_over() and not self.fault:
            now_s = time.monotonic()
            while self._away and self._away[0][0] <= now_s and len(self._joining) < JOINING_MAX:
                viewer = self.viewers[heapq.heappop(self._away)[1]]
                self._joining.add(viewer)
                viewer.connect()
            for key, events in self.selector.select(0.02):
                self._serve(key.data, events)
            if now_s >= say_s:
                say_s = now_s + TELL_EVERY_S
                self.say()
        self.say()

    def say(self):
        """Write the state, if it is another than before."""
        positions = {viewer.position for viewer in self.viewers if viewer.is_watching}
        away = [viewer for viewer in self.viewers if not viewer.is_watching]
        state = {
            "watching": len(self.viewers) - len(away),
            "epochs": sorted({epoch for epoch, _ in positions}),
            "offsets": [f([o for _, o in positions], default=0) for f in (min, max)],
            "away_at": sorted(
                {v.position[1] for v in self.viewers if v.position and not v.is_watching}
            ),
            "fault": self.fault,
            **self._told,
        }
        if state != self._said:
            self._said = state
            print(json.dumps(state), flush=True)

    def _serve(self, viewer, events):
        try:
            if events & selectors.EVENT_WRITE:
                viewer.shake_hands()
                return
            is_here = viewer.read()
        except OSError:
            is_here = False
        except AssertionError as fault:
            self.fault = f"{fault}; at {viewer.position}"
            return
        if viewer.is_watching or not is_here:
            self._joining.discard(viewer)
        if not is_here:
            self._send_away(viewer)

    def _send_away(self, viewer):
        was_in = viewer.is_watching
        viewer.leave()
        within_s = RETRY_S
        if was_in:
            codes = self._told["close_codes"]
            code = str(viewer.close_code)
            codes[code] = codes.get(code, 0) + 1
            self._told["notices"] += viewer.told is not None
            within_s = (viewer.told or {}).get("return_within_s", RETRY_S)
        back_s = time.monotonic() + self._chance.uniform(0.0, within_s)
        heapq.heappush(self._away, (back_s, viewer.number))


def main(url, chart, n):
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    is_over = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), is_over.set()), daemon=True).start()
    Many(url, chart, int(n)).run(is_over.is_set)
    # No time is lost with a thousand sockets.
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
