"""`GET /api/charts/<chart>/ticks` as caches, slow readers and unpackers see it."""

import gzip
import json
import math
import threading
import time
from functools import partial

import numpy as np
import pytest

from chartserver.errors import PositionLost
from chartserver.sources.registry import open_source, parse_spec
from chartserver.web.long_answer import LongAnswer

URL = "/api/charts/fx/ticks"
LONG = 20_000
TOKEN = "t" * 20


def get(room, path, **options):
    """Return the answer to a GET."""
    return room.http.get(path, buffered=True, **options)


@pytest.fixture
def fx(room):
    return room.chart("fx", 1.5, 2.0, 3.0)


@pytest.fixture
def long(room):
    """Return a chart whose answers are long."""
    return fill(room.chart("long", series=("a", "b")))


def fill(chart):
    chart.history.append(np.arange(LONG) * 1000.0, np.ones((2, LONG)) * np.arange(LONG) / 7)
    return chart


def stream(room, path, **options):
    """Return the answer to a GET of which nothing is read yet; close it."""
    return room.http.get(path, **options)


def test_who_has_an_answer_is_not_sent_it_again(room, fx):
    tag = get(room, URL).headers["ETag"]

    again = get(room, URL, headers={"If-None-Match": tag})
    weak = get(room, URL, headers={"If-None-Match": f'"other", W/{tag}'})
    other = get(room, URL, headers={"If-None-Match": '"other"'})

    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)
    assert again.headers["Cache-Control"] == "no-cache"
    assert again.headers["Vary"] == "Accept-Encoding"
    assert weak.status_code == 304
    assert not {"Content-Type", "Content-Encoding", "Content-Length"} & set(dict(again.headers))
    assert other.status_code == 200


def test_a_new_tick_or_another_question_is_another_answer(room, fx):
    queries = ("", "?format=csv", "?points=2", "?points=3", "?from=2000", "?to=2000")
    tags = [get(room, URL + query).headers["ETag"] for query in queries]
    packed = get(room, URL, headers={"Accept-Encoding": "gzip"}).headers["ETag"]

    fx.append(4.0, time_ms=4_000.0)
    room.beat()

    assert len({*tags, packed}) == 7
    assert get(room, URL).headers["ETag"] != tags[0]
    # What ends in the past stays as it is.
    assert get(room, URL + "?to=2000").headers["ETag"] == tags[5]


@pytest.mark.parametrize(
    "time",
    ["2000", "1970-01-01T00:00:02Z", "1970-01-01T00:00:02", "1970-01-01T09:00:02+09:00"],
)
def test_a_bound_is_in_milliseconds_or_in_iso_8601(room, fx, time):
    assert get(room, f"{URL}?from={time}").json["t"] == get(room, f"{URL}?from=2000").json["t"]


def test_a_new_series_is_another_answer(room, fx):
    tag = get(room, URL + "?format=csv").headers["ETag"]

    fx.adopt("", [*fx.series, type(fx.series[0])("new")], None)

    assert get(room, URL + "?format=csv").headers["ETag"] != tag


def test_head_has_the_headers_and_nothing_else(room, long):
    for query in ("", "?format=csv&points=7"):
        head = room.http.head("/api/charts/long/ticks" + query)
        whole = get(room, "/api/charts/long/ticks" + query)

        assert (head.status_code, head.data) == (200, b"")
        for name in ("ETag", "Content-Type", "Cache-Control", "Vary"):
            assert head.headers[name] == whole.headers[name]
        assert head.headers.get("Content-Length") in (None, whole.headers.get("Content-Length"))
    assert room.http.head("/api/charts/long/ticks?points=x").status_code == 400


def test_a_range_is_not_heeded(room, fx):
    answer = get(room, URL, headers={"Range": "bytes=0-3"})

    assert answer.status_code == 200
    assert answer.headers["Accept-Ranges"] == "none"
    assert len(answer.json["t"]) == 3


@pytest.mark.parametrize("name", ["fx", "long"])
@pytest.mark.parametrize("query", ["", "?format=csv", "?points=100"])
def test_whoever_asks_for_it_gets_it_packed(room, fx, long, name, query):
    path = f"/api/charts/{name}/ticks{query}"

    packed = get(room, path, headers={"Accept-Encoding": "br, gzip;q=0.5"})

    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == get(room, path).data


@pytest.mark.parametrize("accepted", ["", "identity", "br", "gzip;q=0", "identity, *;q=0"])
def test_nobody_else_does(room, fx, accepted):
    answer = get(room, URL, headers={"Accept-Encoding": accepted})

    assert "Content-Encoding" not in answer.headers
    assert answer.json["offset"] == 3


def test_what_not_everybody_may_see_is_for_one_reader(make_room):
    room = make_room(view_tokens=[TOKEN])
    room.chart("fx", 1.0)
    own = {"Authorization": f"Bearer {TOKEN}"}
    answer = get(room, URL, headers=own)

    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert {"Authorization", "Cookie"} <= set(answer.headers["Vary"].split(", "))
    stolen = get(room, URL, headers={"If-None-Match": answer.headers["ETag"]})
    assert stolen.status_code == 401


