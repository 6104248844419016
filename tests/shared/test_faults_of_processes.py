"""Processes that are frozen, killed and ended while hundreds watch; one has another clock.

They start at the same instant, and the clock of one is a minute ahead of that of the other.
"""

import time
from email.utils import parsedate_to_datetime

import pytest
import requests
from faketime import clock_off_by
from fleet import Fleet, wait_until
from redis_server import RedisServer
from watched import LAB, LIMIT_S, ROWS, Watched, charts, description, holder_of, metric

VIEWERS = 100
AHEAD_S = 60


@pytest.fixture(scope="module")
def server():
    server = RedisServer()
    yield server
    server.remove()


@pytest.fixture(scope="module")
def fleet(server, tmp_path_factory):
    with Fleet(server.url, *charts(tmp_path_factory.mktemp("rows"))) as fleet:
        started = [fleet.start(), fleet.start(env=clock_off_by(AHEAD_S))]
        for member in started:
            assert member.url
        yield fleet


def clock_s(member):
    """Return what time a process thinks that it is."""
    answer = requests.get(f"{member.url}/healthz", timeout=LIMIT_S)
    return parsedate_to_datetime(answer.headers["Date"]).timestamp()


def test_two_that_start_at_the_same_instant_have_the_same_charts(fleet):
    one, other = fleet.members

    assert clock_s(other) - time.time() > AHEAD_S / 2
    for chart in (ROWS, LAB):
        assert description(one.url, chart)["epoch"] == description(other.url, chart)["epoch"]


def test_one_that_was_frozen_reads_on_and_cannot_write(fleet):
    with Watched(fleet.alive, VIEWERS) as watched:
        first, second = holder_of(fleet.alive)
        lost = metric(first, "leases_lost_total")
        first.freeze()
        wait_until(lambda: metric(second, "lease_held"), "the source is taken over")
        row, pushed = watched.last_row(), watched.n_pushed
        wait_until(lambda: watched.last_row() > row, "the source goes on")
        # Some of these had been sent to the one that is frozen, where they wait.
        wait_until(lambda: watched.n_pushed > pushed + 2, "pushes are taken by the other")
        first.thaw()
        wait_until(lambda: metric(first, "leases_lost_total") > lost, "it knows that it has lost")
        watched.goes_on()


def test_one_that_is_asked_to_end_hands_over(fleet):
    with Watched(fleet.alive, VIEWERS) as watched:
        first, second = holder_of(fleet.alive)
        first.stop()
        wait_until(lambda: metric(second, "lease_held"), "the source is taken over")
        fleet.start_again(first)
        watched.goes_on()


def test_nothing_is_lost_with_one_that_is_killed(fleet):
    with Watched(fleet.alive, VIEWERS) as watched:
        first, second = holder_of(fleet.alive)
        first.kill()
        wait_until(lambda: metric(second, "lease_held"), "the source is taken over")
        fleet.start_again(first)
        watched.goes_on()
