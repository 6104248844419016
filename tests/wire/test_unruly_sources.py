"""A source that blocks, floods or raises delays no other chart and no request."""

import contextlib
import statistics
import time

import pytest
import requests
from bystander import Bystander
from recorder import CUT_OFF, LIMIT_S, until

UNRULY = ("blocking", "slow", "flood", "raising", "wrong")


@pytest.fixture
def server(serve):
    charts = [f"--chart={name}=python:unruly:{name}" for name in UNRULY]
    return serve("--chart=good=python:counting:steady", *charts)


def describe(server, chart):
    return requests.get(f"{server.url}/api/charts/{chart}", timeout=LIMIT_S).json()


def test_none_of_them_delays_another_chart_or_a_request(server):
    viewer = Bystander(server, "good")
    asked_s = []

    for _ in range(50):
        began_s = time.monotonic()
        assert requests.get(f"{server.url}/healthz", timeout=LIMIT_S).json() == {"status": "ok"}
        asked_s.append(time.monotonic() - began_s)
        time.sleep(0.05)

    viewer.end()
    # It is a few milliseconds; some are more on a machine that is slow.
    assert statistics.median(asked_s) < 0.8


def test_each_is_told_of_none_loses_a_tick_and_the_end_comes_in_time(server):
    until(lambda: describe(server, "flood")["offset"] > 5_000, "5000 ticks")
    until(lambda: describe(server, "wrong")["offset"] >= 2, "ticks between wrong ones")
    until(lambda: describe(server, "raising")["status"] == "failed", "the failure")
    frame = until_read(f"{server.url}/api/charts/flood/ticks")

    first = frame["offset"] - len(frame["t"])
    assert frame["y"] == [[float(i) for i in range(first, frame["offset"])]]
    assert "the sensor is gone; next try in" in describe(server, "raising")["reason"]
    assert describe(server, "slow")["status"] == "waiting"
    assert describe(server, "blocking")["offset"] == 1

    # It would never come.
    server.stop()

    said = "\n".join(server.process.stderr_lines)
    assert "chart raising: source failed: OSError: the sensor is gone; next try in 1 s" in said
    assert "chart wrong: tick refused, 1 so far: got" in said
    assert "Traceback" not in said


def until_read(url):
    """Return what a GET is answered; an answer that ticks outrun is cut off, and asked for anew."""
    answers = []

    def is_read():
        with contextlib.suppress(*CUT_OFF):
            answers.append(requests.get(url, timeout=LIMIT_S).json())
        return answers

    until(is_read, "an answer")
    return answers[0]
