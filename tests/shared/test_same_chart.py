"""The same charts at two servers, by one Redis: whoever asks either of them is told the same.

The one serves by the fast broadcast, the other by the ordinary one.
"""

import itertools
import threading
import time
import uuid

import pytest
import requests
from event_reader import EventReader
from processes import Servers
from raw_viewer import RawViewer
from redis_server import RedisServer

from chartserver import Client

LIMIT_S = 60.0


@pytest.fixture(scope="module")
def redis():
    """A Redis that keeps nothing when it is killed."""
    server = RedisServer()
    yield server
    server.remove()


@pytest.fixture(scope="module")
def two(redis):
    """Two servers, started at the same instant."""
    with Servers() as servers:
        common = ("--chart", "fx=walk?interval_s=0.05", "--chart", "lab=push")
        common += ("--redis-url", redis.url, "--lease-s", "2")
        kinds = "--fan-out=direct", "--fan-out=ordinary"
        yield both(lambda number: servers.start(*common, kinds[number]))


def both(work):
    """Do `work(number)` in two threads at once; return what each has returned."""
    found, ready = {}, threading.Barrier(2)

    def run(number):
        ready.wait()
        found[number] = work(number)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LIMIT_S)
    return [found[0], found[1]]


def until(is_so):
    """Wait until `is_so()` is true, and return that."""
    deadline_s = time.monotonic() + LIMIT_S
    while not (found := is_so()):
        assert time.monotonic() < deadline_s, "it has not come true"
        time.sleep(0.02)
    return found


def get(server, path):
    answer = requests.get(server.url + path, timeout=LIMIT_S)
    assert answer.ok, answer.text
    return answer.json()


def push(server, chart, ticks, key=None):
    headers = {"Idempotency-Key": key} if key else {}
    url = f"{server.url}/api/charts/{chart}/ticks"
    return requests.post(url, json=ticks, headers=headers, timeout=LIMIT_S)


def new_chart(two):
    """Return the name of a chart that one has made, and that is at both."""
    name = f"c{uuid.uuid4().hex[:8]}"
    assert push(two[0], name, {"a": 0.0, "t": 1.0}).ok
    until(lambda: requests.get(f"{two[1].url}/api/charts/{name}", timeout=LIMIT_S).ok)
    return name


def same_ticks(two, chart, offset):
    """Return the ticks of a chart up to an offset, once both have them, and have the same."""
    path = f"/api/charts/{chart}"
    until(lambda: all(get(server, path)["offset"] >= offset for server in two))
    frames = [get(server, f"{path}/ticks") for server in two]
    assert [frame["epoch"] for frame in frames] == [frames[0]["epoch"]] * 2
    n = min(frame["offset"] for frame in frames)
    cut = [[row[: n - f["offset"] + len(row)] for row in (f["t"], *f["y"])] for f in frames]
    assert cut[0] == cut[1]
    return frames[0]


def test_a_source_runs_at_one_and_is_seen_at_both(two):
    frame = same_ticks(two, "fx", 20)

    descriptions = [get(server, "/api/charts/fx") for server in two]
    assert len(frame["t"]) == frame["offset"]
    assert [one["status"] for one in descriptions] == ["live", "live"]
    assert len({one["epoch"] for one in descriptions}) == 1


def test_pushes_to_both_at_once_have_one_order(two):
    chart = new_chart(two)

    def work(number):
        kept = []
        for i in range(25):
            # Every third has a time of its own, which the other may have passed.
            time_ms = {"t": time.time() * 1000 - 2.0} if i % 3 == 0 else {}
            answer = push(two[number], chart, [{"a": 1000.0 * number + i, **time_ms}])
            if answer.ok:
                kept.append((answer.json()["offset"], 1000.0 * number + i))
            else:
                assert answer.status_code == 400, answer.text
                assert answer.json()["code"] == "late"
                assert "before the last tick in the history" in answer.json()["error"]
        return kept

    kept = sorted(itertools.chain(*both(work)))

    frame = same_ticks(two, chart, kept[-1][0])
    assert [offset for offset, _ in kept] == list(range(2, len(kept) + 2))
    assert frame["y"][0][1:] == [value for _, value in kept]
    assert len(kept) > 30


