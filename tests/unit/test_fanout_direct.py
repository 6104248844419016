"""The fast broadcast: who gets what, when viewers come, go and stop reading in the middle of it."""

import json
import random
import socket

import pytest
from strict_parser import TEXT, Frames, Positions

from chartserver import cohort, fanout_direct
from chartserver.chart import Chart
from chartserver.fanout_direct import DirectBroadcast
from chartserver.history import MemoryHistory
from chartserver.outlet import Outlet
from chartserver.sockets import NativeSockets, PythonSockets, send_frame
from chartserver.subscription import Subscription
from chartserver.ticks import Position

VIEWERS_MAX = 10
IMPLEMENTATIONS = [PythonSockets] if send_frame is None else [PythonSockets, NativeSockets]


class Ordinary:
    """The ordinary broadcast: notes what it is asked for."""

    def __init__(self):
        self.asked = []

    def __getattr__(self, name):
        def note(*arguments):
            self.asked.append((name, *arguments))
            return "snapshot", {}

        return note


class Line:
    """A real pair of sockets with small buffers: the server's end, and a viewer that may read."""

    def __init__(self):
        self.server, self.viewer = socket.socketpair()
        for end in (self.server, self.viewer):
            end.setblocking(False)
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        self.flush_is_due = False

    def spawn_flush(self):
        self.flush_is_due = True

    def fill(self):
        """Put spaces into the buffer until it takes no more; return how many there are."""
        n = 0
        while True:
            try:
                n += self.server.send(b" " * 512)
            except BlockingIOError:
                return n

    def read(self, limit=1 << 20):
        try:
            return self.viewer.recv(limit)
        except (BlockingIOError, ConnectionError):
            return b""

    def close(self):
        self.server.close()
        self.viewer.close()


class FakeViewer:
    """A viewer of the room: what it was sent is parsed strictly and counted."""

    def __init__(self, sid, is_polling=False):
        self.sid = sid
        self.overflows = 0
        self.outlet = Outlet(lambda: None, self.overflow)
        self.line = Line()
        self.positions = Positions()
        self.events = []
        self.bytes = bytearray()
        self._frames = Frames()
        if not is_polling:
            self.upgrade()

    def overflow(self):
        self.overflows += 1

    def upgrade(self):
        line = self.line
        self.outlet.attach(line.server.send, line.spawn_flush, line.server.fileno())

    def read(self, limit=1 << 20):
        """Read what is there, at most `limit` bytes; the server writes on when it can."""
        data = self.line.read(limit)
        self.bytes += data
        for opcode, payload in self._frames.feed(data):
            if opcode == TEXT:
                self.take(payload.decode())
        self.flush()

    def poll(self, limit=16):
        for item in self.outlet.take(limit):
            self.take((item if isinstance(item, bytes) else item.payload).decode())

    def flush(self):
        if self.line.flush_is_due and self.outlet.drain():
            self.line.flush_is_due = False

    def read_all(self):
        """Read until there is nothing more."""
        while True:
            before = len(self.bytes)
            self.read()
            if len(self.bytes) == before and not self.line.flush_is_due:
                return

    def take(self, text):
        event, payload = json.loads(text[2:])
        self.events.append((event, payload))
        self.positions.take(event, payload)

    def names(self):
        return [name for name, _ in self.events]

    def last(self, name):
        return next(payload for event, payload in reversed(self.events) if event == name)


class Room:
    """A chart `fx`, its broadcast, and viewers that come and go."""

    def __init__(self, make_sockets=PythonSockets, history=10_000, exact_ticks=1_000):
        self.ordinary = Ordinary()
        self.viewers = {}
        self.gone = []
        self.between = lambda: None
        self.fan_out = DirectBroadcast(
            self.outlet_of, self.ordinary, self.sleep, exact_ticks, make_sockets
        )
        self.charts = {}
        self.fx = self.chart("fx", history)

    def chart(self, name, history=10_000):
        chart = Chart(name, now_ms=lambda: 0.0, history=MemoryHistory(history), series=())
        self.charts[name] = chart
        return chart

    def outlet_of(self, sid):
        viewer = self.viewers.get(sid)
        return viewer and viewer.outlet

    def sleep(self, _seconds):
        self.between()

    def join(self, sid, chart=None, is_polling=False, since=None, points=10_000):
        if sid not in self.viewers:
            self.viewers[sid] = FakeViewer(sid, is_polling)
        self.fan_out.bring_up(sid, Subscription(chart or self.fx, since, points))
        return self.viewers[sid]

    def leave(self, sid):
        viewer = self.viewers.pop(sid)
        for chart in self.charts.values():
            self.fan_out.leave(sid, chart)
        self.gone.append(viewer)
        return viewer

    def tick(self, n=1, value=None, chart=None):
        """Append `n` ticks, whose values are their offsets, and broadcast them."""
        chart = chart or self.fx
        offset = chart.history.position.offset
        for i in range(offset + 1, offset + n + 1):
            chart.append(float(i) if value is None else value, time_ms=float(i))
        self.fan_out.tick(chart, chart.take())

    def close(self):
        for viewer in filter(None, [*self.viewers.values(), *self.gone]):
            viewer.outlet.detach()
            viewer.line.close()


