"""All processes replaced one by one by those of a later version, while 500 viewers watch."""

import pytest
import requests
from fleet import Fleet, wait_until
from processes import PROGRAMS, environment
from redis_server import RedisServer
from watched import LAB, LIMIT_S, ROWS, Watched, charts, description

VIEWERS = 250
LATER = {"PYTHONPATH": f"{PROGRAMS / 'newer_version'}:{environment()['PYTHONPATH']}"}
LOG = "chartserver:{%s}:log"


@pytest.fixture(scope="module")
def server():
    server = RedisServer()
    yield server
    server.remove()


def push(member, chart, tick):
    answer = requests.post(f"{member.url}/api/charts/{chart}/ticks", json=tick, timeout=LIMIT_S)
    assert answer.status_code == 200, answer.text


def names(member, chart):
    answer = requests.get(f"{member.url}/api/charts/{chart}", timeout=LIMIT_S)
    return [one["name"] for one in answer.json().get("series", [])]


def check_that_versions_agree(server, old, later):
    """Fail unless two of different versions have a chart together that both have added to."""
    push(later, "mixed", {"a": 1.0})
    push(old, "mixed", {"b": 2.0})
    push(later, "mixed", {"c": 3.0})
    for member in (old, later):
        wait_until(lambda one=member: names(one, "mixed") == ["a", "b", "c"], "the same series")
    with server.client(encoding_errors="replace") as redis:
        said = redis.xrange(LOG % "mixed")
    # The later one does say more.
    assert any(fields.get("later") for _, fields in said)
    assert any(fields.get("x") == "later" for _, fields in said)
    assert any('"later"' in fields.get("c", "") for _, fields in said)


def test_a_deployment_loses_nothing_and_versions_bear_each_other(server, tmp_path):
    with Fleet(server.url, *charts(tmp_path)) as fleet:
        first, second = fleet.start_all(2)
        with Watched([first, second], VIEWERS) as watched:
            epochs = [description(first.url, chart)["epoch"] for chart in (ROWS, LAB)]
            first.stop()
            later = fleet.start("--port", first.port, env=LATER)
            watched.goes_on()
            check_that_versions_agree(server, second, later)

            second.stop()
            fleet.start("--port", second.port, env=LATER)
            watched.goes_on()
            assert watched.epochs == [[one] for one in epochs]
            assert min(watched.rows.losses, watched.lab.losses) >= VIEWERS
