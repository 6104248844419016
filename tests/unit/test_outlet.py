"""The outgoing side of one viewer, on a socket that takes what it likes."""

import json
import random

import pytest
from strict_parser import CLOSE, PONG, TEXT, Frames

from chartserver import wire
from chartserver.outlet import GOING_AWAY, PACKETS_MAX, Outlet

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


def test_packets_and_messages_go_out_at_once_and_in_order():
    outlet, socket = attached()

    outlet.put(FakePacket("0{}"))
    outlet.put(wire.Message(b"4first"))
    outlet.put(b"4second")

    assert texts(socket) == ["0{}", "4first", "4second"]
    assert outlet.empty()
    assert not outlet.is_busy


def test_what_does_not_go_out_waits_and_a_flusher_is_asked_for_once():
    outlet, socket = attached(room=3)

    outlet.put(b"4a message")
    outlet.put(b"4another")

    assert outlet.is_busy
    assert outlet.qsize() == 2
    assert socket.flushers == 1


def test_an_unfinished_frame_is_finished_before_anything_else():
    outlet, socket = attached(room=3)
    outlet.put(b"4a message")
    outlet.put_frame(PONG_FRAME)
    outlet.put(b"4another")

    socket.room = 1 << 20
    assert outlet.drain()

    frames = Frames().feed(bytes(socket.taken))
    assert frames == [(TEXT, b"4a message"), (PONG, b"life"), (TEXT, b"4another")]


def test_a_socket_that_takes_nothing_keeps_the_frame_whole():
    outlet, socket = attached(room=0)
    outlet.put(b"4a message")

    assert not outlet.drain()
    socket.room = 1 << 20
    assert outlet.drain()

    assert texts(socket) == ["4a message"]


def test_of_notices_only_the_newest_of_each_kind_and_chart_goes_out():
    outlet, socket = attached(room=1)
    outlet.put(b"4a message")
    for number in range(5):
        outlet.notice("viewers", "fx", wire.Message(f"4fx {number}".encode()))
        outlet.notice("viewers", "lab", wire.Message(f"4lab {number}".encode()))

    socket.room = 1 << 20
    outlet.drain()

    assert texts(socket) == ["4a message", "4fx 4", "4lab 4"]


def test_what_a_busy_viewer_lacks_follows_its_packets_and_notices():
    outlet, socket = attached(room=1)
    seat = outlet.seats["fx"] = FakeSeat("fx")
    outlet.put(b"4a message")
    seat.end = 7
    outlet.notice("status", "fx", wire.Message(b"4status"))

    socket.room = 1 << 20
    outlet.drain()

    assert texts(socket) == ["4a message", "4status", "4fx:0-3", "4fx:3-6", "4fx:6-7"]


def test_who_gets_busy_leaves_the_broadcasts_of_all_charts():
    outlet, _ = attached(room=1)
    outlet.seats = {"fx": FakeSeat("fx"), "lab": FakeSeat("lab")}

    outlet.put(b"4a message")

    assert outlet.seats["fx"].is_out
    assert outlet.seats["lab"].is_out


def test_a_broadcast_frame_that_was_taken_in_part_is_finished_first():
    outlet, socket = attached(room=4)
    frame = wire.websocket_frame(b"4tick")
    taken = socket.send(frame)
    outlet.keep_rest(frame, taken)
    outlet.put(b"4ack")

    socket.room = 1 << 20
    outlet.drain()

    assert texts(socket) == ["4tick", "4ack"]


def test_a_broadcast_frame_of_which_nothing_was_taken_is_not_kept():
    outlet, socket = attached(room=0)
    outlet.keep_rest(wire.websocket_frame(b"4tick"), 0)

    socket.room = 1 << 20
    outlet.drain()

    assert texts(socket) == []
    assert socket.flushers == 1


def test_packets_are_bounded_and_the_overflow_is_told():
    overflows = []
    outlet, _ = attached(room=0, overflows=overflows)

    # The first is not in the row: it is the unfinished frame.
    for number in range(PACKETS_MAX + 11):
        outlet.put(f"4{number}".encode())

    assert outlet.qsize() == PACKETS_MAX + 1
    assert len(overflows) == 10


def test_the_close_frame_comes_last_and_nothing_after_it():
    outlet, socket = attached(room=1)
    seat = outlet.seats["fx"] = FakeSeat("fx")
    outlet.put(b"4a message")
    outlet.put(None)
    outlet.put(b"4too late")
    outlet.put_frame(PONG_FRAME)

    socket.room = 1 << 20
    outlet.drain()
    seat.end = 3
    outlet.kick()
    outlet.notice("status", "fx", wire.Message(b"4status"))

    frames = Frames().feed(bytes(socket.taken))
    assert frames == [(TEXT, b"4a message"), (CLOSE, GOING_AWAY.to_bytes(2, "big"))]
    assert outlet.empty()


def test_who_is_closing_has_left_the_broadcasts_before_the_close_frame():
    outlet, _ = attached()
    seat = outlet.seats["fx"] = FakeSeat("fx")

    outlet.put(None)

    assert seat.is_out
    assert outlet.is_busy


def test_a_socket_that_breaks_takes_all_that_waits_with_it():
    outlet, socket = attached(room=1)
    seat = outlet.seats["fx"] = FakeSeat("fx")
    outlet.put(b"4a message")
    socket.is_broken = True

    assert outlet.drain()

    assert outlet.is_gone
    assert outlet.empty()
    assert seat.is_out
    outlet.put(b"4too late")
    outlet.notice("status", "fx", wire.Message(b"4status"))
    outlet.kick()
    assert outlet.empty()


def test_a_poll_is_answered_with_no_more_than_its_limit_and_the_rest_waits():
    woken = []
    outlet = outlet_of(woken)
    seat = outlet.seats["fx"] = FakeSeat("fx")
    for number in range(3):
        outlet.put(FakePacket(f"4{number}"))
    outlet.notice("status", "fx", wire.Message(b"4status"))
    seat.end = 7

    assert encoded(outlet.take(2)) == ["40", "41"]
    assert encoded(outlet.take(3)) == ["42", "4status", "4fx:0-3"]
    assert encoded(outlet.take(16)) == ["4fx:3-6", "4fx:6-7"]
    assert outlet.take(16) == []
    assert len(woken) == 4


def test_what_a_viewer_that_polled_has_not_fetched_is_written_when_it_upgrades():
    outlet, socket = outlet_of(), FakeSocket(1 << 20)
    seat = outlet.seats["fx"] = FakeSeat("fx")
    outlet.put(FakePacket("40{}"))
    outlet.put(wire.Message(b"4snapshot"))
    outlet.notice("status", "fx", wire.Message(b"4status"))
    seat.end = 2
    assert encoded(outlet.take(1)) == ["40{}"]

    outlet.attach(socket.send, socket.spawn_flush)

    assert texts(socket) == ["4snapshot", "4status", "4fx:0-2"]
    assert not outlet.is_polling


def test_a_viewer_that_polls_is_behind_as_long_as_something_waits():
    outlet = outlet_of()
    seat = outlet.seats["fx"] = FakeSeat("fx")
    assert not outlet.is_behind

    seat.end = 1
    assert outlet.is_behind

    outlet.take(16)
    assert not outlet.is_behind


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