@pytest.fixture(params=IMPLEMENTATIONS)
def room(request):
    made = Room(request.param)
    yield made
    made.close()


@pytest.fixture
def crowded(monkeypatch):
    """Give the loop away after each pair of viewers."""
    monkeypatch.setattr(fanout_direct, "TURN_S", -1.0)
    monkeypatch.setattr(fanout_direct, "LOOK_SEATS", 1)
    monkeypatch.setattr(cohort, "COHORT_VIEWERS", 2)


def test_viewers_that_are_up_to_date_get_the_same_bytes(room):
    viewers = [room.join(f"viewer-{i}") for i in range(5)]
    for viewer in viewers:
        viewer.read_all()
        viewer.bytes.clear()

    for n in (1, 3, 200):
        room.tick(n)
    for viewer in viewers:
        viewer.read_all()

    assert len({bytes(viewer.bytes) for viewer in viewers}) == 1
    assert viewers[0].names() == ["snapshot", "tick", "tick", "tick"]
    assert viewers[0].positions.offsets["fx"] == 204


def test_a_viewer_whose_socket_is_full_is_passed_by_and_loses_nothing(room):
    slow, quick = room.join("slow"), room.join("quick")
    slow.read_all()
    filler = slow.line.fill()

    for _ in range(100):
        room.tick(3)
        quick.read_all()
    # Of the filler nothing belongs to the stream.
    while filler:
        filler -= len(slow.line.read(filler))
    slow.flush()
    slow.read_all()

    assert quick.positions.offsets["fx"] == slow.positions.offsets["fx"] == 300
    assert quick.positions.series == slow.positions.series
    assert room.fan_out.passed_by > 0
    assert slow.names().count("tick") == 1
    assert quick.names().count("tick") == 100


@pytest.mark.parametrize(("missed", "is_exact"), [(1, True), (100, True), (101, False)])
def test_a_viewer_is_brought_up_exactly_until_it_lacks_too_much(missed, is_exact):
    room = Room(exact_ticks=100)
    viewer = room.join("viewer", is_polling=True)
    viewer.poll()

    for _ in range(missed):
        room.tick()
    viewer.poll()

    assert viewer.positions.offsets["fx"] == missed
    # What is short is not made shorter, however far behind.
    assert len(viewer.positions.series) == missed
    assert viewer.names()[1] == ("tick" if is_exact else "backfill")
    room.close()


def test_what_is_exact_comes_in_pieces_that_a_slow_line_can_take():
    room = Room(exact_ticks=5_000)
    viewer = room.join("viewer", is_polling=True)
    viewer.poll()

    room.tick(2_400)
    room.tick(2_400)
    viewer.poll()

    sizes = [len(payload["t"]) for name, payload in viewer.events if name == "tick"]
    assert sum(sizes) == 4_800
    assert max(sizes) <= fanout_direct.CATCH_UP_COLUMNS
    assert viewer.positions.offsets["fx"] == 4_800
    room.close()


def test_a_viewer_far_behind_gets_a_reduced_backfill_with_every_spike():
    room = Room(exact_ticks=100)
    viewer = room.join("viewer", is_polling=True)
    viewer.poll()

    room.tick(2_000)
    room.tick(value=1e6)
    room.tick(2_000)
    room.tick(value=-1e6)
    room.tick(900)
    viewer.poll()
    room.tick()
    viewer.poll()

    backfill = viewer.last("backfill")
    assert backfill["reduced"] is True
    assert backfill["offset"] == 4_902
    assert {1e6, -1e6} <= set(backfill["y"][0])
    assert len(backfill["t"]) <= fanout_direct.CATCH_UP_COLUMNS
    assert viewer.positions.offsets["fx"] == 4_903
    assert room.fan_out.conflated == 1
    room.close()


