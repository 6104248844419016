"""What a viewer is sent, read with no mercy: WebSocket, Engine.IO, Socket.IO, and the offsets.

Written from the protocols' texts and not from the server's code. Nothing is repaired: the first
byte that does not belong where it stands fails the test.
"""

import json

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10


class Frames:
    """Bytes of a server, cut into WebSocket frames (RFC 6455, section 5.2)."""

    def __init__(self):
        self.close_code = None
        self._rest = bytearray()

    def feed(self, data):
        """Return the frames that are complete now, as (opcode, payload)."""
        assert not data or self.close_code is None, f"{bytes(data[:40])} after the close frame"
        self._rest += data
        found = []
        while (frame := self._next()) is not None:
            found.append(frame)
        return found

    @property
    def is_between(self):
        """Whether the last frame came to its end."""
        return not self._rest

    def _next(self):
        rest = self._rest
        if len(rest) < 2:
            return None
        first, second = rest[:2]
        opcode = first & 0x0F
        assert first & 0x80, "a fragment, which we never send"
        assert not first & 0x70, f"reserved bits in {first:#x}: compressed, or no header at all"
        assert opcode in (TEXT, CLOSE, PING, PONG), f"opcode {opcode}"
        assert not second & 0x80, "a server's frame is not masked"
        length, begin = second & 0x7F, 2
        assert opcode < CLOSE or length < 126, "a control frame of more than 125 bytes"
        for mark, width, least in ((126, 2, 126), (127, 8, 1 << 16)):
            if second & 0x7F == mark:
                begin = 2 + width
                if len(rest) < begin:
                    return None
                length = int.from_bytes(rest[2:begin], "big")
                assert length >= least, f"{length} bytes said in {width} more than are needed"
        if len(rest) < begin + length:
            return None
        payload = bytes(rest[begin : begin + length])
        del rest[: begin + length]
        if opcode == TEXT:
            payload.decode("utf-8", "strict")
        if opcode == CLOSE:
            assert length >= 2
            assert not rest, f"{bytes(rest[:40])} after the close frame"
            self.close_code = int.from_bytes(payload[:2], "big")
        return opcode, payload


class Talk:
    """Engine.IO 4 and Socket.IO 5 in the namespace `/`, one packet after the other.

    `ask` notes that an event was sent with an id: ids are answered once each, in order.
    """

    def __init__(self):
        self.opened = None
        self.is_connected = False
        self.is_closed = False
        self.refusal = None
        self.asked = []
        self.answers = {}
        self.probes = 0

    def ask(self, number):
        self.asked.append(number)

    def take(self, packet):
        """Return ("event", payload) for an event, ("ping", None) for a ping, None for the rest."""
        kind, rest = packet[:1], packet[1:]
        assert not self.is_closed, f"{packet[:40]!r} after the end of the session"
        if kind == "0":
            assert self.opened is None, "opened twice"
            self.opened = json.loads(rest)
            return None
        assert self.opened is not None or packet == "3probe", f"{packet[:40]!r} before OPEN"
        if kind == "4":
            return self._take_message(rest)
        if kind == "1":
            self.is_closed = True
        elif packet == "3probe":
            self.probes += 1
        elif packet == "2":
            return "ping", None
        else:
            assert packet == "6", f"no packet of a server: {packet[:40]!r}"
        return None

    def _take_message(self, message):
        kind, rest = message[:1], message[1:]
        if kind == "0":
            assert not self.is_connected, "connected twice"
            self.is_connected = True
            assert json.loads(rest)["sid"]
            return None
        if kind == "4":
            assert not self.is_connected
            self.refusal = json.loads(rest)
            return None
        assert self.is_connected, f"{message[:40]!r} before CONNECT"
        if kind == "3":
            digits = rest[: rest.index("[")]
            number = int(digits)
            assert self.asked, f"ack {number}, which nobody waits for"
            assert number == self.asked.pop(0), f"ack {number} out of its turn"
            (self.answers[number],) = json.loads(rest[len(digits) :])
            return None
        assert kind == "2", f"no message of a server: {message[:40]!r}"
        event, payload = json.loads(rest, parse_constant=_no_constant)
        return event, payload


