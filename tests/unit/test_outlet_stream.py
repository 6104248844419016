"""An outlet in random use: whatever its socket takes, the stream is right."""

import json
import random

import pytest
from outlet_fakes import PONG_FRAME, FakePacket, FakeSeat, FakeSocket, encoded, outlet_of
from strict_parser import PONG, TEXT, Frames

from chartserver.broadcast import wire
from chartserver.broadcast.outlet import GOING_AWAY


class Stream:
    """Does with an outlet what a server does, in any order, and checks what came out.

    The broadcast is as in a cohort: straight into the socket of who is idle and at the end.
    """

    def __init__(self, seed):
        self.chance = random.Random(seed)
        self.socket = FakeSocket(chance=self.chance)
        self.overflows = []
        self.outlet = outlet_of(overflows=self.overflows)
        self.seats = {name: FakeSeat(name) for name in ("a", "b")}
        self.outlet.seats = dict(self.seats)
        self.polled = []
        self.put = []
        self.noticed = {}
        self.pongs = 0

    def step(self):
        actions = [self.tick] * 6 + [self.packet] * 3 + [self.notice, self.flush, self.flush]
        actions.append(self.poll if self.outlet.send is None else self.pong)
        self.chance.choice(actions)()

    def tick(self):
        seat = self.seats[self.chance.choice("ab")]
        before = seat.end
        seat.end += self.chance.randint(1, 3)
        if self.outlet.is_busy or seat.offset != before:
            return
        padding = "x" * self.chance.choice((0, 10, 150, 70_000))
        frame = wire.websocket_frame(f"4{seat.chart}:{before}-{seat.end}{padding}".encode())
        try:
            taken = self.socket.send(frame)
        except BlockingIOError:
            taken = 0
        if taken:
            seat.offset = seat.end
        if taken != len(frame):
            self.outlet.keep_rest(frame, taken)

    def packet(self):
        packet = f"4{json.dumps([len(self.put)])}"
        made = (FakePacket, lambda text: text.encode(), lambda text: wire.Message(text.encode()))
        before = len(self.overflows)
        self.outlet.put(self.chance.choice(made)(packet))
        if len(self.overflows) == before:
            self.put.append(packet)

    def notice(self):
        chart = self.chance.choice("ab")
        number = self.noticed[chart] = self.noticed.get(chart, 0) + 1
        self.outlet.notice("viewers", chart, wire.Message(f"4viewers {chart} {number}".encode()))

    def pong(self):
        before = len(self.overflows)
        self.outlet.put_frame(PONG_FRAME)
        self.pongs += len(self.overflows) == before

    def flush(self):
        self.socket.room += self.chance.choice((0, 1, 2, 9, 200, 80_000))
        if self.outlet.send is not None and self.outlet.is_busy:
            self.outlet.drain()

    def poll(self):
        self.polled += encoded(self.outlet.take(self.chance.randint(1, 5)))
        if self.chance.random() < 0.2:
            self.outlet.attach(self.socket.send, self.socket.spawn_flush)

    def finish(self):
        if self.outlet.send is None:
            self.outlet.attach(self.socket.send, self.socket.spawn_flush)
        self.socket.room = 1 << 40
        while not self.outlet.drain():
            pass
        self.outlet.put(None)
        while not self.outlet.drain():
            pass

    def check(self):
        parser = Frames()
        frames = parser.feed(bytes(self.socket.taken))
        assert parser.is_between
        assert parser.close_code == GOING_AWAY
        said = self.polled + [data.decode() for opcode, data in frames if opcode == TEXT]
        assert [text for text in said if text.startswith("4[")] == self.put
        assert sum(opcode == PONG for opcode, _ in frames) == self.pongs
        for name, seat in self.seats.items():
            assert ticks_end(said, name) == seat.end
            told = [int(text.split()[2]) for text in said if text.startswith(f"4viewers {name}")]
            assert told == sorted(set(told))
            assert (told or [0])[-1] == self.noticed.get(name, 0)


def ticks_end(said, chart):
    """Return where the ticks of a chart end, which must follow one another without a gap."""
    end = 0
    for text in said:
        if text.startswith(f"4{chart}:"):
            first, last = text.rstrip("x")[3:].split("-")
            assert int(first) == end
            end = int(last)
    return end


@pytest.mark.parametrize("seed", range(60))
def test_whatever_the_socket_takes_nothing_is_torn_lost_repeated_or_out_of_order(seed):
    stream = Stream(seed)

    for _ in range(300):
        stream.step()
    stream.finish()

    stream.check()