def test_a_viewer_whose_position_is_lost_gets_a_snapshot():
    room = Room(history=50, exact_ticks=10)
    viewer = room.join("viewer", is_polling=True)
    viewer.poll()

    for _ in range(60):
        room.tick()
    viewer.poll()

    assert viewer.names() == ["snapshot", "snapshot"]
    assert viewer.last("snapshot")["offset"] == 60
    room.close()


def test_viewers_that_are_equally_far_behind_share_what_brings_them_up(room):
    viewers = [room.join(f"viewer-{i}", is_polling=True) for i in range(3)]
    for viewer in viewers:
        viewer.poll()

    room.tick(5)

    (first,), (second,), (third,) = (viewer.outlet.take(16) for viewer in viewers)
    assert first is second is third


def test_a_viewer_that_comes_back_gets_a_backfill_and_then_goes_on(room):
    room.tick(10)
    viewer = room.join("viewer")
    viewer.read_all()
    room.leave("viewer")
    room.tick(5)

    again = room.join("again", since=Position(room.fx.history.epoch, 10))
    again.positions.offsets["fx"], again.positions.epochs["fx"] = 10, room.fx.history.epoch
    room.tick()
    again.read_all()

    assert again.names() == ["backfill", "tick"]
    assert again.positions.offsets["fx"] == 16


def test_who_joins_leaves_or_upgrades_in_the_middle_of_a_broadcast_misses_nothing(room, crowded):
    for i in range(6):
        room.join(f"viewer-{i}", is_polling=i % 2 == 0)
    room.tick(3)
    todo = [
        lambda: room.join("late"),
        lambda: room.join("late poll", is_polling=True),
        lambda: room.viewers["viewer-0"].upgrade(),
        lambda: room.leave("viewer-1"),
        lambda: room.join("viewer-3"),
        lambda: room.viewers["late poll"].upgrade(),
    ]
    room.between = lambda: todo.pop(0)() if todo else None

    for _ in range(4):
        room.tick(2)
    room.between = lambda: None
    room.tick()

    assert not todo
    for viewer in room.viewers.values():
        viewer.poll() if viewer.outlet.is_polling else viewer.read_all()
        assert viewer.positions.offsets["fx"] == 12
        assert [place[2] for place in viewer.positions.series] == list(range(1, 13))
    assert room.gone[0].outlet.seats == {}


def test_who_has_left_a_chart_hears_no_more_of_it(room):
    viewer = room.join("viewer")
    viewer.read_all()

    room.fan_out.leave("viewer", room.fx)
    room.tick()
    room.fan_out.viewers(room.fx)
    viewer.read_all()

    assert viewer.names() == ["snapshot"]


def test_a_notice_that_waits_is_not_sent_to_who_has_left_meanwhile(room):
    viewer = room.join("viewer", is_polling=True)
    viewer.poll()
    room.fan_out.viewers(room.fx)

    room.fan_out.leave("viewer", room.fx)
    viewer.poll()

    assert viewer.names() == ["snapshot"]


def test_a_viewer_of_two_charts_that_gets_busy_in_one_is_passed_by_in_both(room):
    lab = room.chart("lab")
    viewer = room.join("viewer")
    room.join("viewer", lab)
    viewer.read_all()
    room.tick()
    room.tick(chart=lab)
    viewer.read_all()

    while not viewer.outlet.is_busy:
        room.tick(20)
    room.tick(5, chart=lab)
    room.tick(5)
    viewer.read_all()

    assert viewer.positions.offsets["fx"] == room.fx.history.position.offset
    assert viewer.positions.offsets["lab"] == 6


def test_a_broken_socket_is_let_go_and_the_others_go_on(room):
    room.join("gone")
    other = room.join("other")
    room.tick()
    room.viewers["gone"].line.viewer.close()

    room.tick()
    room.tick()
    other.read_all()

    assert room.viewers["gone"].outlet.is_gone
    assert other.positions.offsets["fx"] == 3


def test_a_broadcast_that_broke_off_in_the_middle_loses_nobody(room, crowded):
    viewers = [room.join(f"viewer-{i}") for i in range(6)]
    room.tick()

    def fail():
        raise RuntimeError("a fault in somebody else's task")

    room.between = fail
    with pytest.raises(RuntimeError):
        room.tick()
    room.between = lambda: None
    room.tick()

    for viewer in viewers:
        viewer.read_all()
        assert viewer.positions.offsets["fx"] == 3


