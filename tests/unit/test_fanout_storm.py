"""The fast broadcast in random use: whatever viewers do, all hold the same history."""

import random

import pytest
from broadcast_room import IMPLEMENTATIONS, Room

from chartserver.broadcast import cohort, fanout_direct

VIEWERS_MAX = 10


@pytest.fixture
def crowded(monkeypatch):
    """Give the loop away after each pair of viewers."""
    monkeypatch.setattr(fanout_direct, "TURN_S", -1.0)
    monkeypatch.setattr(fanout_direct, "LOOK_SEATS", 1)
    monkeypatch.setattr(cohort, "COHORT_VIEWERS", 2)


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
