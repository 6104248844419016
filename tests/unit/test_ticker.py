"""The one background task, on a clock that the tests own."""

import logging
import threading

import pytest
from ticker_bench import BEAT_S, Bench, chart_of

from chartserver.errors import InboxFull
from chartserver.inbox import INBOX_TICKS
from chartserver.status import Status
from chartserver.ticker import STATUS_INTERVAL_S, VIEWERS_INTERVAL_S, Ticker


@pytest.fixture
def bench():
    bench = Bench("fx")
    # The first beat tells what there is; the tests are about what follows.
    bench.ticker.beat()
    bench.broadcast.sent.clear()
    bench.now_s += 10.0
    return bench


def test_it_is_started_exactly_once_by_fifty_threads_at_the_same_instant():
    bench = Bench("fx")
    spawned, answers = [], []
    barrier = threading.Barrier(50)

    def start():
        barrier.wait()
        answers.append(bench.ticker.start(spawned.append))

    threads = [threading.Thread(target=start) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert answers.count(True) == 1
    assert spawned == [bench.ticker.run]


def test_ticks_between_two_beats_travel_in_one_frame(bench):
    for value in (1.0, 2.0, 3.0):
        bench.charts["fx"].append(value)

    bench.ticker.beat()
    bench.ticker.beat()

    assert bench.broadcast.of("tick") == [[1.0, 2.0, 3.0]]


def test_a_beat_without_ticks_sends_nothing(bench):
    bench.ticker.beat()

    assert bench.broadcast.sent == []


def test_it_keeps_to_the_grid_of_deadlines():
    bench = Bench("fx")
    work_s = iter([0.01, 0.02, 0.03, 0.0])
    began_s = []

    def take():
        began_s.append(bench.now_s)
        bench.now_s += next(work_s)
        if len(began_s) == 4:
            bench.ticker.stop()

    bench.charts["fx"].take = take

    bench.ticker.run()

    grid_s = [100.0, 100.05, 100.10, 100.15]
    assert began_s[:4] == pytest.approx(grid_s)
    assert bench.ticker.beats_skipped == 0


def test_a_late_beat_is_skipped_and_counted():
    bench = Bench("fx")
    began_s = []

    def take():
        began_s.append(bench.now_s)
        if len(began_s) == 1:
            bench.now_s += 0.12  # over the beats at 0.05 and 0.10
        if len(began_s) == 3:
            bench.ticker.stop()

    bench.charts["fx"].take = take

    bench.ticker.run()

    assert began_s[:3] == pytest.approx([100.0, 100.15, 100.20])
    assert bench.ticker.beats_skipped == 2


def test_it_never_sleeps_for_less_than_nothing():
    bench = Bench("fx")
    bench.on_sleep = lambda: len(bench.slept_s) == 50 and bench.ticker.stop()
    bench.charts["fx"].take = lambda: setattr(bench, "now_s", bench.now_s + 0.0499999)

    bench.ticker.run()

    assert min(bench.slept_s) >= 0


def test_what_waits_when_it_is_stopped_is_still_handed_on():
    bench = Bench("fx")

    def stop():
        bench.charts["fx"].append(7.0)
        bench.ticker.stop()

    bench.on_sleep = stop

    bench.ticker.run()

    assert bench.broadcast.of("tick") == [[7.0]]


def test_it_is_stopped_before_it_began_and_after_it_ended():
    bench = Bench("fx")
    assert bench.ticker.is_stopped
    tasks = []
    bench.ticker.start(tasks.append)
    assert not bench.ticker.is_stopped

    bench.ticker.stop()
    tasks[0]()

    assert bench.ticker.is_stopped


def test_the_failure_of_one_chart_stops_neither_the_others_nor_its_own_next_beat(caplog):
    bench = Bench("first", "second")
    bench.broadcast.fails_for = "first"
    for chart in bench.charts.values():
        chart.append(1.0)

    with caplog.at_level(logging.ERROR):
        bench.ticker.beat()
    bench.broadcast.fails_for = None
    bench.charts["first"].append(2.0)
    bench.ticker.beat()

    ticks = [(name, values) for what, name, values in bench.broadcast.sent if what == "tick"]
    assert ticks == [("second", [1.0]), ("first", [2.0])]
    assert bench.ticker.failures == 1
    assert "chart first: beat failed" in caplog.text
    # Viewers see the jump in offsets and ask for what the failed beat did not send.
    assert bench.charts["first"].history.all().values.tolist() == [[1.0, 2.0]]


def test_a_chart_that_fails_at_every_beat_does_not_fill_the_log(caplog):
    bench = Bench("first")
    bench.broadcast.fails_for = "first"

    with caplog.at_level(logging.ERROR):
        for _ in range(100):
            bench.charts["first"].append(1.0)
            bench.ticker.beat()

    assert bench.ticker.failures == 100
    assert caplog.text.count("beat failed") == 1


def test_a_chart_that_is_added_while_it_runs_is_fed(bench):
    bench.charts["new"] = chart_of("new")
    bench.charts["new"].append(5.0)

    bench.ticker.beat()

    assert ("tick", "new", [5.0]) in bench.broadcast.sent


def test_none_is_lost_under_a_source_that_floods():
    bench = Bench("fx")
    chart = bench.charts["fx"]
    n = 4 * INBOX_TICKS + 17
    is_empty = threading.Event()

    def flood():
        for i in range(n):
            while True:
                try:
                    chart.append(i)
                    break
                except InboxFull:
                    is_empty.wait(0.001)

    source = threading.Thread(target=flood)
    source.start()
    while source.is_alive():
        bench.ticker.beat()
    source.join()
    bench.ticker.beat()

    frames = bench.broadcast.of("tick")
    assert [value for frame in frames for value in frame] == list(range(n))
    assert max(map(len, frames)) <= INBOX_TICKS


def test_a_new_series_is_described_before_the_frame_that_has_it(bench):
    bench.charts["fx"].append({"a": 1.0, "b": 2.0})

    bench.ticker.beat()

    assert [what for what, _, _ in bench.broadcast.sent][:2] == ["chart", "tick"]
    assert bench.broadcast.of("chart") == [["a", "b"]]


def test_the_first_beat_tells_viewers_who_came_before_it_what_has_changed_since():
    bench = Bench("fx")
    bench.charts["fx"].append({"b": 2.0})

    bench.ticker.beat()

    assert bench.broadcast.of("chart") == [["a", "b"]]
    assert bench.broadcast.of("status") == [Status("live")]


def test_a_change_of_status_is_told_at_once(bench):
    bench.charts["fx"].status = Status("ended", "the source has no more ticks")

    bench.ticker.beat()

    assert bench.broadcast.of("status") == [Status("ended", "the source has no more ticks")]


def test_status_is_told_at_most_once_a_second_and_the_last_one_is_never_left_out(bench):
    chart = bench.charts["fx"]
    for i in range(60):
        chart.status = Status("failed", f"fault {i}")
        bench.beat_after(BEAT_S)
    bench.beat_after(STATUS_INTERVAL_S)

    told = [status.reason for status in bench.broadcast.of("status")]
    assert len(told) == 4
    assert (told[0], told[-1]) == ("fault 0", "fault 59")


def test_a_status_that_changed_and_changed_back_is_told_again(bench):
    chart = bench.charts["fx"]
    before = chart.status = Status("live")
    bench.ticker.beat()

    chart.status = Status("failed", "for a moment")  # which a viewer who joins now is told
    bench.beat_after(0.1)
    chart.status = before
    bench.beat_after(0.1)
    bench.beat_after(STATUS_INTERVAL_S)

    assert bench.broadcast.of("status") == [before, before]


def test_the_number_of_viewers_is_told_at_most_once_in_two_seconds(bench):
    chart = bench.charts["fx"]
    for i in range(1, 100):
        chart.viewers = i
        bench.beat_after(BEAT_S)
    bench.beat_after(VIEWERS_INTERVAL_S)

    told = bench.broadcast.of("viewers")
    assert len(told) == 4
    assert (told[0], told[-1]) == (1, 99)


def test_a_viewer_that_came_while_another_left_is_told_how_many_are_left(bench):
    chart = bench.charts["fx"]
    chart.viewers = 1
    bench.ticker.beat()

    chart.viewers = 2  # which the second viewer is told when it joins
    bench.beat_after(0.1)
    chart.viewers = 1
    bench.beat_after(0.1)
    bench.beat_after(VIEWERS_INTERVAL_S)

    assert bench.broadcast.of("viewers") == [1, 1]


def test_viewers_at_other_processes_are_counted_in(bench):
    chart = bench.charts["fx"]
    chart.viewers, chart.viewers_elsewhere = 2, 3
    bench.beat_after(2 * VIEWERS_INTERVAL_S)
    chart.viewers_elsewhere = 4
    bench.beat_after(2 * VIEWERS_INTERVAL_S)

    assert len(bench.broadcast.of("viewers")) == 2
    assert chart.describe()["viewers"] == chart.attendance()["viewers"] == 6


def test_it_is_told_when_somebody_begins_to_present(bench):
    bench.charts["fx"].presenters = ({"id": "1f", "by": "Ada"},)
    bench.beat_after(2 * VIEWERS_INTERVAL_S)
    bench.beat_after(2 * VIEWERS_INTERVAL_S)

    assert len(bench.broadcast.of("viewers")) == 1
    bench.charts["fx"].more_presenters = 1
    bench.beat_after(2 * VIEWERS_INTERVAL_S)
    assert len(bench.broadcast.of("viewers")) == 2


def test_a_source_with_a_beat_that_falls_silent_is_called_stalled():
    bench = Bench("fx", interval_s=1.0)
    chart = bench.charts["fx"]
    chart.append(1.0)
    bench.ticker.beat()

    bench.beat_after(2.9)
    assert chart.status.status == "live"
    bench.beat_after(0.2)

    assert bench.broadcast.of("status")[-1].status == "stalled"
    assert "each 1 s" in chart.status.reason
    chart.append(2.0)
    bench.beat_after(STATUS_INTERVAL_S)
    assert bench.broadcast.of("status")[-1] == Status("live")


def test_a_fast_source_is_given_two_seconds_before_it_is_called_stalled():
    bench = Bench("fx", interval_s=0.05)
    bench.charts["fx"].append(1.0)
    bench.ticker.beat()

    bench.beat_after(1.9)

    assert bench.charts["fx"].status.status == "live"


def test_a_source_without_a_beat_is_never_called_stalled(bench):
    bench.charts["fx"].append(1.0)
    bench.ticker.beat()

    bench.beat_after(86_400.0)

    assert bench.charts["fx"].status.status == "live"


@pytest.mark.parametrize("status", ["failed", "ended", "waiting"])
def test_silence_after_an_end_or_a_failure_is_no_stall(status):
    bench = Bench("fx", interval_s=1.0)
    bench.charts["fx"].append(1.0)
    bench.ticker.beat()
    bench.charts["fx"].status = Status(status, "why")

    bench.beat_after(60.0)

    assert bench.charts["fx"].status == Status(status, "why")


def test_who_came_for_one_who_left_is_told_how_many_watch():
    bench = Bench("fx")
    bench.charts["fx"].viewers = 3
    bench.ticker.beat()

    bench.charts["fx"].joins += 1  # and one has left since the last beat
    bench.now_s += VIEWERS_INTERVAL_S
    bench.ticker.beat()

    assert bench.broadcast.of("viewers") == [3, 3]


def test_a_stop_is_noticed_within_a_long_frame_interval(bench):
    bench.ticker._frame_interval_s, bench.on_sleep = 30.0, bench.ticker.stop

    bench.ticker.run()

    assert 0.0 < sum(bench.slept_s) < 1.0


def test_after_a_beat_without_a_frame_it_does_not_rest_but_waits_for_a_tick():
    bench = Bench("fx")
    slept_s = []

    def wait(timeout_s):
        """Be woken five times for nothing, then by a tick, then for the end."""
        bench.now_s += 0.001
        slept_s.append(sum(bench.slept_s))
        if len(slept_s) == 6:
            bench.charts["fx"].append(1.0)
        if len(slept_s) == 7:
            bench.ticker.stop()

    bench.ticker = Ticker(
        bench.charts,
        bench.broadcast,
        clock=lambda: bench.now_s,
        sleep=bench.sleep,
        frame_interval_s=BEAT_S,
        wait=wait,
    )
    bench.ticker.run()

    assert bench.broadcast.of("tick") == [[1.0]]
    assert slept_s == [0.0] * 6 + [pytest.approx(BEAT_S)]
