"""Requests as they come in: whole by a deadline, and answered as long as that is taken."""

import io
import json
import socket
import time
import warnings
from http.server import BaseHTTPRequestHandler

import pytest

from chartserver.entrance import http_requests
from chartserver.entrance.http_requests import (
    HttpService,
    PunctualReader,
    PunctualWriter,
    StrictRequests,
)
from chartserver.refusals import Refusals
from chartserver.stack import http_threading
from chartserver.stack.session import check_methods

GOOD = b"GET /x HTTP/1.1\r\nHost: a\r\n\r\n"


@pytest.fixture
def pair():
    ours, theirs = socket.socketpair()
    theirs.settimeout(60.0)
    yield ours, theirs
    ours.close()
    theirs.close()


@pytest.fixture
def standing(monkeypatch):
    """Have time stand still, but for who waits for a socket: nothing here comes too late."""
    monkeypatch.setattr(http_requests.time, "monotonic", lambda: 1_000.0)


@pytest.fixture
def refusals():
    return Refusals()


class Handler(StrictRequests, BaseHTTPRequestHandler):
    """Says what it was asked for."""

    protocol_version = "HTTP/1.1"

    def __init__(self, sock, refusals, timeout_s):
        self.service = HttpService(timeout_s, refusals)
        self.seen = []
        super().__init__(sock, ("127.0.0.2", 1), None)

    def do_GET(self):
        self.seen.append((self.path, dict(self.headers)))
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        self.wfile.flush()

    def log_message(self, *_):
        pass


def served(pair, refusals, *parts, timeout_s=60.0, ends=True):
    """Return what a client gets that sends these bytes, and the handler."""
    ours, theirs = pair
    theirs.sendall(b"".join(parts))
    if ends:
        theirs.shutdown(socket.SHUT_WR)
    handler = Handler(ours, refusals, timeout_s)
    ours.close()
    return b"".join(iter(lambda: theirs.recv(65_536), b"")), handler


def test_reading_ends_at_the_deadline_whatever_came_before(pair):
    ours, theirs = pair
    reader = PunctualReader(ours.makefile("rb", 0), ours)
    reader.deadline_s = time.monotonic() + 60.0
    theirs.sendall(b"ab")
    assert reader.read(1) == b"a"

    reader.deadline_s = time.monotonic() - 0.001

    with pytest.raises(TimeoutError):
        reader.read(1)
    assert reader.is_late
    reader.close()


def test_last_words_are_heard_for_a_moment_and_up_to_a_length(pair, monkeypatch):
    ours, theirs = pair
    monkeypatch.setattr(http_requests, "LINGER_BYTES", 3)
    monkeypatch.setattr(http_requests, "LINGER_S", 60.0)
    reader = PunctualReader(ours.makefile("rb", 0), ours)
    theirs.sendall(b"abcdef")

    reader.hear_out(60.0)
    assert io.BufferedReader(reader).read() == b"abc"

    reader.hear_out(0.0)
    assert reader.read(1) == b""
    assert not reader.is_late


def test_the_socket_is_left_to_others_without_a_timeout(pair):
    ours, theirs = pair
    reader = PunctualReader(ours.makefile("rb", 0), ours)
    writer = PunctualWriter(ours.makefile("wb", 0), ours, 60.0)
    reader.deadline_s = time.monotonic() + 60.0
    theirs.sendall(b"a")

    reader.read(1)
    assert ours.gettimeout() is None
    writer.write(b"a")
    assert ours.gettimeout() is None
    reader.close()
    writer.close()


def test_writing_ends_when_nothing_is_taken_and_is_not_tried_again(pair):
    ours, _ = pair
    raw = PunctualWriter(ours.makefile("wb", 0), ours, 0.001)
    writer = io.BufferedWriter(raw)

    with pytest.raises(TimeoutError):
        writer.write(b"x" * 10_000_000)

    assert raw.is_cut
    with pytest.raises(BrokenPipeError):
        raw.write(b"x")


class Dripping:
    """A socket of which a byte is taken in each write, and not at once; and its clock."""

    now_s = 0.0

    def __init__(self, n_bytes):
        self.n_bytes = n_bytes

    def write(self, data):
        self.now_s += 0.9
        return min(self.n_bytes, len(data))

    def settimeout(self, _):
        pass

    setsockopt = shutdown = close = lambda *_: None


