"""Hundreds of light viewers of one chart on several servers, in one loop, compared by a ledger.

They speak WebSocket by hand and come back by themselves with their position, as a good client
does. One thread; what all are sent alike is read once.
"""

import contextlib
import heapq
import json
import random
import resource
import selectors
import socket
import threading
import time
from urllib.parse import urlsplit

import pytest
from client_frames import frame
from ledger import FRAMES, Ledger, Track
from strict_parser import CLOSE, TEXT, Frames

JOINING_MAX = 50
# Of a server that was frozen the kernel still takes connections.
# Who has not come in by then tries another.
JOIN_LIMIT_S = 20.0
RETRY_S = 0.3
TURN_S = 0.02
PAYLOADS_KEPT = 4_000
SETTLE_LIMIT_S = 60.0


class Checker:
    """`n` viewers of `chart`, spread over the servers at `urls`, from `start` to `close`.

    `roams`: who has lost its server takes the next one, as behind a balancer; else each keeps to
    its own. `told_within_s` is the most that a viewer spreads its return after a notice.

    Attributes:
        ledger: what they were sent.
        tracks: what each of them has.
    """

    def __init__(
        self, urls, chart, n, *, roams=False, may_repeat=False, token="", told_within_s=0.5
    ):
        self.ledger = Ledger()
        self.tracks = [Track(number, self.ledger, may_repeat) for number in range(n)]
        self.roams = roams
        self.told_within_s = told_within_s
        self.auth = {"chart": chart} | ({"token": token} if token else {})
        self.lock = threading.Lock()
        self._addresses = [address_of(url) for url in urls]
        self._viewers = [Viewer(self, track) for track in self.tracks]
        self._selector = selectors.DefaultSelector()
        self._chance = random.Random(0)
        self._away = [(0.0, number) for number in range(n)]
        self._joining = set()
        self._payloads = {}
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="checker", daemon=True)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.close()

    def start(self, limit_s=SETTLE_LIMIT_S):
        """Let them come, and wait until all have their snapshot."""
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        self._thread.start()
        self.until(lambda: self.watching == len(self.tracks), "all watch", limit_s)
        return self

    def close(self):
        """Let them leave without a word."""
        self._is_over.set()
        if self._thread.ident:
            self._thread.join()
        for viewer in self._viewers:
            viewer.leave()
        self._selector.close()

    # What a test asks.

    @property
    def watching(self):
        """How many are connected and have been brought up."""
        return sum(viewer.is_watching for viewer in self._viewers)

    @property
    def losses(self):
        """How often a viewer has lost its server, or not reached one."""
        return sum(viewer.attempts for viewer in self._viewers)

    @property
    def positions(self):
        """All positions at which a viewer is."""
        return {track.position for track in self.tracks}

    @property
    def position(self):
        """The (epoch, offset) at which all are; None while they are not at the same."""
        positions = self.positions
        return positions.pop() if len(positions) == 1 else None

    def told(self, status):
        """Return how many were told of that status, whatever the reason."""
        with self.lock:
            told = [who for (name, _), who in self.ledger.statuses.items() if name == status]
            return len(set().union(*told))

    def until(self, is_so, what, limit_s=SETTLE_LIMIT_S):
        """Wait until `is_so()`; the test fails with `what` when that is not in time."""
        deadline_s = time.monotonic() + limit_s
        while not is_so():
            if time.monotonic() > deadline_s:
                pytest.fail(f"not in {limit_s:g} s: {what}; {self}")
            time.sleep(TURN_S)

    def settle(self, offset, limit_s=SETTLE_LIMIT_S):
        """Wait until all watch and are at one position, at `offset` or beyond."""

        def is_settled():
            with self.lock:
                position = self.position
                all_watch = self.watching == len(self.tracks)
            return all_watch and position is not None and position[1] >= offset

        self.until(is_settled, f"all at one position, {offset} or beyond", limit_s)

    def check(self, acknowledged=None, *, may_renew=False, row=0):
        """Fail unless all have the identical series of one epoch, and every acknowledged push.

        Call it after `settle`, when nothing comes any more or while all is well. `may_renew`:
        snapshots may have come instead of what was missed, as after a loss of data.
        """
        with self.lock:
            faults = self.faults(acknowledged or {}, may_renew, row)
        assert not faults, "\n".join([str(self), *faults])

    def faults(self, acknowledged, may_renew, row=0):
        """Return what must not be, in words."""
        ledger, epochs = (
            self.ledger,
            {track.position and track.position[0] for track in self.tracks},
        )
        if len(epochs) != 1 or None in epochs:
            ledger.fault(f"viewers are in {len(epochs)} epochs at the end: {epochs}")
            return ledger.faults
        (epoch,) = epochs
        for track in self.tracks:
            if missing := track.missing(epoch):
                ledger.fault(f"{track}: {missing} ticks of {epoch} never came")
            if track.renewals and not may_renew:
                ledger.fault(f"{track}: began anew: {track.renewals}")
        series = {tuple(track.series) for track in self.tracks}
        if len(series) != 1:
            ledger.fault(f"the series are described in {len(series)} ways: {series}")
        offsets = sorted(ledger.epochs[epoch])
        if offsets and len(offsets) != offsets[-1] - offsets[0] + 1:
            ledger.fault(f"nobody has all of {epoch}:{offsets[0]} to {offsets[-1]}")
        ledger.check_times()
        ledger.check_pushes(epoch, acknowledged, row)
        return ledger.faults

    def __str__(self):
        positions = sorted(self.positions, key=str)[:6]
        return (
            f"{self.watching} of {len(self.tracks)} watch, at {positions};"
            f" statuses {sorted(self.ledger.statuses)[:8]}; faults {self.ledger.faults[:3]}"
        )

    # What viewers ask.

    def event_of(self, payload, track):
        """Return name and content of a packet's event; its ticks are in the ledger then."""
        known = self._payloads.get(payload)
        if known is None:
            known = json.loads(payload[2:]) if payload.startswith(b"42") else ("", {})
            if known[0] in FRAMES:
                self.ledger.keep(known[1], time.monotonic(), track)
            if len(self._payloads) >= PAYLOADS_KEPT:
                self._payloads.clear()
            self._payloads[payload] = known
        return known

    # The loop.

    def _run(self):
        while not self._is_over.is_set():
            now_s = time.monotonic()
            with self.lock:
                while self._away and self._away[0][0] <= now_s and len(self._joining) < JOINING_MAX:
                    viewer = self._viewers[heapq.heappop(self._away)[1]]
                    self._joining.add(viewer)
                    viewer.connect(self._address_for(viewer), self._selector, now_s)
            ready = self._selector.select(TURN_S)
            with self.lock:
                for key, events in ready:
                    self._serve(key.data, events)
                for viewer in [v for v in self._joining if now_s > v.began_s + JOIN_LIMIT_S]:
                    self._send_away(viewer)

    def _address_for(self, viewer):
        place = viewer.track.number + (viewer.attempts if self.roams else 0)
        return self._addresses[place % len(self._addresses)]

    def _serve(self, viewer, events):
        try:
            is_here = viewer.shake_hands() if events & selectors.EVENT_WRITE else viewer.read()
        except OSError:
            is_here = False
        except (AssertionError, ValueError, KeyError) as fault:
            self.ledger.fault(f"{viewer.track}: {type(fault).__name__}: {fault}")
            is_here = False
        if not is_here:
            self._send_away(viewer)
        elif viewer.is_watching:
            self._joining.discard(viewer)

    def _send_away(self, viewer):
        self._joining.discard(viewer)
        within_s = min(viewer.told_within_s or RETRY_S, self.told_within_s)
        viewer.leave()
        viewer.attempts += 1
        back_s = time.monotonic() + self._chance.uniform(within_s / 2, within_s)
        heapq.heappush(self._away, (back_s, viewer.track.number))


