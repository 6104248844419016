"""A Redis that stands still for 20 seconds: connections stand, and nobody answers."""

import time

import pytest
from checker import Checker
from fleet import Fleet, wait_until
from redis_server import RedisServer
from watched import ROWS, Watched, charts, description, is_ready

VIEWERS, NEWCOMERS = 100, 20
FROZEN_S = 20.0


@pytest.fixture(scope="module")
def server():
    server = RedisServer()
    yield server
    server.remove()


def test_viewers_are_served_from_memory_while_redis_is_frozen(server, tmp_path):
    with Fleet(server.url, *charts(tmp_path)) as fleet:
        two = fleet.start_all(2)
        with Watched(two, VIEWERS) as watched:
            losses = watched.rows.losses, watched.lab.losses
            server.freeze()
            until_s = time.monotonic() + FROZEN_S
            for member in two:
                wait_until(lambda one=member: not is_ready(one), "it is noticed")
            for checker in (watched.rows, watched.lab):
                checker.until(lambda one=checker: one.told("failed") == VIEWERS, "all are told")
            row = watched.last_row()
            with Checker([one.url for one in two], ROWS, NEWCOMERS) as newcomers:
                # What was appended last may have come to one of the two alone.
                served = {description(one.url, ROWS)["offset"] for one in two}
                assert {offset for _, offset in newcomers.positions} == served
                assert max(served) == row
                wait_until(lambda: watched.pushes.statuses[503] > 1, "pushes are refused")
                time.sleep(max(0.0, until_s - time.monotonic()))
                # Nobody feeds what cannot be kept, and nobody has left for it.
                assert watched.last_row() == row
                assert (watched.rows.losses, watched.lab.losses) == losses
                server.thaw()
                watched.goes_on()

                newcomers.until(lambda: newcomers.position, "they go on, too")
                newcomers.check()

        assert None not in watched.pushes.retry_after
        assert not any("Traceback" in line for one in two for line in one.process.stderr_lines)
