"""A stop and a new start under a thousand viewers: all are told, and all are back, gap-free."""

import time

import pytest
from crowd import Crowd
from processes import free_port

N = 1_000
# However slow the machine is.
LIMIT_S = 60.0

pytestmark = pytest.mark.timeout(5 * LIMIT_S)


@pytest.fixture
def crowd():
    """Have crowds, `crowd(url, chart, n)`, that are gone with the test."""
    crowds = []

    def come(*arguments):
        crowds.append(Crowd(*arguments))
        return crowds[-1]

    yield come
    for one in crowds:
        one.kill()


def test_all_are_told_and_all_come_back(serve, crowd):
    port = free_port()
    arguments = ("--chart=beat=python:counting:beat", "--port", port)
    server = serve(*arguments)
    viewers = crowd(server.url, "beat", N)
    (first,) = viewers.state["epochs"]

    began_s = time.monotonic()
    server.stop()
    stop_s = time.monotonic() - began_s
    gone = viewers.until(lambda state: not state["watching"], "all gone", LIMIT_S)
    began_s = time.monotonic()
    serve(*arguments)
    back = viewers.until(lambda state: state["watching"] == N, "all back", LIMIT_S)
    return_s = time.monotonic() - began_s
    (second,) = back["epochs"]
    at = back["offsets"][1]
    viewers.until(lambda state: state["offsets"][0] >= at + 3, "ticks for all", LIMIT_S)
    viewers.end()

    print(f"{N} viewers: exit 0 after {stop_s:.1f} s; all back {return_s:.1f} s after the start")
    assert gone["notices"] == N
    assert gone["close_codes"] == {"1012": N}  # a restart
    # None left before another: each has the last tick that there was.
    assert len(gone["away_at"]) == 1
    assert second != first