class Viewer:
    """One connection after the other of one viewer."""

    def __init__(self, checker, track):
        self.track = track
        self.attempts = 0
        self.is_watching = False
        self.told_within_s = None
        self._checker = checker
        self._sock = None

    def connect(self, address, selector, now_s):
        """Begin to connect; the handshake follows when the socket can be written to."""
        self.began_s = now_s
        self.told_within_s = None
        self._head = b""
        self._frames = Frames()
        auth = dict(self._checker.auth)
        if self.track.position:
            auth["since"] = dict(zip(("epoch", "offset"), self.track.position, strict=True))
        self._hello = frame(b"40" + json.dumps(auth).encode())
        self._address, self._selector = address, selector
        self._sock = socket.socket()
        self._sock.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            self._sock.connect(address)
        selector.register(self._sock, selectors.EVENT_WRITE, self)

    def shake_hands(self):
        """Ask for the WebSocket; False when nobody listens."""
        host = "{}:{}".format(*self._address)
        self._sock.send(
            f"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: {host}\r\n"
            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n".encode()
        )
        self._selector.modify(self._sock, selectors.EVENT_READ, self)
        return True

    def read(self):
        """Take what has come; False when the connection has ended."""
        try:
            data = self._sock.recv(262_144)
        except BlockingIOError:
            return True
        if not data:
            return False
        if self._hello:
            self._head += data
            head, end, data = self._head.partition(b"\r\n\r\n")
            if not end:
                return True
            if b" 101 " not in head:
                return False
            self._sock.send(self._hello)
            self._hello = b""
        for opcode, payload in self._frames.feed(data):
            if opcode == CLOSE:
                return False
            if opcode == TEXT and not self._take(payload):
                return False
        return True

    def leave(self):
        """Close the connection, if there is one."""
        if self._sock is not None:
            self._selector.unregister(self._sock)
            self._sock.close()
        self._sock = None
        self.is_watching = False

    def _take(self, payload):
        if payload == b"2":
            self._sock.send(frame(b"3"))
            return True
        if payload.startswith(b"44"):  # refused, as by a server that stops
            return False
        event, content = self._checker.event_of(payload, self.track)
        if event == "status" and content["status"] == "stopping":
            self.told_within_s = content.get("return_within_s")
        self.track.take(event, content)
        if event in ("snapshot", "backfill"):
            self.is_watching = True
        return True


def address_of(url):
    """Return (host, port) of a URL."""
    parts = urlsplit(url)
    return parts.hostname, parts.port
