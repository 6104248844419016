"""A chart: what may be appended, what is refused in which words, and what the ticker takes."""

import math
import threading
from decimal import Decimal

import numpy as np
import pytest

from chartserver.chart import Chart
from chartserver.errors import BadTick, ChartClosed, ConfigError, InboxFull
from chartserver.history import MemoryHistory
from chartserver.inbox import INBOX_TICKS
from chartserver.sources.source import SERIES_MAX
from chartserver.status import Status
from chartserver.ticks import Series, Tick

NOW_MS = 1_763_829_000_000.0


def chart_of(*names, now_ms=lambda: NOW_MS, **given):
    """Return a chart with series of these names, whose clock stands still."""
    history = MemoryHistory(100_000, epoch="9f2c41aa")
    return Chart("lab", now_ms=now_ms, history=history, series=[Series(n) for n in names], **given)


def taken(chart):
    """Let the ticker's part happen and return times and rows as lists."""
    ticks = chart.take()
    return ticks.time_ms.tolist(), ticks.values.tolist()


@pytest.mark.parametrize(
    "values",
    [(1.5, 2), ([1.5, 2],), ((1.5, 2),), ({"b": 2, "a": 1.5},), (np.array([1.5, 2.0]),)],
)
def test_a_tick_is_given_as_values_as_a_sequence_or_by_name(values):
    chart = chart_of("a", "b")

    chart.append(*values)

    assert taken(chart) == ([NOW_MS], [[1.5], [2.0]])


@pytest.mark.parametrize("value", [1, 1.0, np.float64(1), np.int64(1), np.float32(1)])
def test_numbers_of_python_and_of_numpy_are_taken(value):
    chart = chart_of("a")

    chart.append(value)

    assert taken(chart) == ([NOW_MS], [[1.0]])


def test_the_first_tick_names_the_series_of_a_chart_that_has_none():
    chart = chart_of()

    chart.append(1.0, 2.0)

    assert [series.name for series in chart.series] == ["value 1", "value 2"]
    assert taken(chart) == ([NOW_MS], [[1.0], [2.0]])


def test_a_bad_first_tick_does_not_name_the_series():
    chart = chart_of()
    with pytest.raises(BadTick):
        chart.append("a", "b", "c")

    chart.append(21.5)

    assert [series.name for series in chart.series] == ["value"]


@pytest.mark.parametrize("nothing", [(), ([],), ({},)])
def test_a_first_tick_without_values_is_refused(nothing):
    chart = chart_of()

    with pytest.raises(BadTick, match="got no values; expected at least one"):
        chart.append(*nothing)

    assert chart.take() is None


def test_a_new_name_adds_a_series_that_the_ticks_so_far_miss():
    chart = chart_of("a")
    chart.append({"a": 1})
    chart.append({"a": 2, "b": 20})
    chart.append({"b": 30})
    version = chart.version

    _, (a, b) = taken(chart)

    np.testing.assert_array_equal(a, [1, 2, math.nan])
    np.testing.assert_array_equal(b, [math.nan, 20, 30])
    assert [one["name"] for one in chart.describe()["series"]] == ["a", "b"]
    assert chart.version == version > 0


def test_a_series_added_later_is_missing_in_the_history_before():
    chart = chart_of("a")
    chart.append(1)
    chart.take()

    chart.append({"b": 5})
    chart.take()

    np.testing.assert_array_equal(chart.history.all().values, [[1, math.nan], [math.nan, 5]])


def test_the_history_has_a_row_for_each_series_before_the_first_tick():
    chart = chart_of("a")
    chart.adopt("", [Series("b")], None)

    assert chart.history.all().values.shape == (2, 0)


