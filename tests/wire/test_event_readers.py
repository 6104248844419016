"""Server-sent events of a real server, as `curl` and browsers take them."""

import socket
import time
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
from event_reader import LIMIT_S, EventReader
from processes import Servers

EVENTS = "/api/charts/fx/events"


@pytest.fixture(scope="module")
def server():
    """Start one server for all tests that do it no harm."""
    with Servers() as servers:
        yield servers.start(
            "--chart=fx=walk?interval_s=0.05",
            "--chart=calm=walk?interval_s=1",
            "--chart=wide=walk?interval_s=0.01&series=" + ",".join(f"s{i}" for i in range(60)),
            "--evict-after-s=1",
        )


@pytest.fixture
def read(server):
    """Open readers, `read(path, **headers)`."""
    readers = []

    def open_reader(path=EVENTS, **headers):
        readers.append(EventReader(server.url, path, **headers))
        return readers[-1]

    yield open_reader
    for reader in readers:
        reader.close()


def metric(url, line):
    with urlopen(f"{url}/metrics", timeout=LIMIT_S) as answer:
        for one in answer.read().decode().splitlines():
            if one.startswith(line + " "):
                return float(one.split()[-1])
    return 0.0


def wait_for(look):
    deadline_s = time.monotonic() + LIMIT_S
    while not look():
        assert time.monotonic() < deadline_s, "it did not come about"
        time.sleep(0.05)


def test_ticks_follow_the_snapshot_without_a_hole(server, read):
    reader = read()

    snapshot = reader.next()
    ticks = [reader.until("tick") for _ in range(5)]

    assert reader.answer.getheader("Content-Type") == "text/event-stream; charset=utf-8"
    assert reader.answer.getheader("Cache-Control") == "no-store"
    assert reader.answer.getheader("X-Accel-Buffering") == "no"
    assert reader.answer.getheader("Content-Encoding") is None
    assert snapshot.name == "snapshot"
    offset = snapshot.content["offset"]
    for tick in ticks:
        assert tick.content["offset"] - len(tick.content["t"]) == offset
        offset = tick.content["offset"]
        assert tick.id == f"{tick.content['epoch']}:{offset}"


def test_an_event_is_there_at_once_however_small(read):
    reader = read("/api/charts/calm/events")

    first = reader.next()

    assert first.name == "snapshot"

    def age_s():
        return time.time() - reader.until("tick").content["t"][-1] / 1_000

    # One a second; gathered, all would be many seconds on their way.
    wait_for(lambda: age_s() < 0.9)


def test_who_comes_back_with_the_last_id_goes_on_from_there(read):
    reader = read()
    last = reader.until("tick")
    reader.close()

    again = read(f"{EVENTS}?since=00000000:1", **{"Last-Event-ID": last.id}).next()

    assert again.name == "backfill"
    assert again.content["offset"] - len(again.content["t"]) == last.content["offset"]


def test_a_viewer_is_counted_as_long_as_it_is_there(server, read):
    quiet = 'chartserver_sessions{transport="sse"}'
    wait_for(lambda: metric(server.url, quiet) == 0)
    reader = read()
    reader.next()

    assert metric(server.url, quiet) == 1
    assert metric(server.url, 'chartserver_viewers{chart="fx"}') == 1
    reader.close()

    wait_for(lambda: metric(server.url, quiet) == 0)
    wait_for(lambda: metric(server.url, 'chartserver_viewers{chart="fx"}') == 0)


def test_who_does_not_read_is_cut_off_and_counted(server):
    sock = socket.create_connection(("127.0.0.1", urlsplit(server.url).port))
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    sock.sendall(b"GET /api/charts/wide/events HTTP/1.1\r\nHost: x\r\n\r\n")

    wait_for(lambda: metric(server.url, 'chartserver_refused_total{kind="slow_viewer"}') >= 1)
    wait_for(lambda: metric(server.url, 'chartserver_viewers{chart="wide"}') == 0)

    sock.close()


def test_a_stop_is_told_and_the_answer_ends_well(serve):
    server = serve("--chart=fx=walk?interval_s=0.05")
    reader = EventReader(server.url, EVENTS)
    reader.next()

    server.process.send_signal(15)
    events = list(iter(reader.next, None))

    assert events[-1].name == "status"
    assert events[-1].content["status"] == "stopping"
    assert events[-1].content["return_within_s"] == 5.0
    assert 0 <= events[-1].retry_ms <= 5_000
    assert server.process.wait() == 0
    reader.close()
