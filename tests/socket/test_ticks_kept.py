"""`GET /api/charts/<chart>/ticks` beyond what memory holds: read from a real store."""

import csv
import io
import json
import shutil
import threading
import time

import numpy as np
import pytest

from chartserver.batch import Batch
from chartserver.errors import StoreFault
from chartserver.sources.times import iso_ms
from chartserver.store.opening import open_store
from chartserver.ticks import Series
from chartserver.web import spool

N, IN_MEMORY = 30_000, 100
BEGAN_MS = float(time.time() // 1 - 40_000) * 1000
TIMES_MS = BEGAN_MS + np.arange(N) * 1000.0
VALUES = np.array([np.sin(np.arange(N)), np.arange(N) / 7])
VALUES[1, ::10] = np.nan
PATH = "/api/charts/fx/ticks"


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    """Return the URL of a store that has kept a chart."""
    url = f"sqlite:///{tmp_path_factory.mktemp('kept')}/kept.db"
    store, is_done = open_store(url), threading.Event()
    names = [Series("a"), Series("b")]
    store.submit(Batch("fx", TIMES_MS, VALUES, epoch="9f2c41aa", series=names), is_done.set)
    assert is_done.wait(10.0)
    assert store.close(10.0)
    return url


@pytest.fixture
def room(make_room, url):
    """Return a server that has the last ticks in memory."""
    room = make_room(store=url, history=IN_MEMORY)
    room.server.chart("fx")
    yield room
    room.server.store.close(10.0)


def get(room, query, **options):
    return room.http.get(f"{PATH}?{query}", buffered=True, **options)


def assert_frame(frame, begin, end):
    """Assert that a frame tells the ticks from one index to before another."""
    assert (frame["epoch"], frame["offset"]) == ("9f2c41aa", end)
    assert frame["t"] == TIMES_MS[begin:end].tolist()
    wanted = [[None if y != y else y for y in row] for row in VALUES[:, begin:end].tolist()]
    assert frame["y"] == wanted
    assert "reduced" not in frame


def test_without_bounds_it_is_what_memory_holds(room):
    assert_frame(get(room, "").json, N - IN_MEMORY, N)
    assert_frame(get(room, f"from={TIMES_MS[-10]}").json, N - 10, N)


@pytest.mark.parametrize(
    ("begin", "end"), [(0, N), (5, 9), (0, 12_345), (N - 2 * IN_MEMORY, N - IN_MEMORY - 3)]
)
def test_what_begins_earlier_is_read_from_the_store(room, begin, end):
    frame = get(room, f"from={TIMES_MS[begin]}&to={TIMES_MS[end - 1]}").json

    assert_frame(frame, begin, end)


def test_an_end_alone_begins_with_the_first_that_is_kept(room):
    assert_frame(get(room, f"to={TIMES_MS[20]}").json, 0, 21)


def test_a_position_that_memory_has_not_is_found_in_the_store(room):
    assert_frame(get(room, "since=9f2c41aa:17").json, 17, N)
    assert_frame(get(room, "since=9f2c41aa:0").json, 0, N)
    assert get(room, "since=00000000:17").status_code == 410
    assert get(room, f"since=9f2c41aa:{N + 1}").status_code == 410


def test_csv_tells_the_same(room):
    rows = list(csv.reader(io.StringIO(get(room, "format=csv&from=0").text)))

    assert rows[0] == ["time", "a", "b"]
    assert [iso_ms(row[0]) for row in rows[1:]] == TIMES_MS.tolist()
    assert [row[2] for row in rows[1:]] == ["" if y != y else repr(y) for y in VALUES[1].tolist()]


def test_points_keep_the_extremes_and_say_that_they_are_reduced(room):
    frame = get(room, f"from={BEGAN_MS}&points=200").json

    assert frame["reduced"] is True
    assert 10 < len(frame["t"]) <= 200
    assert max(frame["y"][0]) == VALUES[0].max()
    assert min(frame["y"][0]) == VALUES[0].min()
    since = get(room, "since=9f2c41aa:20000&points=200").json
    assert since["reduced"] is True
    # Of whole buckets, where they are as good as the ticks.
    assert 0 <= TIMES_MS[20_000] - since["t"][0] < 3_600_000


def test_an_answer_is_known_again(room):
    query = f"from=0&to={TIMES_MS[100]}"
    tag = get(room, query).headers["ETag"]

    assert get(room, query, headers={"If-None-Match": tag}).status_code == 304
    assert get(room, "from=0", headers={"If-None-Match": tag}).status_code == 200


def test_what_is_no_longer_kept_when_its_turn_comes_is_no_hole(room, monkeypatch):
    pieces = room.server.store.pieces

    def pruned(*asked):
        return (ticks for i, ticks in enumerate(pieces(*asked)) if i != 1)

    monkeypatch.setattr(room.server.store, "pieces", pruned)
    answer = room.http.get(f"{PATH}?from=0&format=csv")

    with pytest.raises(ConnectionAbortedError):
        list(answer.iter_encoded())

    assert room.server.refusals.counts == {"answer_outrun": 1}
    answer.close()


def test_a_store_that_cannot_be_read_is_told_before_an_answer(room, monkeypatch):
    def broken(*_):
        raise StoreFault("is on a disk that is gone")
        yield

    monkeypatch.setattr(room.server.store, "pieces", broken)

    answer = get(room, "from=0")

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    assert "disk that is gone" in answer.json["error"]
    assert room.server.refusals.counts == {"store_fault": 1}


def test_an_answer_too_large_for_the_disk_is_cut_off(room, monkeypatch):
    monkeypatch.setattr(spool.Spool.__init__, "__defaults__", (300_000,))
    answer = room.http.get(f"{PATH}?from=0")

    with pytest.raises(ConnectionAbortedError):
        list(answer.iter_encoded())

    assert room.server.refusals.counts == {"busy": 1}
    answer.close()
    assert get(room, "from=0&format=csv").status_code == 200


def test_what_comes_while_it_is_read_is_not_in_it(make_room, url, tmp_path):
    path = url.removeprefix("sqlite:///")
    copy = shutil.copy(path, tmp_path)
    room = make_room(store=f"sqlite:///{copy}", history=IN_MEMORY)
    room.server.chart("fx")
    answer = room.http.get(f"{PATH}?from=0")
    pieces = answer.iter_encoded()
    start = next(pieces)

    kept = threading.Event()
    times = TIMES_MS[-1:] + 1000.0
    late = Batch("fx", times, np.ones((3, 1)), series=[*map(Series, "abc")])
    room.server.store.submit(late, kept.set)
    assert kept.wait(10.0)

    assert_frame(json.loads(start + b"".join(pieces)), 0, N)
    answer.close()
    assert room.server.store.close(10.0)