def test_a_session_without_an_outlet_is_served_the_ordinary_way(room):
    room.viewers["test client"] = None

    room.fan_out.bring_up("test client", Subscription(room.fx, None, 100))
    room.tick()
    room.fan_out.leave("test client", room.fx)

    names = [asked[0] for asked in room.ordinary.asked]
    assert names == ["bring_up", "tick", "leave"]


def test_an_unread_answer_does_not_pile_up_however_often_it_is_asked_for(room):
    room.tick(2_400)
    viewer = room.join("viewer")

    for _ in range(500):
        room.join("viewer")

    assert viewer.outlet.qsize() <= 2
    assert viewer.overflows == 0
    room.tick()
    viewer.read_all()
    assert viewer.positions.offsets["fx"] == 2_401
    # The first that was under way, and the one that was asked for last.
    assert viewer.names().count("snapshot") == 2


class Storm:
    """Everything that can happen to a room, in any order, also in the middle of a broadcast."""

    def __init__(self, seed, make_sockets):
        self.chance = random.Random(seed)
        self.room = Room(make_sockets, history=self.chance.choice((40, 3_000)), exact_ticks=60)
        self.room.chart("lab")
        self.room.between = self.in_between
        self.n_joined = 0
        self.left = []

    def run(self, steps):
        for _ in range(steps):
            chart = self.chance.choice(list(self.room.charts.values()))
            action = self.chance.choice((self.tick, self.tick, self.notice, self.step))
            action(chart)

    def tick(self, chart):
        self.room.tick(self.chance.choice((1, 1, 2, 5, 70)), chart=chart)

    def notice(self, chart):
        self.room.fan_out.viewers(chart)

    def in_between(self):
        if self.chance.random() < 0.5:
            self.step()

    def step(self, _chart=None):
        viewers = list(self.room.viewers.values())
        if not viewers or (len(viewers) < VIEWERS_MAX and self.chance.random() < 0.1):
            self.join()
            return
        viewer = self.chance.choice(viewers)
        actions = [self.read] * 6 + [self.fetch] * 3
        actions += [self.upgrade, self.again, self.leave, self.breakdown]
        self.chance.choice(actions)(viewer)

    def join(self):
        self.n_joined += 1
        self.room.join(f"viewer-{self.n_joined}", is_polling=self.chance.random() < 0.3)

    def read(self, viewer):
        viewer.read(self.chance.choice((1, 7, 300, 5_000, 1 << 20)))

    def fetch(self, viewer):
        if viewer.outlet.is_polling:
            viewer.poll(self.chance.randint(1, 16))

    def upgrade(self, viewer):
        if viewer.outlet.is_polling:
            viewer.upgrade()

    def again(self, viewer):
        chart = self.chance.choice(list(self.room.charts.values()))
        self.room.join(viewer.sid, chart)

    def leave(self, viewer):
        if self.chance.random() < 0.2:
            self.room.leave(viewer.sid)

    def breakdown(self, viewer):
        if self.chance.random() < 0.1:
            viewer.line.viewer.close()
            viewer.outlet.put(b'42["status",{"chart":"fx"}]')
            self.room.leave(viewer.sid)

    def check(self):
        self.room.between = lambda: None
        for chart in self.room.charts.values():
            self.room.tick(chart=chart)
        for viewer in self.room.viewers.values():
            if viewer.outlet.is_polling:
                viewer.upgrade()
            viewer.read_all()
            ends = {
                name: self.room.charts[name].history.position.offset for name in viewer.outlet.seats
            }
            assert viewer.positions.offsets == ends
            assert not viewer.outlet.is_busy
            for (_, _, offset), (time_ms, value) in viewer.positions.series.items():
                assert time_ms == value == offset
        audiences = self.room.fan_out._audiences.values()
        assert {sid for one in audiences for sid in one.seats} <= set(self.room.viewers)
        for one in audiences:
            standing = [seat for group in one.cohorts for seat in group.seats] + list(one.apart)
            assert sorted(map(id, standing)) == sorted(map(id, one.seats.values()))


@pytest.mark.parametrize("make_sockets", IMPLEMENTATIONS)
@pytest.mark.parametrize("seed", range(6))
def test_in_any_storm_every_viewer_holds_the_same_history(seed, make_sockets, crowded):
    storm = Storm(seed, make_sockets)

    storm.run(200)

    storm.check()
    storm.room.close()
