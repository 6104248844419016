"""A socket that takes what it likes, and what else an outlet has to do with."""

from strict_parser import TEXT, Frames

from chartserver.broadcast import wire
from chartserver.broadcast.outlet import Outlet

PONG_FRAME = wire.websocket_frame(b"life", 0x8A)


class FakeSocket:
    """Takes as many bytes as it has room for, sometimes fewer, and then would block.

    `writable` is whether a task waits for it to take more, as a flusher does.
    """

    def __init__(self, room=0, chance=None):
        self.room = room
        self.taken = bytearray()
        self.is_broken = False
        self.flushers = 0
        self._chance = chance

    def send(self, data):
        if self.is_broken:
            raise ConnectionResetError("reset")
        n = min(len(data), self.room)
        if self._chance is not None and n:
            n = self._chance.randint(0, n)
        if n == 0:
            raise BlockingIOError
        self.room -= n
        self.taken += data[:n]
        return n

    def spawn_flush(self):
        self.flushers += 1


class FakePacket:
    """A packet of Engine.IO."""

    def __init__(self, text):
        self.text = text

    def encode(self):
        return self.text


class FakeSeat:
    """A place in a history that is only its end; what leads on is `chart:from-to`."""

    def __init__(self, chart, piece=3):
        self.chart = chart
        self.end = self.offset = 0
        self.is_out = False
        self._piece = piece

    @property
    def is_behind(self):
        return self.offset < self.end

    def catch_up(self):
        if not self.is_behind:
            return None
        self.is_out = True
        before, self.offset = self.offset, min(self.end, self.offset + self._piece)
        return wire.Message(f"4{self.chart}:{before}-{self.offset}".encode())

    def step_out(self):
        self.is_out = True


def outlet_of(woken=None, overflows=None):
    return Outlet(
        (lambda: woken.append(1)) if woken is not None else lambda: None,
        (lambda: overflows.append(1)) if overflows is not None else lambda: None,
    )


def attached(room=1 << 20, **options):
    outlet, socket = outlet_of(**options), FakeSocket(room)
    outlet.attach(socket.send, socket.spawn_flush)
    return outlet, socket


def texts(socket):
    """Return the texts that were written; every frame must be whole."""
    parser = Frames()
    found = [data.decode() for opcode, data in parser.feed(bytes(socket.taken)) if opcode == TEXT]
    assert parser.is_between
    return found


def encoded(items):
    """Return what a poll was answered with, as texts."""
    return [
        item.payload.decode()
        if isinstance(item, wire.Message)
        else item.decode()
        if isinstance(item, bytes)
        else item.encode()
        for item in items
    ]
