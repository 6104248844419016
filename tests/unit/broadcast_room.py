"""A chart, its fast broadcast, and viewers on real pairs of sockets with small buffers."""

import json
import socket

from strict_parser import TEXT, Frames, Positions

from chartserver.broadcast.fanout_direct import DirectBroadcast
from chartserver.broadcast.outlet import Outlet
from chartserver.broadcast.sockets import NativeSockets, PythonSockets, send_frame
from chartserver.broadcast.subscription import Subscription
from chartserver.chart import Chart
from chartserver.history import MemoryHistory

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