@pytest.mark.parametrize("form", ["json", "csv"])
def test_a_long_answer_is_whole_and_gives_its_place_back(room, long, form):
    answer = get(room, f"/api/charts/long/ticks?format={form}")

    if form == "json":
        frame = json.loads(answer.data)
        assert (len(frame["t"]), frame["y"][1]) == (LONG, (np.arange(LONG) / 7).tolist())
    else:
        lines = answer.text.splitlines()
        assert len(lines) == LONG + 1
        assert lines[-1] == f"1970-01-01T05:33:19.000000Z,{(LONG - 1) / 7},{(LONG - 1) / 7}"
    answer.close()
    assert n_places(room) == 0


def n_places(room):
    return len(room.server.app.view_functions["ticks_out.answer"].__self__.places)


def test_an_address_has_a_few_long_answers_at_a_time(room, long):
    options = {"environ_base": {"REMOTE_ADDR": "198.51.100.7"}}
    readers = [stream(room, "/api/charts/long/ticks", **options) for _ in range(4)]

    refused = stream(room, "/api/charts/long/ticks", **options)
    short = stream(room, "/api/charts/long/ticks?points=50", **options)

    assert [reader.status_code for reader in readers] == [200] * 4
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "2")
    assert "long answers" in refused.json["error"]
    assert room.server.refusals.counts == {"long_answers_of_address": 1}
    assert short.status_code == 200
    for reader in readers:
        reader.close()
    assert n_places(room) == 0


def test_a_reader_that_is_outrun_is_cut_off_and_counted(room, long):
    long.history.capacity = LONG
    answer = stream(room, "/api/charts/long/ticks")
    pieces = answer.iter_encoded()
    next(pieces)

    for _ in range(5):
        n = long.history.position.offset
        long.history.append((n + np.arange(LONG)) * 1000.0, np.ones((2, LONG)))

    with pytest.raises(ConnectionAbortedError):
        list(pieces)
    assert room.server.refusals.counts == {"answer_outrun": 1}
    answer.close()
    assert n_places(room) == 0


def test_a_link_that_expires_ends_the_download(make_room, monkeypatch):
    room = make_room(link_keys=["k" * 20])
    fill(room.chart("long", series=("a", "b")))
    now_s = time.time()
    clock = iter([now_s, now_s + 59.0, now_s + 61.0])
    timed = partial(LongAnswer, wall_s=lambda: next(clock))
    monkeypatch.setattr("chartserver.web.ticks_out.LongAnswer", timed)
    link = room.server.doorkeeper.access.links.sign("long", now_s + 60.0)
    answer = stream(room, f"/api/charts/long/ticks?format=csv&link={link}")
    pieces = answer.iter_encoded()
    next(pieces)
    next(pieces)

    with pytest.raises(ConnectionAbortedError):
        next(pieces)

    assert room.server.refusals.counts == {"link_expired": 1}
    answer.close()
    assert n_places(room) == 0


@pytest.mark.parametrize("query", ["", "?points=2"])
def test_a_history_that_runs_away_at_once_is_told_to_be_busy(room, fx, monkeypatch, query):
    def lost(*_):
        raise PositionLost("too late")

    monkeypatch.setattr(fx.history, "part", lost)

    answer = get(room, URL + query)

    assert (answer.status_code, answer.json["error"]) == (503, "too late")


def test_too_much_work_at_once_is_told_so(room, long, monkeypatch):
    monkeypatch.setattr(room.server.offload, "_most", 0)

    answer = get(room, "/api/charts/long/ticks?points=50")

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    assert "try again" in answer.json["error"]
    assert room.server.refusals.counts == {"busy": 1}


TIMES_MS = [1_763_829_000_123.456, 1_763_829_000_123.457, 1_763_829_001_000.0, 1_763_829_001_000.0]
VALUES = [[0.1 + 0.2, -1e-300, math.nan, 7.0], [math.nan, math.nan, 123456789.123456789, -0.0]]


def test_csv_of_one_server_is_replayed_by_another(make_room, tmp_path):
    room = make_room()
    chart = room.chart("fx", series=("a, b",))
    for i in range(2):
        chart.append({"a, b": VALUES[0][i]}, time_ms=TIMES_MS[i])
    for i in range(2, 4):
        chart.append({"a, b": VALUES[0][i], "new": VALUES[1][i]}, time_ms=TIMES_MS[i])
    room.beat()
    (tmp_path / "fx.csv").write_bytes(get(room, URL + "?format=csv").data)

    other = make_room().server
    source = open_source(parse_spec(f"replay:{tmp_path}/fx.csv?speed=0"), {})
    again = other.chart("fx", series=source.series)
    for tick in source.ticks(threading.Event()):
        again.put(tick)
    other.ticker.beat()

    assert [series.name for series in again.series] == ["a, b", "new"]
    kept, wanted = again.history.all(), chart.history.all()
    assert kept.time_ms.tolist() == wanted.time_ms.tolist() == TIMES_MS
    assert np.array_equal(kept.values, wanted.values, equal_nan=True)
    assert str(kept.values.tolist()) == str(wanted.values.tolist())  # -0.0, too