def test_a_push_that_comes_to_both_under_one_key_is_kept_once(two):
    chart = new_chart(two)
    ticks = [{"a": 1.0}, {"a": 2.0}]

    answers = both(lambda number: push(two[number], chart, ticks, key="once"))
    other = [push(server, chart, [{"a": 3.0}], key="once") for server in two]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert {answer.json()["offset"] for answer in answers} == {3}
    assert same_ticks(two, chart, 3)["y"] == [[0.0, 1.0, 2.0]]
    assert [answer.status_code for answer in other] == [422, 422]


def test_series_that_come_to_both_at_once_have_one_order(two):
    chart = new_chart(two)

    answers = both(lambda number: push(two[number], chart, [{f"s{number}": 5.0 + number}]))

    assert [answer.status_code for answer in answers] == [200, 200]
    frame = same_ticks(two, chart, 3)
    names = [
        [one["name"] for one in get(server, f"/api/charts/{chart}")["series"]] for server in two
    ]
    assert names[0] == names[1]
    for number in range(2):
        at = answers[number].json()["offset"] - 1
        assert [row[at] for row in frame["y"]] == [
            5.0 + number if name == f"s{number}" else None for name in names[0]
        ]


def test_notes_that_are_written_at_both_have_one_numbering(two):
    chart = new_chart(two)
    viewers = [RawViewer(server.url, {"chart": chart}) for server in two]

    def write(number):
        url = f"{two[number].url}/api/charts/{chart}/notes"
        return [
            requests.post(url, json={"text": f"note {number} {i}"}, timeout=LIMIT_S).json()["id"]
            for i in range(4)
        ]

    ids = both(write)

    assert sorted(itertools.chain(*ids)) == list(range(1, 9))
    path = f"/api/charts/{chart}/notes"
    until(lambda: all(get(server, path)["revision"] == 8 for server in two))
    assert get(two[0], path) == get(two[1], path)
    for viewer in viewers:
        while viewer.event("note")[1]["revision"] < 8:
            pass
        viewer.close()


def test_a_redis_that_has_lost_all_is_given_it_back_and_viewers_are_told(two, redis):
    chart = new_chart(two)
    raw = [RawViewer(server.url, {"chart": chart}) for server in two]
    reader = EventReader(two[1].url, f"/api/charts/{chart}/events")
    reader.until("snapshot")
    began = [viewer.event("snapshot")[1] for viewer in raw]
    client = Client(f"{two[0].url}/{chart}", timeout_s=LIMIT_S)
    seen = []
    thread = threading.Thread(target=lambda: seen.extend(client))
    thread.start()
    until(lambda: client.position)
    assert push(two[1], chart, [{"a": 1.0}, {"a": 2.0}]).json()["offset"] == 3
    until(lambda: len(seen) == 2)

    redis.kill()
    until(lambda: get(two[0], f"/api/charts/{chart}")["status"] == "failed")
    away = push(two[0], chart, [{"a": 9.0}])
    ready = requests.get(two[0].url + "/readyz", timeout=LIMIT_S)
    assert "history not reachable" in get(two[0], f"/api/charts/{chart}")["reason"]
    assert get(two[1], f"/api/charts/{chart}/ticks")["y"] == [[0.0, 1.0, 2.0]]
    redis.start()
    until(lambda: push(two[0], chart, [{"a": 3.0}], key="back").ok)

    assert away.status_code == 503
    assert int(away.headers["Retry-After"]) > 0
    assert (ready.status_code, ready.json()["status"]) == (503, "unready")
    frame = same_ticks(two, chart, 4)
    assert frame["epoch"] != began[0]["epoch"]
    assert frame["y"] == [[0.0, 1.0, 2.0, 3.0]]
    for told in [
        *(viewer.event("snapshot")[1] for viewer in raw),
        reader.until("snapshot").content,
    ]:
        assert told["recovered"] is False
        assert "lost" in told["reason"]
        assert told["epoch"] == frame["epoch"]
        assert told["y"][0][:3] == [0.0, 1.0, 2.0]
    until(lambda: get(two[1], f"/api/charts/{chart}")["status"] == "live")
    until(lambda: seen[-1].position == (frame["epoch"], 4))
    assert client.counts.restarts == 1
    client.close()
    thread.join(LIMIT_S)
    reader.close()
    for viewer in raw:
        viewer.close()
