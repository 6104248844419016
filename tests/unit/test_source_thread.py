"""A source in its thread: failures, pauses, refusals and the end; time is the tests' own."""

import asyncio
import logging
import math
import sys
import threading

import pytest

from chartserver import source_thread
from chartserver.chart import Chart
from chartserver.errors import SourceFailed
from chartserver.history import MemoryHistory
from chartserver.inbox import INBOX_TICKS
from chartserver.source_thread import SourceThread
from chartserver.status import Status
from chartserver.ticks import Series, Tick

JOIN_LIMIT_S = 60.0


class Scripted:
    """A source whose every try is the next function of a script, the last one again and again."""

    title = "Scripted"
    series = (Series("a"),)
    interval_s = 1.0

    def __init__(self, *tries):
        self.tries = list(tries)
        self.n_tries = 0

    def ticks(self, stop):
        self.n_tries += 1
        return self.tries[min(self.n_tries, len(self.tries)) - 1]()


class Bench:
    """A source thread that is run in the test's own thread, on a clock that the pauses move."""

    def __init__(self, *tries, stop_after_pauses=None):
        self.now_s = 1_000.0
        self.pauses_s = []
        self.stop_after_pauses = stop_after_pauses
        history = MemoryHistory(10_000)
        self.chart = Chart("lab", now_ms=lambda: 1_000.0, history=history)
        self.source = Scripted(*tries)
        self.thread = SourceThread(self.chart, self.source, clock=lambda: self.now_s)

    def pause(self, seconds):
        self.pauses_s.append(seconds)
        self.now_s += seconds
        if len(self.pauses_s) == self.stop_after_pauses:
            self.thread.stop()

    def run(self):
        self.thread.run(self.pause)

    def values(self):
        self.chart.take()
        return self.chart.history.all().values[0].tolist()


def ticks(*values):
    """Return a try that yields these values and ends."""
    return lambda: iter([Tick(None, [value]) for value in values])


def failing(error, *values):
    """Return a try that yields these values and raises."""

    def generate():
        yield from ticks(*values)()
        raise error

    return generate


def test_the_chart_takes_over_what_the_source_says_of_itself():
    description = Bench(ticks()).chart.describe()

    assert description["title"] == "Scripted"
    assert [series["name"] for series in description["series"]] == ["a"]
    assert description["interval_ms"] == 1000.0


def test_a_source_that_ends_is_told_as_ended_and_its_last_tick_is_kept():
    bench = Bench(ticks(1.0, 2.0))

    bench.run()

    assert bench.chart.status == Status("ended", "the source has no more ticks")
    assert bench.values() == [1.0, 2.0]
    assert bench.pauses_s == []


def test_a_source_that_fails_is_started_again_after_pauses_that_grow_to_a_minute():
    bench = Bench(failing(OSError("no route")), stop_after_pauses=9)

    bench.run()

    assert bench.pauses_s == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert bench.thread.restarts == 9


def test_a_source_that_says_how_long_to_wait_is_asked_again_then():
    bench = Bench(failing(SourceFailed("gone", 2.345)), stop_after_pauses=2)

    bench.run()

    assert bench.pauses_s == [2.345, 2.345]
    assert bench.chart.status == Status("failed", "gone; next try in 2.3 s")


def test_the_reason_of_a_failure_and_the_pause_are_told_on_one_line(caplog):
    bench = Bench(failing(OSError("no\nroute")), stop_after_pauses=2)

    bench.run()

    assert bench.chart.status == Status("failed", "OSError: no route; next try in 2 s")
    assert "chart lab: source failed: OSError: no route; next try in 1 s" in caplog.text
    assert "Traceback" not in caplog.text


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (SourceFailed("got 'x'; expected a number"), "got 'x'; expected a number; next"),
        (ValueError(), "ValueError; next"),
        (KeyError("a"), "KeyError: 'a'; next"),
    ],
)
def test_our_own_errors_speak_for_themselves_and_others_by_their_class(error, said):
    bench = Bench(failing(error), stop_after_pauses=1)

    bench.run()

    assert bench.chart.status.reason.startswith(said)


def test_a_source_that_exits_has_failed_and_does_not_end_its_thread_without_a_word():
    bench = Bench(lambda: sys.exit("enough"), stop_after_pauses=1)

    bench.run()

    assert bench.chart.status == Status("failed", "SystemExit: enough; next try in 1 s")


@pytest.mark.parametrize("kind", [asyncio.CancelledError, GeneratorExit])
def test_what_is_raised_and_is_no_exception_is_a_failure_as_well(kind):
    bench = Bench(failing(kind("enough")), stop_after_pauses=1)

    bench.run()

    assert bench.chart.status == Status("failed", f"{kind.__name__}: enough; next try in 1 s")


def test_ticks_before_and_after_a_failure_are_all_kept():
    bench = Bench(failing(OSError(), 1.0), ticks(2.0, 3.0))

    bench.run()

    assert bench.values() == [1.0, 2.0, 3.0]
    assert bench.chart.status.status == "ended"


def test_a_tick_for_a_chart_that_is_closed_is_no_failure():
    def late():
        bench.thread.stop()
        bench.chart.close()
        bench.thread._stop.clear()  # it looked just before
        yield Tick(None, [1.0])
        bench.thread.stop()

    bench = Bench(late)

    bench.run()

    assert bench.thread.restarts == 0
    assert bench.chart.status.status == "waiting"


