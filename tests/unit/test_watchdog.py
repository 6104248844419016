"""The watchdog, on clocks that the tests own."""

import logging
import threading

import pytest

from chartserver.operation.watchdog import BEAT_S, LOOK_S, Watchdog, place_of


class Bench:
    """A watchdog whose time stands still until the tests move it."""

    def __init__(self):
        self.now_s = 100.0
        self.cpu_s = 1.0
        self.late_s = 0.0
        self.watchdog = Watchdog(
            self.sleep,
            clock=lambda: self.now_s,
            cpu_clock=lambda: self.cpu_s,
            place=lambda _: "app.py:7 work",
        )

    def sleep(self, seconds):
        self.now_s += seconds + self.late_s
        self.watchdog.stop()

    def beat(self, late_s=0.0):
        self.late_s = late_s
        self.watchdog._stop.clear()
        self.watchdog.beat_on()

    def look_for(self, seconds):
        """Have the thread look, on time, for so long, while the loop does not beat."""
        for _ in range(round(seconds / LOOK_S)):
            self.now_s += LOOK_S
            self.watchdog.look()


@pytest.fixture
def bench(caplog):
    caplog.set_level(logging.INFO, "chartserver.operation.watchdog")
    bench = Bench()
    bench.watchdog.look()
    bench.beat()
    bench.watchdog.look()
    return bench


def said(caplog):
    return [record.getMessage() for record in caplog.records]


def test_it_measures_how_late_the_loop_is(bench):
    bench.beat(late_s=0.03)

    counts = dict(bench.watchdog.lag.buckets())
    assert (counts["0.001"], counts["0.025"], counts["0.05"]) == (1, 1, 2)
    assert bench.watchdog.lag.sum == pytest.approx(0.03)


def test_a_loop_that_beats_is_no_stall(bench, caplog):
    for _ in range(50):
        bench.beat(late_s=LOOK_S - BEAT_S)
        bench.watchdog.look()

    assert bench.watchdog.stalls == 0
    assert said(caplog) == []


def test_a_stall_is_told_once_with_its_place_and_then_its_length(bench, caplog):
    bench.look_for(3.0)
    assert bench.watchdog.stalls == 1
    assert bench.watchdog.stalled_s == 0.0

    bench.beat()
    bench.watchdog.look()

    assert bench.watchdog.stalled_s == pytest.approx(3.0, abs=0.3)
    begun, ended = said(caplog)
    assert "app.py:7 work" in begun
    assert "after 3" in ended


def test_each_stall_is_counted(bench, caplog):
    for _ in range(3):
        bench.look_for(2.0)
        bench.beat()
        bench.watchdog.look()

    assert bench.watchdog.stalls == 3


@pytest.mark.parametrize("stopped_s", [1.2, 10.0])
def test_a_process_that_was_stopped_as_a_whole_is_no_stall_of_its_loop(bench, caplog, stopped_s):
    bench.now_s += stopped_s  # SIGSTOP: neither the loop nor the thread gets its turn
    bench.cpu_s += 0.2  # from before it
    bench.watchdog.look()
    bench.look_for(0.5)  # the thread may well be the first that runs again
    bench.beat()
    bench.watchdog.look()

    assert bench.watchdog.stalls == 0
    assert said(caplog) == []


def test_a_loop_that_does_not_come_back_after_such_a_stop_is_told(bench, caplog):
    bench.now_s += 10.0
    bench.watchdog.look()

    bench.look_for(1.5)

    assert bench.watchdog.stalls == 1
    assert "1.2 s" in said(caplog)[0]


@pytest.mark.parametrize("share", [1.0, 0.3])
def test_code_that_keeps_the_interpreter_to_itself_is_a_stall(bench, caplog, share):
    bench.now_s += 4.0
    bench.cpu_s += 4.0 * share  # other processes may have the rest
    bench.watchdog.look()

    assert bench.watchdog.stalls == 1


def test_nothing_is_judged_before_the_loop_has_begun(caplog):
    bench = Bench()

    bench.look_for(9.0)

    assert bench.watchdog.stalls == 0


def test_the_place_of_a_thread_is_told_in_one_line_the_innermost_call_first():
    inside, go_on = threading.Event(), threading.Event()

    def wait_here():
        inside.set()
        go_on.wait()

    thread = threading.Thread(target=wait_here)
    thread.start()
    inside.wait()
    place = place_of(thread.ident)
    go_on.set()
    thread.join()

    assert "\n" not in place
    assert place.index("threading.py") < place.index("test_watchdog.py")
    assert "wait_here" in place
    assert place_of(0) == "an unknown place"
