"""The Python client against real servers."""

import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from processes import free_port

from chartserver.clients.client import Client
from chartserver.errors import ChartServerError

LIMIT_S = 60.0


def take(client, n, limit_s=LIMIT_S):
    """Return the next `n` ticks."""
    deadline_s = time.monotonic() + limit_s
    ticks = []
    for tick in client:
        ticks.append(tick)
        if len(ticks) == n:
            return ticks
        assert time.monotonic() < deadline_s, f"{len(ticks)} of {n} ticks in {limit_s:g} s"
    raise AssertionError("the iteration ended")


def test_ticks_come_once_and_in_order(serve):
    server = serve("--chart", "fx=walk?interval_s=0.02&series=EURUSD,USDJPY")

    with Client(f"{server.url}/fx") as client:
        # On the ordinary path a tick may come before a snapshot without it, which is asked for.
        asked = client.counts.backfills
        ticks = take(client, 100)

        assert asked <= 1
        first = ticks[0].offset
        assert [tick.offset for tick in ticks] == list(range(first, first + 100))
        assert set(ticks[0].values) == {"EURUSD", "USDJPY"}
        # Messages that overtook one another would have made it ask.
        assert (client.counts.snapshots, client.counts.backfills) == (1, asked)
        assert client.description["name"] == "fx"


def test_the_history_comes_first_when_it_is_wanted(serve):
    server = serve("--chart", "fx=walk?interval_s=0.05")
    with Client(server.url) as early:
        take(early, 10)

    with Client(server.url, "fx", history=True) as client:
        ticks = take(client, 11)

    assert [tick.offset for tick in ticks] == list(range(1, 12))


def test_what_came_while_the_line_was_cut_is_fetched(serve, lay_line):
    server = serve("--chart", "fx=walk?interval_s=0.05")
    line = lay_line(server.port)

    with Client(f"{line.url}/fx") as client:
        before = take(client, 5)
        line.cut()
        deadline_s = time.monotonic() + LIMIT_S
        while client.link != "down":
            before += client.poll(0.1)
            assert time.monotonic() < deadline_s
        with Client(server.url) as other:
            take(other, 20)
        line.mend()
        after = take(client, 40)

    offsets = [tick.offset for tick in before + after]
    assert offsets == list(range(offsets[0], offsets[0] + len(offsets)))
    assert client.counts.backfills == 1
    assert client.counts.refilled >= 20
    assert (client.counts.missed, client.counts.restarts) == (0, 0)


def test_a_server_that_began_afresh_is_told_by_the_epoch(serve):
    server = serve("--chart", "fx=walk?interval_s=0.05", "--port", free_port())

    with Client(server.url) as client:
        before = take(client, 3)
        server.stop()
        serve("--chart", "fx=walk?interval_s=0.05", "--port", str(server.port))
        after = take(client, 10)

    of_new = [tick for tick in after if tick.epoch != before[-1].epoch]
    assert of_new[0].offset == 1
    assert client.counts.restarts == 1


def test_an_unknown_chart_is_refused_with_the_server_s_words(serve):
    server = serve("--chart", "fx=walk", "--chart", "lab=random")

    with pytest.raises(ChartServerError, match="chart is 'nope'; expected one of: fx, lab"):
        Client(f"{server.url}/nope").connect()


def test_an_unreachable_server_is_one_line():
    with pytest.raises(ChartServerError) as raised:
        Client("127.0.0.1:1").connect()

    assert str(raised.value) == (
        "http://127.0.0.1:1 cannot be reached (connection refused);"
        " expected a running chartserver, such as http://127.0.0.1:8000"
    )


def test_a_server_that_is_no_chartserver_is_one_line():
    class Page(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"<html>hello</html>")

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Page) as other:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        try:
            with pytest.raises(ChartServerError, match="does not answer as a chartserver"):
                Client(f"http://127.0.0.1:{other.server_port}").connect()
        finally:
            other.shutdown()