class Positions:
    """What a viewer knows of each chart: each tick once, in order, none left out.

    `may_repeat`: what is known may come once more, and ticks before their snapshot, as on the
    ordinary path. `reduced` counts the frames that were.
    """

    def __init__(self, may_repeat=False):
        self.offsets = {}
        self.epochs = {}
        self.series = {}
        self.reduced = 0
        self.snapshots = 0
        self._last_ms = {}
        self.may_repeat = may_repeat
        self._early = []

    def take(self, event, payload):
        """Take an event; those that carry no frame are looked at and passed over."""
        if event in ("chart", "status", "viewers", "note", "presented"):
            assert payload["chart"]
            return
        assert event in ("snapshot", "backfill", "tick"), event
        self._check_shape(payload)
        if event == "snapshot":
            self._take_snapshot(payload)
            early, self._early = self._early, []
            for frame in early:
                self._take_next("tick", frame)
        else:
            self._take_next(event, payload)

    def forget(self, chart):
        """Know nothing of a chart any more: it was left."""
        for known in (self.offsets, self.epochs, self._last_ms):
            known.pop(chart, None)

    def _check_shape(self, frame):
        assert frame["v"] == 1
        times = frame["t"]
        assert all(len(row) == len(times) for row in frame["y"])
        assert times == sorted(times), "time runs backwards within a frame"

    def _take_snapshot(self, frame):
        chart = frame["chart"]
        self.snapshots += 1
        assert frame["description"]["offset"] <= frame["offset"]
        before = self.offsets.get(chart, 0) if self.epochs.get(chart) == frame["epoch"] else 0
        assert frame["offset"] >= before or self.may_repeat, "older than what is known"
        self.epochs[chart] = frame["epoch"]
        if frame["offset"] >= before:
            self._keep(frame)

    def _take_next(self, event, frame):
        chart, offset = frame["chart"], self.offsets.get(frame["chart"])
        if offset is None and self.may_repeat:
            self._early.append(frame)
            return
        assert offset is not None, f"a {event} before the snapshot"
        assert frame["epoch"] == self.epochs[chart], "of another epoch, and no snapshot"
        is_reduced = frame.get("reduced", False)
        if is_reduced:
            assert event == "backfill", "only a backfill may be reduced"
            assert frame["offset"] - offset > len(frame["t"]), "reduced to more than there was"
            assert frame["offset"] > offset, "behind what is known"
        else:
            first = frame["offset"] - len(frame["t"])
            assert first <= offset, f"{chart}: {first - offset} ticks lost after {offset}"
            may_repeat = self.may_repeat or event == "backfill"
            assert first == offset or may_repeat, f"{chart}: {offset - first} ticks repeated"
            assert frame["offset"] >= offset or may_repeat
        if frame["offset"] >= offset:
            last_ms = self._last_ms.get(chart)
            if first_is_new(frame, offset, is_reduced) and last_ms is not None:
                assert frame["t"][0] >= last_ms, "time runs backwards between two frames"
            self._keep(frame)

    def _keep(self, frame):
        chart, times = frame["chart"], frame["t"]
        self.offsets[chart] = frame["offset"]
        if times:
            self._last_ms[chart] = times[-1]
        if frame.get("reduced"):
            self.reduced += 1
            return
        first = frame["offset"] - len(times) + 1
        for i, time_ms in enumerate(times):
            tick = (time_ms, *(row[i] for row in frame["y"]))
            place = (chart, frame["epoch"], first + i)
            assert self.series.setdefault(place, tick) == tick, f"another tick at {place}"


def first_is_new(frame, offset, is_reduced):
    """Return whether the first column of a frame was not known to who stands at `offset`."""
    return bool(frame["t"]) and (is_reduced or frame["offset"] - len(frame["t"]) == offset)


def _no_constant(name):
    raise AssertionError(f"{name} is no JSON")
