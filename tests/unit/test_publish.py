"""The raw WebSocket of the original: what is sent, and when it ends."""

import json

import pytest

from chartserver.broadcast.readers import Readers
from chartserver.broadcast.sockets import SEND_BUFFER_BYTES
from chartserver.chart import Chart
from chartserver.history import MemoryHistory
from chartserver.refusals import Refusals
from chartserver.ticks import Series, Ticks
from chartserver.web.publish import PIECE_TICKS, PublishViewers, messages


class FakeWebSocket:
    """A WebSocket that keeps what it is sent; `wait` gives what the viewer has sent, then None."""

    def __init__(self, *received, fails_after=None):
        self.sent = []
        self.close_code = None
        self.received = [*received]
        self.fails_after = fails_after
        self.is_cut = False

    def send(self, message):
        if len(self.sent) == self.fails_after:
            raise OSError("gone")
        self.sent.append(message)

    def wait(self):
        return self.received.pop(0) if self.received else None

    def close(self, code=1000):
        self.close_code = code

    @property
    def ws(self):
        return self

    @property
    def sock(self):
        return self

    def setsockopt(self, *option):
        self.option = option

    def shutdown(self, how):
        self.is_cut = True


@pytest.fixture
def chart():
    history = MemoryHistory(3, epoch="9f2c41aa")
    return Chart("fx", now_ms=lambda: 1_500.0, history=history, series=[Series("a"), Series("b")])


def append(chart, *rows):
    for row in rows:
        chart.append(row)
    chart.take()


class Hall:
    """Viewers of whom one is served; at each sleep a step is done, after the last it stops."""

    def __init__(self, *steps, is_over=lambda: False):
        self.left = list(steps)
        self.is_stopping = self.is_sent_first = False
        self.is_over = is_over
        self.now_s = 0.0
        self.refusals = Refusals()
        self.turns = 0
        self.readers = Readers(
            ["publish"],
            evict_after_s=60.0,
            is_stopping=lambda: self.is_stopping,
            refusals=self.refusals,
            clock=lambda: self.now_s,
        )
        self.viewers = PublishViewers(
            self.readers,
            sleep=self.sleep,
            spawn=lambda send: self.tasks.append(send),
            interval_s=0.05,
        )
        self.tasks = []

    def sleep(self, seconds):
        if not seconds:
            self.turns += 1
            return
        if self.left:
            self.left.pop(0)()
        self.is_stopping = not self.left

    def enter(self):
        return self.readers.enter("publish", "127.0.0.2")

    def serve(self, websocket, chart):
        """Return what the viewer is sent; the task that reads waits for that which sends."""
        wait = websocket.wait

        def wait_for_sender():
            if self.tasks and not websocket.received:
                self.tasks.pop()()
            return wait()

        websocket.wait = wait_for_sender
        self.viewers.serve(websocket, chart, self.enter(), self.is_over)
        return [json.loads(message) for message in websocket.sent]


def serve(websocket, chart, *steps):
    return Hall(*steps).serve(websocket, chart)


def test_a_message_is_one_tick_in_the_format_of_the_original(chart):
    chart.append(1.25, None, time_ms=1_763_829_000_999.9)
    chart.append(2.0, 3.0, time_ms=1_763_829_001_000.0)

    assert list(messages(chart.take())) == [
        [
            '[{"time":1763829000,"y":1.25},{"time":1763829000,"y":null}]',
            '[{"time":1763829001,"y":2.0},{"time":1763829001,"y":3.0}]',
        ]
    ]


def test_times_are_whole_seconds_before_1970_too(chart):
    chart.append(1.0, 2.0, time_ms=-0.5)

    assert list(messages(chart.take())) == [['[{"time":-1,"y":1.0},{"time":-1,"y":2.0}]']]


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


def test_a_viewer_is_not_sent_again_what_a_history_that_begins_anew_has_in_it(chart):
    def renew():
        ticks = chart.history.all()
        chart.history.reset(2, Ticks("aaaa0001", 50, ticks.time_ms, ticks.values))
        chart.append((3, 3), time_ms=30.0)
        chart.take()

    def begin():
        for i in (1, 2):
            chart.append((i, i), time_ms=10.0 * i)
        chart.take()

    sent = serve(FakeWebSocket(), chart, begin, renew, lambda: None)

    assert [message[0]["y"] for message in sent] == [1, 2, 3]