def test_a_series_that_is_added_while_the_ticker_takes_loses_no_tick():
    chart = chart_of("a")
    chart.append(1.0)
    append = chart.history.append
    # Between the inbox and the history another thread adds a series.
    chart.history.append = lambda *run: (chart.append({"b": 2.0}), append(*run))[1]

    chart.take()
    chart.history.append = append
    chart.take()

    np.testing.assert_array_equal(chart.history.all().values, [[1, math.nan], [math.nan, 2]])


def test_none_and_nan_are_missing_values_and_are_not_counted():
    chart = chart_of("a", "b")

    chart.append(None, math.nan)

    np.testing.assert_array_equal(taken(chart)[1], [[math.nan], [math.nan]])
    assert chart.values_refused == 0


@pytest.mark.parametrize("value", [math.inf, -math.inf, np.inf, 10**400])
def test_what_is_infinite_becomes_missing_and_is_counted(value):
    chart = chart_of("a", "b")

    chart.append(value, 1.0)

    np.testing.assert_array_equal(taken(chart)[1], [[math.nan], [1.0]])
    assert chart.values_refused == 1


@pytest.mark.parametrize(
    "value", ["1", True, np.True_, Decimal(1), 1j, np.complex128(1), [1], b"a"]
)
def test_what_is_no_number_is_refused_by_the_name_of_its_series(value):
    chart = chart_of("a", "b")

    with pytest.raises(BadTick, match=r"value of 'b' is .*expected a number or None"):
        chart.append([1.0, value])

    assert chart.take() is None


def test_bytes_are_no_run_of_numbers():
    with pytest.raises(BadTick, match="expected a number"):
        chart_of("a").append(b"a")


@pytest.mark.parametrize("values", [(1,), (1, 2, 3), ([],)])
def test_the_wrong_number_of_values_is_refused_and_the_series_are_told(values):
    chart = chart_of("a", "b")

    with pytest.raises(BadTick, match=rf"got {len(np.ravel(values))} values; expected 2.*a, b"):
        chart.append(*values)

    assert chart.take() is None


def test_a_time_that_is_given_is_kept_as_it_is():
    chart = chart_of("a")

    chart.append(1.0, time_ms=1_000.25)
    chart.append(2.0, time_ms=1_000.25)

    assert taken(chart) == ([1_000.25, 1_000.25], [[1.0, 2.0]])


def test_time_that_runs_backwards_is_refused_and_told_by_how_much():
    chart = chart_of("a")
    chart.append(1.0, time_ms=5_000)
    chart.take()

    with pytest.raises(BadTick, match="4000 ms, 1000 ms before the last tick"):
        chart.append(2.0, time_ms=4_000)
    chart.append(3.0, time_ms=5_000)

    assert taken(chart) == ([5_000.0], [[3.0]])


@pytest.mark.parametrize("time_ms", ["now", math.nan, math.inf, -1e15, 1e15, True, [1], 10**400])
def test_what_is_no_time_is_refused_with_an_example(time_ms):
    with pytest.raises(BadTick, match=r"time is .*expected milliseconds since 1970"):
        chart_of("a").append(1.0, time_ms=time_ms)


def test_now_is_never_before_a_time_that_was_given():
    chart = chart_of("a")
    chart.append(1.0, time_ms=NOW_MS + 60_000)

    chart.append(2.0)

    assert taken(chart)[0] == [NOW_MS + 60_000] * 2


def test_an_inbox_that_is_full_takes_no_more_until_the_ticker_came():
    chart = chart_of("a")
    for i in range(INBOX_TICKS):
        chart.append(i)

    with pytest.raises(InboxFull, match=r"'lab'.*append again"):
        chart.append(-1)

    assert taken(chart)[1] == [list(range(INBOX_TICKS))]
    chart.append(-1)
    assert taken(chart)[1] == [[-1]]


def test_a_closed_chart_keeps_what_it_has_taken_and_takes_no_more():
    chart = chart_of("a")
    chart.append(1.0)

    chart.close()

    with pytest.raises(ChartClosed, match="'lab' takes no more ticks"):
        chart.append(2.0)
    assert taken(chart)[1] == [[1.0]]