def writes_of(monkeypatch, n_bytes, n_writes):
    """Return how many writes there were until the writer had enough, with a second's patience."""
    sock = Dripping(n_bytes)
    monkeypatch.setattr(http_requests.time, "monotonic", lambda: sock.now_s)
    writer = PunctualWriter(sock, sock, 1.0)
    for i in range(n_writes):
        try:
            writer.write(bytes(100_000))
        except TimeoutError:
            assert writer.is_cut
            return i
    return n_writes


def test_a_byte_now_and_then_does_not_begin_the_time_anew(monkeypatch):
    assert writes_of(monkeypatch, 1, 100) == 2


def test_who_takes_enough_is_never_cut_off(monkeypatch):
    assert writes_of(monkeypatch, http_requests.LEAST_BYTES_PER_S, 100) == 100


def test_speed_at_first_is_no_credit_for_ever(monkeypatch):
    sock = Dripping(100_000)
    monkeypatch.setattr(http_requests.time, "monotonic", lambda: sock.now_s)
    writer = PunctualWriter(sock, sock, 1.0)
    for _ in range(100):
        writer.write(bytes(100_000))

    sock.n_bytes = 1
    writer.write(b"xx")
    writer.write(b"xx")

    with pytest.raises(TimeoutError):
        writer.write(b"xx")


def test_closing_lets_go_of_the_descriptor(pair):
    ours, _ = pair
    reader = io.BufferedReader(PunctualReader(ours.makefile("rb", 0), ours))
    ours.close()
    assert ours.fileno() != -1

    reader.close()

    assert ours.fileno() == -1


def test_requests_are_served_one_after_the_other(pair, refusals):
    said, handler = served(pair, refusals, GOOD, GOOD)

    assert said.count(b"200 OK") == 2
    assert handler.seen == [("/x", {"Host": "a"})] * 2
    assert refusals.counts == {}


def test_what_is_malformed_ends_the_connection_with_an_answer(pair, refusals):
    said, handler = served(pair, refusals, GOOD, b"GET /\xff HTTP/1.1\r\nHost: a\r\n\r\n", GOOD)

    head, _, body = said.partition(b"\r\n\r\n")[2].partition(b"\r\n\r\n")
    assert len(handler.seen) == 1
    assert head.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert b"\r\nConnection: close" in head
    assert b"\r\nContent-Security-Policy: " in head
    assert b"Server" not in head
    assert "request line is" in json.loads(body)["error"]
    assert refusals.counts == {"malformed_request": 1}


@pytest.mark.parametrize(
    "data", [b"GET /x HT", b"GET /x HTTP/1.1\r\nHost", b"GET /x HTTP/1.1\r\nHost: a\r\n"]
)
@pytest.mark.usefixtures("standing")
def test_a_head_that_does_not_come_in_time_is_told_so(pair, refusals, data):
    said, handler = served(pair, refusals, data, timeout_s=0.01, ends=False)

    assert said.startswith(b"HTTP/1.1 408 Request Timeout\r\n")
    assert handler.seen == []
    assert refusals.counts == {"slow_request": 1}


def test_who_says_nothing_is_left_without_a_word(pair, refusals):
    said, _ = served(pair, refusals, timeout_s=0.01, ends=False)

    assert said == b""
    assert refusals.counts == {}


def test_who_leaves_in_the_middle_of_a_head_is_told_why_it_was_refused(pair, refusals):
    said, handler = served(pair, refusals, b"GET /x HTTP/1.1\r\nHost: a\r\n")

    assert said.startswith(b"HTTP/1.1 400 ")
    assert handler.seen == []


@pytest.mark.usefixtures("standing")
def test_an_answer_is_heard_by_who_still_sends(pair, refusals):
    more = b"x" * 100_000

    said, _ = served(pair, refusals, b"nonsense\r\n", more, timeout_s=0.01, ends=False)

    assert said.startswith(b"HTTP/1.1 400 ")


def test_what_is_leant_on_is_there():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # eventlet's word on its own future
        from chartserver.stack import http_eventlet
    check_methods(http_eventlet.METHODS)
    check_methods(http_threading.METHODS)
