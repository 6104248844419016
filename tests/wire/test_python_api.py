"""Charts made in Python: functions, generators, dicts, and appending from many threads."""

import sys

import pytest
import requests
from processes import PROGRAMS, URL, Process
from recorder import LIMIT_S, Recorder, until

PROGRAM = PROGRAMS / "own_charts.py"
THREADS, EACH = 8, 2_000


@pytest.fixture
def url():
    process = Process([sys.executable, str(PROGRAM)])
    yield URL.search(process.lines_until(URL, "stderr")[-1])[1]
    process.send_signal(15)
    assert process.wait() == 0
    process.kill()


def get(url, path):
    return requests.get(f"{url}/api/charts/{path}", timeout=LIMIT_S).json()


def test_functions_generators_dicts_and_appends_are_charts(url):
    until(lambda: get(url, "generator")["status"] == "ended", "the generator's end")
    until(lambda: get(url, "function")["offset"] >= 5, "5 ticks of a function")
    until(lambda: get(url, "names")["offset"] >= 5, "5 ticks by name")

    listed = requests.get(f"{url}/api/charts", timeout=LIMIT_S).json()["charts"]
    assert [one["name"] for one in listed] == ["function", "generator", "names", "lab"]
    assert get(url, "generator/ticks")["y"] == [[float(i) for i in range(1, 501)]]
    assert get(url, "function")["interval_ms"] == 50.0
    assert get(url, "generator")["interval_ms"] is None
    columns = zip(*get(url, "function/ticks")["y"], strict=True)
    assert set(columns) == {(1.0812, 149.83)}
    assert [one["name"] for one in get(url, "names")["series"]] == ["cpu", "memory"]
    assert set(get(url, "names/ticks")["y"][1]) == {None}
    assert get(url, "lab")["title"] == "Laboratory"


def test_what_many_threads_append_is_neither_lost_nor_doubled(url):
    viewer = Recorder(url, auth={"chart": "lab"}, transports=["websocket"])
    until(lambda: get(url, "lab")["offset"] == THREADS * EACH, "all ticks")
    viewer.close()

    rows = list(zip(*get(url, "lab/ticks")["y"], strict=True))
    assert len(rows) == THREADS * EACH
    for thread in range(THREADS):
        assert [i for which, i in rows if which == thread] == list(range(EACH))
