"""The fast broadcast with the send loop in C, and with the one in Python."""

import socket
import subprocess
import sys

import pytest
from processes import PROGRAMS, environment
from raw_viewer import RawViewer

HIDING = PROGRAMS / "without_helper"
WITH_HELPER = {}
WITHOUT_HELPER = {"PYTHONPATH": f"{HIDING}:{environment()['PYTHONPATH']}"}
VIEWERS = 20
FRAMES = 80
# 4 kB a tick: the kernel holds some 30 of them for who does not read.
WIDE = f"wide=walk?interval_s=0.05&series={','.join(f's{i}' for i in range(200))}"


class Follower(RawViewer):
    """A viewer that holds what it was sent, by offset, and is strict about the order."""

    def __init__(self, url, **options):
        super().__init__(url, **options)
        self.ticks = {}
        self.lengths = []
        self.end = None

    def read(self):
        """Read one frame of ticks."""
        _, frame = self.event("snapshot", "tick", "backfill")
        assert "reduced" not in frame
        first = frame["offset"] - len(frame["t"]) + 1
        assert first == (first if self.end is None else self.end + 1)
        self.end = frame["offset"]
        self.lengths.append(len(frame["t"]))
        for i, time_ms in enumerate(frame["t"]):
            self.ticks[first + i] = (time_ms, [row[i] for row in frame["y"]])


def test_what_hides_the_helper_hides_it():
    code = "from chartserver.broadcast.sockets import best_sockets; print(best_sockets().__name__)"

    told = subprocess.check_output(
        [sys.executable, "-c", code], env=environment(WITHOUT_HELPER), text=True
    )

    assert told == "PythonSockets\n"


@pytest.mark.parametrize("env", [WITH_HELPER, WITHOUT_HELPER], ids=["as built", "without helper"])
def test_all_hold_the_same_series_and_one_that_is_slow_delays_nobody(serve, env):
    server = serve("--async-mode", "eventlet", "--chart", WIDE, env=env)
    slow = Follower(server.url, sockopt=[(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)])
    slow.read()
    others = [Follower(server.url) for _ in range(VIEWERS - 1)]

    for _ in range(FRAMES):
        for viewer in others:
            viewer.read()
    while slow.end < min(viewer.end for viewer in others):
        slow.read()

    # It was passed by, and brought up with many ticks in one frame.
    assert max(slow.lengths[1:]) >= 10
    for viewer in others:
        common = viewer.ticks.keys() & slow.ticks.keys()
        assert len(common) >= FRAMES
        assert all(viewer.ticks[offset] == slow.ticks[offset] for offset in common)
    for viewer in [slow, *others]:
        viewer.close()