def test_a_source_that_ran_well_for_long_is_started_again_after_a_short_pause():
    bench = Bench(failing(OSError()), failing(OSError()), failing(OSError()), ticks())

    def run_for_long():
        bench.now_s += 61.0
        raise OSError

    bench.source.tries[2] = run_for_long

    bench.run()

    assert bench.pauses_s == [1, 2, 1]


def test_a_source_that_cannot_even_begin_has_failed():
    bench = Bench(lambda: None, stop_after_pauses=1)

    bench.run()

    assert bench.chart.status.reason.startswith("TypeError: ")


def test_a_wrong_number_of_values_is_counted_told_and_the_next_is_taken(caplog):
    bench = Bench(lambda: iter([Tick(None, [1.0, 2.0]), Tick(None, [3.0])]))

    bench.run()

    assert bench.values() == [3.0]
    assert bench.chart.ticks_refused == 1
    assert "tick refused, 1 so far: got 2 values; expected 1, one for each of a" in caplog.text


def test_values_find_their_series_in_a_chart_that_has_them_in_another_order():
    history = MemoryHistory(10)
    series = [Series("gone"), Series("b"), Series("a")]
    chart = Chart("lab", now_ms=lambda: 1_000.0, history=history, series=series)
    source = Scripted(lambda: iter([Tick(None, [1.0, 2.0]), Tick(None, [3.0, 4.0, 5.0])]))
    source.series = (Series("a"), Series("b"))

    SourceThread(chart, source).run()
    chart.take()

    assert history.all().values[1:].tolist() == [[2.0], [1.0]]
    assert math.isnan(history.all().values[0, 0])
    assert chart.ticks_refused == 1


def test_while_no_tick_is_good_the_status_says_why():
    bench = Bench(lambda: iter([Tick(None, [1.0, 2.0])]))
    statuses = []
    bench.source.tries[0] = lambda: (
        statuses.append(bench.chart.status) or Tick(None, [1.0, 2.0]) for _ in range(2)
    )

    bench.run()

    assert statuses[1] == Status("waiting", "got 2 values; expected 1, one for each of a")


def test_time_that_runs_backwards_is_refused_and_counted(caplog):
    bench = Bench(lambda: iter([Tick(t, [t]) for t in (5.0, 4.0, 4.0, 5.0, 6.0)]))

    bench.run()

    assert bench.values() == [5.0, 5.0, 6.0]
    assert bench.chart.ticks_refused == 2
    assert "expected ticks in the order of time" in caplog.text


def test_infinities_become_missing_and_are_counted_and_told_once(caplog):
    bench = Bench(ticks(math.inf, 1.0, -math.inf, math.nan))

    bench.run()

    assert [math.isnan(value) for value in bench.values()] == [True, False, True, True]
    assert bench.chart.values_refused == 2
    assert caplog.text.count("infinite value taken as missing") == 1


def test_refusals_are_logged_at_most_once_a_minute(caplog):
    bench = Bench(lambda: iter(()))

    def generate():
        for _ in range(180):
            bench.now_s += 1.0
            yield Tick(None, [1.0, 2.0])

    bench.source.tries[0] = generate

    with caplog.at_level(logging.WARNING):
        bench.run()

    assert caplog.text.count("tick refused") == 3
    assert bench.chart.ticks_refused == 180


def test_a_source_that_floods_waits_for_the_ticker_and_loses_nothing():
    n = 3 * INBOX_TICKS
    bench = Bench(ticks(*range(n)))

    bench.thread.start()
    while bench.thread.is_alive:
        bench.chart.take()

    assert bench.values() == list(range(n))
    assert bench.chart.ticks_refused == 0


def test_a_source_that_blocks_holds_up_neither_stop_nor_its_caller():
    gate, has_begun = threading.Event(), threading.Event()

    def generate():
        has_begun.set()
        gate.wait()
        yield Tick(None, [1.0])

    bench = Bench(generate)
    bench.thread.start()
    assert has_begun.wait(JOIN_LIMIT_S)

    bench.thread.stop()

    assert bench.thread.is_alive
    assert bench.thread._thread.daemon
    gate.set()
    bench.thread._thread.join(JOIN_LIMIT_S)
    assert not bench.thread.is_alive
    assert bench.values() == []  # it came after the end
    assert bench.chart.status.status == "waiting"


def test_stop_ends_a_pause_at_once(monkeypatch):
    monkeypatch.setattr(source_thread, "FIRST_PAUSE_S", 10 * JOIN_LIMIT_S)
    bench = Bench(failing(OSError()))
    bench.thread.start()
    while bench.chart.status.status != "failed":
        pass

    bench.thread.stop()

    bench.thread._thread.join(JOIN_LIMIT_S)
    assert not bench.thread.is_alive


def test_stop_ends_a_source_that_waits_for_room_in_the_inbox():
    bench = Bench(ticks(*range(INBOX_TICKS + 1)))
    bench.thread.start()
    while not bench.chart.is_full:
        pass

    bench.thread.stop()

    bench.thread._thread.join(JOIN_LIMIT_S)
    assert not bench.thread.is_alive
    assert len(bench.values()) == INBOX_TICKS


def test_a_source_that_has_connected_again_is_not_told_to_have_failed():
    told = []

    def refused():
        raise SourceFailed("'host' is away")

    def connects():
        bench.source.on_connected()
        told.append(bench.chart.status)
        yield Tick(None, [1.0])
        bench.source.on_connected()
        told.append(bench.chart.status)

    Scripted.on_connected = None
    try:
        bench = Bench(refused, connects)
    finally:
        del Scripted.on_connected
    bench.run()

    assert [(one.status, "connected" in one.reason) for one in told] == [
        ("waiting", True),
        ("live", False),
    ]
