"""Engine.IO and Socket.IO as one viewer speaks them: packets in, answers out. No socket."""

import json
import time
from typing import Any

from benchmarks.soak.ledger import Ledger, Run
from benchmarks.ticks import tick

PING, PONG, NOOP = b"2", b"3", b"6"
PROBE, PROBED, UPGRADE = b"2probe", b"3probe", b"5"
LEAVE, CLOSE = b"41", b"1"
RUNS = frozenset(["snapshot", "backfill", "tick"])
POINTS = 20_000
DECODED_KEPT = 256

Event = tuple[str, Any]


class Decoder:
    """Turns events into Python; what many viewers are sent alike is parsed and checked once.

    Attributes:
        wrong: messages in which a tick has a value that its source never gave it.
    """

    def __init__(self) -> None:
        self.wrong = 0
        self._known: dict[bytes, Event] = {}

    def event(self, packet: bytes) -> Event:
        """Return the name of an event `42[…]` and its payload: a Run where it is one."""
        known = self._known.get(packet)
        if known is None:
            name, content = json.loads(packet[2:])
            known = name, Run.of(name, content) if name in RUNS else content
            if name in RUNS and not is_right(content):
                self.wrong += 1
            if len(self._known) >= DECODED_KEPT:
                self._known.clear()
            self._known[packet] = known
        return known


def is_right(content: dict[str, Any]) -> bool:
    """Return whether the values of a run of ticks are those of their offsets, and none lacks."""
    rows, n = content["y"], len(content["t"])
    if any(len(row) != n for row in rows):
        return False
    if content.get("reduced"):
        return True  # its columns cannot be numbered
    first = content["offset"] - n + 1
    return all(
        tuple(row[i] for row in rows) == tick(first + i, 0.0, len(rows)).values for i in range(n)
    )


class Talk:
    """One viewer's side of one session, of one chart; what it receives goes into `ledger`.

    Attributes:
        sid: the session's name, once it is known.
        is_joined: ticks have come, or a backfill of none.
        is_told_to_stop: the server has said that it stops.
        refusal: why the server did not let us in.
    """

    def __init__(self, decoder: Decoder, ledger: Ledger, chart: str) -> None:
        self.ledger = ledger
        self.chart = chart
        self.sid = ""
        self.is_joined = False
        self.is_told_to_stop = False
        self.is_probed = False
        self.refusal = ""
        self._decoder = decoder

    def hello(self) -> bytes:
        """Return the packet that connects: a viewer that comes back gives its position."""
        auth = {"chart": self.chart, "points": POINTS}
        if self.ledger.position:
            auth["since"] = self.ledger.position
        return b"40" + json.dumps(auth).encode()

    def subscribe(self, *, since: bool) -> bytes:
        """Return the packet that asks for the chart's ticks, all of them or those since now."""
        wanted: dict[str, Any] = {"chart": self.chart, "points": POINTS}
        if since:
            wanted["since"] = self.ledger.position
        return b"421" + json.dumps(["subscribe", wanted]).encode()

    def take(self, packet: bytes) -> bytes | None:
        """Take a packet of the server; return what is to be answered, if anything."""
        if packet.startswith(b"42"):
            self._take_event(*self._decoder.event(packet))
        elif packet == PING:
            return PONG
        elif packet.startswith(b"0"):
            self.sid = json.loads(packet[1:])["sid"]
            return self.hello()
        elif packet.startswith(b"44"):
            self.refusal = packet[2:].decode(errors="replace")
        elif packet == PROBED:
            self.is_probed = True
        return None

    def _take_event(self, name: str, content: Any) -> None:
        if isinstance(content, Run):
            if content.chart == self.chart:
                self.is_joined = True
                self.ledger.take(content, time.time() * 1000)
        elif name == "status":
            self.is_told_to_stop |= content["status"] == "stopping"