def test_a_viewer_is_told_to_come_back_when_the_server_stops(chart):
    websocket = FakeWebSocket()

    serve(websocket, chart, lambda: None)

    assert websocket.close_code == 1012


def test_a_viewer_whose_time_is_over_is_closed(chart):
    websocket = FakeWebSocket()

    Hall(is_over=lambda: True).serve(websocket, chart)

    assert websocket.close_code == 1000


def test_what_the_viewer_sends_is_ignored_and_its_leaving_ends_it(chart):
    websocket = FakeWebSocket("hello", b"\x00", "")
    hall = Hall(lambda: None)

    hall.viewers.serve(websocket, chart, hall.enter(), hall.is_over)
    append(chart, (1, 1))
    hall.tasks.pop()()

    assert (websocket.received, websocket.sent) == ([], [])


def test_a_viewer_that_is_gone_ends_it_without_an_error(chart):
    websocket = FakeWebSocket(fails_after=1)

    serve(websocket, chart, lambda: append(chart, (1, 1), (2, 2)), lambda: None, lambda: None)

    assert len(websocket.sent) == 1


def test_a_long_history_is_sent_in_pieces_with_turns_for_others_in_between():
    chart = Chart("fx", now_ms=lambda: 0.0, history=MemoryHistory(1_000), series=[Series("a")])
    hall = Hall(lambda: append(chart, *((i,) for i in range(1_000))), lambda: None)

    sent = hall.serve(FakeWebSocket(), chart)

    assert [message[0]["y"] for message in sent] == list(range(1_000))
    assert hall.turns == 1_000 / PIECE_TICKS


@pytest.mark.parametrize(
    ("is_stopping", "after_s", "is_cut"),
    [(False, 59.0, False), (False, 61.0, True), (True, 0.5, False), (True, 1.5, True)],
)
def test_who_takes_nothing_for_too_long_is_cut_off(chart, is_stopping, after_s, is_cut):
    hall = Hall()
    websocket = FakeWebSocket()
    reader = hall.enter()

    def look():
        # Within the send, which does not return.
        reader.stuck_since_s = hall.now_s
        hall.now_s += after_s
        hall.is_stopping = is_stopping
        hall.readers.sweep()
        assert (websocket.is_cut, hall.refusals.counts["slow_viewer"]) == (is_cut, is_cut)
        reader.stuck_since_s = None

    websocket.wait = look

    hall.viewers.serve(websocket, chart, reader, hall.is_over)


def test_viewers_are_counted_by_their_addresses_from_before_the_handshake(chart):
    hall = Hall()
    seen = []

    def look():
        seen.append((len(hall.readers), hall.readers.addresses()))

    def websocket_app(handler):
        def app(environ, start_response):
            look()
            websocket = FakeWebSocket()
            websocket.wait = look
            handler(websocket)
            return []

        return app

    hall.viewers.app(websocket_app, chart, "127.0.0.2", hall.is_over)({}, None)

    assert seen == [(1, ["127.0.0.2"])] * 2
    assert hall.readers.addresses() == []


def test_a_handshake_that_is_refused_leaves_no_viewer(chart):
    hall = Hall()
    answers = []

    def websocket_app(handler):
        def app(environ, start_response):
            start_response("400 Bad Request", [])
            return [b"bad"]

        return app

    app = hall.viewers.app(websocket_app, chart, "127.0.0.2", hall.is_over)

    assert app({}, lambda *answer: answers.append(answer)) == [b"bad"]
    assert answers == [("400 Bad Request", [])]
    assert len(hall.readers) == 0


def test_a_handshake_that_fails_leaves_no_viewer(chart):
    hall = Hall()

    def websocket_app(handler):
        def app(environ, start_response):
            raise ConnectionError

        return app

    with pytest.raises(ConnectionError):
        hall.viewers.app(websocket_app, chart, "127.0.0.2", hall.is_over)({}, None)
    assert len(hall.readers) == 0


def test_the_kernel_keeps_little_for_a_viewer(chart):
    websocket = FakeWebSocket()

    serve(websocket, chart, lambda: None)

    assert websocket.option[-1] == SEND_BUFFER_BYTES
