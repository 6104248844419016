"""The raw WebSocket of the original: what is sent, and when it ends."""

import json
import threading

import pytest

from chartserver.chart import Chart
from chartserver.history import MemoryHistory
from chartserver.publish import messages, publish
from chartserver.ticks import Series


class FakeWebSocket:
    """A WebSocket that keeps what it is sent; `wait` gives what the viewer has sent, then None."""

    def __init__(self, *received, fails_after=None):
        self.sent = []
        self.is_closed = False
        self.received = [*received]
        self.fails_after = fails_after

    def send(self, message):
        if len(self.sent) == self.fails_after:
            raise OSError("gone")
        self.sent.append(message)

    def wait(self):
        return self.received.pop(0) if self.received else None

    def close(self):
        self.is_closed = True


@pytest.fixture
def chart():
    history = MemoryHistory(3, epoch="9f2c41aa")
    return Chart("fx", now_ms=lambda: 1_500.0, history=history, series=[Series("a"), Series("b")])


def append(chart, *rows):
    for row in rows:
        chart.append(row)
    chart.take()


def serve(websocket, chart, *steps, reads=False):
    """Publish; at each sleep the next step is done, and after the last one the server stops."""
    left = list(steps)
    is_stopping = threading.Event()

    def sleep(seconds):
        assert seconds == 0.05
        if left:
            left.pop(0)()
        if not left:
            is_stopping.set()

    publish(
        websocket,
        chart,
        sleep=sleep,
        spawn=lambda read: read() if reads else None,
        interval_s=0.05,
        is_stopping=is_stopping.is_set,
    )
    return [json.loads(message) for message in websocket.sent]


def test_a_message_is_one_tick_in_the_format_of_the_original(chart):
    chart.append(1.25, None, time_ms=1_763_829_000_999.9)
    chart.append(2.0, 3.0, time_ms=1_763_829_001_000.0)

    assert messages(chart.take()) == [
        '[{"time":1763829000,"y":1.25},{"time":1763829000,"y":null}]',
        '[{"time":1763829001,"y":2.0},{"time":1763829001,"y":3.0}]',
    ]


def test_times_are_whole_seconds_before_1970_too(chart):
    chart.append(1.0, 2.0, time_ms=-0.5)

    assert messages(chart.take()) == ['[{"time":-1,"y":1.0},{"time":-1,"y":2.0}]']


def test_a_viewer_gets_what_comes_after_it_came_in_order(chart):
    append(chart, (0, 0))
    websocket = FakeWebSocket()

    sent = serve(
        websocket,
        chart,
        lambda: append(chart, (1, 10), (2, 20)),
        lambda: None,
        lambda: append(chart, (3, 30)),
        lambda: None,
    )

    assert [[one["y"] for one in message] for message in sent] == [[1, 10], [2, 20], [3, 30]]


def test_a_viewer_that_is_further_behind_than_the_history_goes_on_with_what_is_kept(chart):
    sent = serve(
        FakeWebSocket(),
        chart,
        lambda: [append(chart, (i, i)) for i in range(10)],
        lambda: None,
    )

    assert [message[0]["y"] for message in sent] == [7, 8, 9]


def test_the_socket_is_closed_when_the_server_stops(chart):
    websocket = FakeWebSocket()

    serve(websocket, chart, lambda: None)

    assert websocket.is_closed


def test_what_the_viewer_sends_is_ignored_and_its_leaving_ends_it(chart):
    websocket = FakeWebSocket("hello", b"\x00", "")

    assert serve(websocket, chart, reads=True) == []

    assert websocket.received == []
    assert websocket.is_closed


def test_a_viewer_that_is_gone_ends_it_without_an_error(chart):
    websocket = FakeWebSocket(fails_after=1)

    serve(websocket, chart, lambda: append(chart, (1, 1), (2, 2)), lambda: None, lambda: None)

    assert len(websocket.sent) == 1
    assert websocket.is_closed
