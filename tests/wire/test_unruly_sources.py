"""A source that blocks, floods or raises delays no other chart and no request."""

import itertools
import time

import pytest
import requests
from recorder import LIMIT_S, Recorder, until

UNRULY = ("blocking", "slow", "flood", "raising", "wrong")


@pytest.fixture
def server(serve):
    charts = [f"--chart={name}=python:unruly:{name}" for name in UNRULY]
    return serve(
        "--chart=good=python:unruly:steady?interval_s=0.1",
        *charts,
    )


def describe(server, chart):
    return requests.get(f"{server.url}/api/charts/{chart}", timeout=LIMIT_S).json()


def test_none_of_them_delays_another_chart_or_a_request(server):
    viewer = Recorder(server.url, auth={"chart": "good"}, transports=["websocket"])
    viewer.wait_for("snapshot")
    came_s, asked_s = [], []
    take = viewer._take
    viewer.client.on("tick", lambda tick: (came_s.append(time.monotonic()), take("tick", tick)))

    until_s = time.monotonic() + 4.0
    while time.monotonic() < until_s:
        began_s = time.monotonic()
        assert requests.get(f"{server.url}/healthz", timeout=LIMIT_S).json() == {"status": "ok"}
        asked_s.append(time.monotonic() - began_s)
        time.sleep(0.05)
    viewer.close()

    gaps_s = [later - sooner for sooner, later in itertools.pairwise(came_s)]
    # Forty are due; a machine that has much to do sends fewer frames with more ticks in each.
    assert len(came_s) >= 20
    assert max(gaps_s) < 0.8
    assert max(asked_s) < 0.8


def test_each_is_told_of_none_loses_a_tick_and_the_end_comes_in_time(server):
    until(lambda: describe(server, "flood")["offset"] > 5_000, "5000 ticks")
    until(lambda: describe(server, "wrong")["offset"] >= 2, "ticks between wrong ones")
    until(lambda: describe(server, "raising")["status"] == "failed", "the failure")
    frame = requests.get(f"{server.url}/api/charts/flood/ticks", timeout=LIMIT_S).json()

    first = frame["offset"] - len(frame["t"])
    assert frame["y"] == [[float(i) for i in range(first, frame["offset"])]]
    assert "the sensor is gone; next try in" in describe(server, "raising")["reason"]
    assert describe(server, "slow")["status"] == "waiting"
    assert describe(server, "blocking")["offset"] == 1

    began_s = time.monotonic()
    server.stop()

    assert time.monotonic() - began_s < 10.0
    said = "\n".join(server.process.stderr_lines)
    assert "chart raising: source failed: OSError: the sensor is gone; next try in 1 s" in said
    assert "chart wrong: tick refused, 1 so far: got" in said
    assert "Traceback" not in said
