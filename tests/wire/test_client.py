"""The Python client against real servers."""

import contextlib
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from chartserver.client import Client
from chartserver.errors import ChartServerError


def take(client, n, limit_s=20.0):
    """Return the next `n` ticks."""
    deadline_s = time.monotonic() + limit_s
    ticks = []
    for tick in client:
        ticks.append(tick)
        if len(ticks) == n:
            return ticks
        assert time.monotonic() < deadline_s, f"{len(ticks)} of {n} ticks in {limit_s:g} s"
    raise AssertionError("the iteration ended")


@pytest.fixture
def proxy():
    """Pass connections on, `proxy(port)`; its `cut` breaks them all, `is_open` admits new ones."""
    made = []

    def start(port):
        made.append(Proxy(port))
        return made[-1]

    yield start
    for one in made:
        one.close()


class Proxy:
    """A line between client and server that can be cut."""

    def __init__(self, to_port):
        self.is_open = True
        self._to_port = to_port
        self._pairs = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self):
        self.is_open = False
        for one in self._pairs:
            for end in one:
                with contextlib.suppress(OSError):  # it was cut before
                    end.shutdown(socket.SHUT_RDWR)
                end.close()
        self._pairs.clear()

    def close(self):
        self.cut()
        self._listener.close()

    def _accept(self):
        while True:
            try:
                here, _ = self._listener.accept()
            except OSError:
                return
            if not self.is_open:
                here.close()
                continue
            there = socket.create_connection(("127.0.0.1", self._to_port))
            self._pairs.append((here, there))
            for source, target in ((here, there), (there, here)):
                threading.Thread(target=self._pass_on, args=(source, target), daemon=True).start()

    def _pass_on(self, source, target):
        try:
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            return


def test_ticks_come_once_and_in_order(serve):
    server = serve("--chart", "fx=walk?interval_s=0.02&series=EURUSD,USDJPY")

    with Client(f"{server.url}/fx") as client:
        ticks = take(client, 100)

        first = ticks[0].offset
        assert [tick.offset for tick in ticks] == list(range(first, first + 100))
        assert set(ticks[0].values) == {"EURUSD", "USDJPY"}
        # Messages that overtook one another would have made it ask.
        assert (client.counts.snapshots, client.counts.backfills) == (1, 0)
        assert client.description["name"] == "fx"


def test_the_history_comes_first_when_it_is_wanted(serve):
    server = serve("--chart", "fx=walk?interval_s=0.05")
    with Client(server.url) as early:
        take(early, 10)

    with Client(server.url, "fx", history=True) as client:
        ticks = take(client, 11)

    assert [tick.offset for tick in ticks] == list(range(1, 12))


def test_what_came_while_the_line_was_cut_is_fetched(serve, proxy):
    server = serve("--chart", "fx=walk?interval_s=0.05")
    line = proxy(server.port)

    with Client(f"{line.url}/fx") as client:
        before = take(client, 5)
        line.cut()
        deadline_s = time.monotonic() + 20
        while client.link != "down":
            before += client.poll(0.1)
            assert time.monotonic() < deadline_s
        with Client(server.url) as other:
            take(other, 20)
        line.is_open = True
        after = take(client, 40)

    offsets = [tick.offset for tick in before + after]
    assert offsets == list(range(offsets[0], offsets[0] + len(offsets)))
    assert client.counts.backfills == 1
    assert client.counts.refilled >= 20
    assert (client.counts.missed, client.counts.restarts) == (0, 0)


def test_a_server_that_began_afresh_is_told_by_the_epoch(serve):
    server = serve("--chart", "fx=walk?interval_s=0.05")

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
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    with pytest.raises(ChartServerError) as raised:
        Client(f"127.0.0.1:{port}").connect()

    assert str(raised.value) == (
        f"http://127.0.0.1:{port} cannot be reached (connection refused);"
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
