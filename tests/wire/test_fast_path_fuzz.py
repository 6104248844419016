"""Viewers that read oddly, ask, ping, upgrade, come and go, all at once; nothing may go wrong.

`FUZZ_S` is for how many seconds (minutes are worth while), `FUZZ_SEED` repeats a run.
"""

import os
import random
import threading
import time

import pytest
import requests
from hard_viewer import LIMIT_S, HardViewer
from recorder import until

FUZZ_S = float(os.environ.get("FUZZ_S", "4"))
SEED = int(os.environ.get("FUZZ_SEED", random.randrange(1 << 32)))
HISTORY = 20_000
PATHS = {
    "direct": ("--async-mode", "eventlet", "--fan-out", "direct"),
    "ordinary": ("--async-mode", "eventlet", "--fan-out", "ordinary"),
    "threading": ("--async-mode", "threading"),
}


@pytest.fixture
def start(serve):
    def start(path, *options):
        return serve(
            "--chart=fast=python:counting:fast",
            "--chart=calm=python:counting:calm",
            f"--history={HISTORY}",
            "--frame-interval-s=0.005",
            # Who acts at random acts often.
            "--message-burst=1000000",
            *PATHS[path],
            *options,
        )

    return start


class Fuzz:
    """Viewers in threads of their own; the first thing that goes wrong ends all."""

    def __init__(self, server, seed, *, stalls_s, may_repeat=False):
        self.server = server
        self.faults = []
        self.lives = 0
        self.reduced = 0
        self.stalls_s = stalls_s
        self.may_repeat = may_repeat
        self.seed = seed

    def run(self, behaviours):
        self.until_s = time.monotonic() + FUZZ_S
        threads = [
            threading.Thread(target=self.guard, args=(behave, random.Random(self.seed + i)))
            for i, behave in enumerate(behaviours)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not self.faults, f"FUZZ_SEED={self.seed}: {self.faults}"

    def guard(self, behave, chance):
        try:
            behave(chance)
        except Exception as fault:  # told by the thread that made this one
            self.faults.append(f"{behave.__name__}: {type(fault).__name__}: {fault}")
            self.until_s = 0.0

    @property
    def is_over(self):
        return time.monotonic() > self.until_s

    def viewer(self, chance, upgrades):
        return HardViewer(
            self.server.url,
            {"chart": "fast", "points": chance.choice((10, 1_000, HISTORY))},
            chance=chance,
            receive_bytes=chance.choice((4_096, 16_384, 65_536)),
            upgrades=upgrades,
            may_repeat=self.may_repeat,
        )

    def stay(self, chance):
        """Watch to the end, reading oddly, and then hold what everybody holds."""
        viewer = self.viewer(chance, upgrades=chance.random() < 0.5)
        while not self.is_over:
            self.act(viewer, chance)
        self.finish(viewer)
        viewer.close()

    def come_and_go(self, chance):
        """Live for a moment, again and again, and once at least; leave in any way."""
        is_over = False
        while not is_over:
            viewer = self.viewer(chance, upgrades=chance.random() < 0.3)
            leave_s = time.monotonic() + chance.choice((0, 0.05, 0.5))
            while time.monotonic() < leave_s and not self.is_over:
                self.act(viewer, chance)
            chance.choice((viewer.close, viewer.reset))()
            self.lives += 1
            is_over = self.is_over

    def act(self, viewer, chance):
        roll = chance.random()
        if roll < 0.85:
            viewer.read(chance.choice((1, 2, 100, 5_000, 65_536)), timeout_s=0.02)
        elif roll < 0.89:
            viewer.ask("subscribe", self.again(viewer, chance))
        elif roll < 0.92:
            viewer.ping()
        elif roll < 0.94:
            viewer.say("3")  # a PONG that nobody asked for
        elif roll < 0.96:
            viewer.ask("subscribe", {"chart": "calm"})
        elif roll < 0.98:
            viewer.left[viewer.ask("unsubscribe", {"chart": "calm"})] = "calm"
        else:
            time.sleep(chance.choice((0.01, 0.1, self.stalls_s)))
        # Who never reads its answers is closed for it, rightly.
        while len(viewer.talk.asked) + len(viewer.pinged) - len(viewer.pongs) > 20:
            viewer.read()

    def again(self, viewer, chance):
        request = {"chart": "fast", "points": chance.choice((10, 1_000))}
        offset = viewer.positions.offsets.get("fast")
        if offset and chance.random() < 0.5:
            request["since"] = {"epoch": viewer.positions.epochs["fast"], "offset": offset}
        return request

    def finish(self, viewer):
        """Read what there is, and compare it with what the server has."""
        viewer.ping()
        viewer.answer(viewer.ask("unsubscribe", {"chart": "calm"}))
        frame = requests.get(self.server.url + "/api/charts/fast/ticks", timeout=LIMIT_S).json()
        viewer.read_until(
            lambda: (
                viewer.positions.offsets["fast"] >= frame["offset"]
                and viewer.pongs == viewer.pinged
            ),
            f"offset {frame['offset']}",
        )
        assert not viewer.talk.asked
        self.reduced += viewer.positions.reduced
        first = frame["offset"] - len(frame["t"]) + 1
        known = viewer.positions.series
        for i, time_ms in enumerate(frame["t"]):
            place = ("fast", frame["epoch"], first + i)
            tick = (time_ms, frame["y"][0][i], frame["y"][1][i])
            assert tick[1] == first + i
            assert known.get(place, tick) == tick
        if not viewer.positions.reduced:
            assert {("fast", frame["epoch"], first + i) for i in range(len(frame["t"]))} <= set(
                known
            )


def viewers_of(server, chart):
    return requests.get(f"{server.url}/api/charts/{chart}", timeout=LIMIT_S).json()["viewers"]


@pytest.mark.timeout(FUZZ_S + 100)
@pytest.mark.parametrize(
    ("path", "stalls_s"), [("direct", 0.5), ("ordinary", 0.1), ("threading", 0.1)]
)
def test_no_frame_is_torn_repeated_lost_or_out_of_order(start, path, stalls_s):
    server = start(path)
    fuzz = Fuzz(server, SEED, stalls_s=stalls_s, may_repeat=path != "direct")
    print(f"FUZZ_SEED={SEED}")

    fuzz.run([fuzz.stay] * 8 + [fuzz.come_and_go] * 3)

    assert fuzz.lives >= 3
    for chart in ("fast", "calm"):
        until(lambda chart=chart: viewers_of(server, chart) == 0, f"no viewers of {chart}")
    server.stop()
    assert "Traceback" not in server.process.told()
