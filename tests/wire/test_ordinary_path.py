"""The ordinary path keeps its promises, too: bounded queues, and nobody else notices."""

import time

import psutil
import pytest
import requests
from hard_viewer import LIMIT_S, HardViewer
from recorder import until

N_STUCK = 10
PATHS = {
    "threading": ("--async-mode=threading",),
    "gevent": ("--async-mode=gevent",),
    "eventlet": ("--async-mode=eventlet", "--fan-out=ordinary"),
}


@pytest.fixture(params=PATHS)
def server(request, serve):
    return serve(
        "--chart=wide=python:counting:wide",
        *PATHS[request.param],
        "--evict-after-s=1",
        "--frame-interval-s=0.01",
    )


def viewers(server):
    return requests.get(f"{server.url}/api/charts/wide", timeout=LIMIT_S).json()["viewers"]


def test_viewers_that_never_read_are_closed_and_leave_nothing(server):
    process = psutil.Process(server.process.pid)
    bystander = HardViewer(server.url, {"chart": "wide"}, may_repeat=True)
    bystander.read_until(lambda: bystander.positions.offsets, "the snapshot")
    assert viewers(server) == 1
    fds, threads, mb = process.num_fds(), process.num_threads(), process.memory_info().rss / 1e6
    stuck = [
        HardViewer(server.url, {"chart": "wide"}, receive_bytes=4_096, may_repeat=True)
        for _ in range(N_STUCK)
    ]

    gone = []
    until_s = time.monotonic() + LIMIT_S
    while not gone and time.monotonic() < until_s:
        bystander.read()
        if bystander.chance.random() < 0.05 and viewers(server) == 1:
            gone.append(True)

    assert gone
    until(lambda: process.num_fds() <= fds, "no descriptor left")
    # The task of each that waits to send the next ping ends by itself, in 20 s.
    until(lambda: process.num_threads() <= threads + N_STUCK, "no thread left that serves them")
    assert process.memory_info().rss / 1e6 - mb < 30
    offset = bystander.positions.offsets["wide"]
    offsets = sorted(place[2] for place in bystander.positions.series)
    assert offsets == list(range(1, offset + 1))
    for viewer in [bystander, *stuck]:
        viewer.close()
    until(lambda: viewers(server) == 0, "no viewers")
    server.stop()
    assert "Traceback" not in server.process.told()