def test_it_tells_when_the_first_of_the_ticks_taken_had_come():
    now_s = iter([100.0, 200.0])
    chart = chart_of("a", clock=lambda: next(now_s))

    chart.append(1.0)
    chart.append(2.0)
    chart.take()
    first_s = chart.arrived_s
    chart.append(3.0)
    chart.take()

    assert (first_s, chart.arrived_s) == (100.0, 200.0)
    assert chart.ticks_taken == 3


@pytest.mark.parametrize(
    ("status", "notice"),
    [
        (Status("live"), {"chart": "fx", "status": "live", "reason": ""}),
        (
            Status("stopping", "a stop", 5.0),
            {"chart": "fx", "status": "stopping", "reason": "a stop", "return_within_s": 5.0},
        ),
    ],
)
def test_only_a_server_that_stops_says_when_to_come_back(status, notice):
    assert status.notice("fx") == notice


def test_nothing_is_lost_or_doubled_when_many_threads_append():
    chart = chart_of("thread", "i", now_ms=lambda: NOW_MS)
    n_threads, n_each = 8, 1_000
    is_done = threading.Event()
    seen = []

    def append(thread):
        for i in range(n_each):
            while True:
                try:
                    chart.append(thread, i)
                    break
                except InboxFull:
                    is_done.wait(0.001)

    def take():
        while not is_done.is_set():
            chart.take()
        chart.take()

    ticker = threading.Thread(target=take)
    threads = [threading.Thread(target=append, args=(i,)) for i in range(n_threads)]
    for thread in [ticker, *threads]:
        thread.start()
    for thread in threads:
        thread.join()
    is_done.set()
    ticker.join()

    ticks = chart.history.all()
    assert ticks.offset == len(ticks) == n_threads * n_each
    seen = ticks.values.T.tolist()
    for which in range(n_threads):
        assert [i for thread, i in seen if thread == which] == list(range(n_each))


def test_a_tick_makes_the_chart_live():
    chart = chart_of("a")
    assert chart.status == Status("waiting", "no tick has come yet")

    chart.put(Tick(None, [1.0]))

    assert chart.status == Status("live")


def test_a_source_adds_its_series_after_those_that_are_known():
    chart = chart_of("b")

    chart.adopt("From the source", [Series("a"), Series("b")], 2.0)

    assert [series.name for series in chart.series] == ["b", "a"]
    assert chart.describe()["title"] == "From the source"
    assert chart.interval_s == 2.0


def test_a_series_named_twice_is_refused():
    with pytest.raises(ConfigError, match="names the series 'a' twice"):
        chart_of("a", "b", "a")


def test_too_many_series_are_refused_when_made_and_when_ticks_bring_them():
    names = [f"s{i}" for i in range(SERIES_MAX)]
    with pytest.raises(ConfigError, match=f"{SERIES_MAX + 1} series; expected at most"):
        chart_of(*names, "one more")
    chart = chart_of(*names)

    with pytest.raises(BadTick, match=f"{SERIES_MAX + 1} series; expected at most"):
        chart.append({"one more": 1.0})

    assert len(chart.series) == SERIES_MAX


def test_a_name_that_no_series_can_have_is_refused_in_a_tick():
    with pytest.raises(BadTick, match="series name is"):
        chart_of("a").append({"": 1.0})


def test_ticks_that_find_no_memory_are_taken_at_the_next_beat(monkeypatch):
    chart = chart_of("a")
    chart.append(1.0)
    with monkeypatch.context() as patch:
        patch.setattr(chart.history, "append", out_of_memory)
        with pytest.raises(MemoryError):
            chart.take()
    chart.append(2.0)

    assert taken(chart) == ([NOW_MS], [[1.0]])
    assert taken(chart) == ([NOW_MS], [[2.0]])
    assert chart.ticks_taken == 2


def out_of_memory(*_):
    raise MemoryError
