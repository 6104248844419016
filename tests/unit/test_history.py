"""The history against a plain list that does the same, and its refusals."""

import math
import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chartserver.errors import BadTick, PositionLost
from chartserver.history import MemoryHistory
from chartserver.ticks import Position, Ticks

EPOCH = "9f2c41aa"
VALUE = st.none() | st.floats(allow_nan=False, allow_infinity=False)


def run_of(*times, n_series=1):
    """Return the arrays of a run whose values are its times."""
    time_ms = np.array(times, dtype=float)
    return time_ms, np.tile(time_ms, (n_series, 1))


def history_of(n, capacity):
    """Return a history that was given the ticks 1 … n, one by one."""
    history = MemoryHistory(capacity, 1, EPOCH)
    for i in range(1, n + 1):
        history.append(*run_of(i))
    return history


class ListHistory:
    """What a history promises, written with one list of (offset, time, values) and no thought."""

    def __init__(self, capacity):
        self.capacity = capacity
        self.n_series = 1
        self.offset = 0
        self.ticks = []

    def append(self, times, rows):
        for time_ms, row in zip(times, rows, strict=True):
            self.offset += 1
            self.ticks.append((self.offset, time_ms, row))
        self.ticks = self.ticks[-self.capacity :]

    def columns(self, chosen):
        times = [time_ms for _, time_ms, _ in chosen]
        values = [
            [row[i] if i < len(row) else None for _, _, row in chosen] for i in range(self.n_series)
        ]
        return times, values


def as_lists(ticks):
    """Return times and rows as lists, with None for missing."""
    rows = [[None if math.isnan(y) else y for y in row] for row in ticks.values.tolist()]
    return ticks.time_ms.tolist(), rows


APPEND = st.tuples(
    st.just("append"), st.lists(st.integers(0, 3), max_size=12), st.lists(VALUE, min_size=1)
)
ADD_SERIES = st.tuples(st.just("add"), st.integers(0, 2))


@settings(max_examples=200, deadline=None)
@given(
    capacity=st.integers(1, 9) | st.integers(500, 530),
    steps=st.lists(APPEND | ADD_SERIES),
    data=st.data(),
)
def test_a_history_holds_what_a_plain_list_would(capacity, steps, data):
    history, model = MemoryHistory(capacity, 1, EPOCH), ListHistory(capacity)
    now_ms = 1_000.0
    for step in steps:
        if step[0] == "add":
            history.add_series(step[1])
            model.n_series += step[1]
            continue
        _, gaps_ms, values = step
        times = [now_ms := now_ms + gap_ms for gap_ms in gaps_ms]
        n = model.n_series
        rows = [[values[(i + j) % len(values)] for j in range(n)] for i in range(len(times))]
        columns = np.array(rows, dtype=float).reshape(len(times), n).T
        appended = history.append(np.array(times), columns)
        model.append(times, rows)

        assert appended.offset == model.offset
        assert as_lists(appended)[0] == times

    kept = model.ticks
    assert len(history) == len(kept)
    assert history.position == Position(EPOCH, model.offset)
    assert history.last_time_ms == (kept[-1][1] if kept else None)
    assert as_lists(history.all()) == model.columns(kept)

    offset = data.draw(st.integers(0, model.offset), label="since")
    if offset < model.offset - len(kept):
        with pytest.raises(PositionLost):
            history.since(Position(EPOCH, offset))
    else:
        ticks = history.since(Position(EPOCH, offset))
        assert as_lists(ticks) == model.columns([tick for tick in kept if tick[0] > offset])
        assert ticks.position == Position(EPOCH, model.offset)

    from_ms, to_ms = sorted(data.draw(st.tuples(*[st.floats(990, 1_100)] * 2), label="between"))
    ticks = history.between(from_ms, to_ms)
    chosen = [tick for tick in kept if from_ms <= tick[1] <= to_ms]
    before = [tick[0] for tick in kept if tick[1] < from_ms]
    first = model.offset - len(kept)
    assert as_lists(ticks) == model.columns(chosen)
    assert ticks.offset == (chosen or [(max([first, *before]),)])[-1][0]


def test_many_appends_one_by_one_wrap_around_without_losing_order():
    history = history_of(10_000, capacity=700)

    assert history.all().time_ms.tolist() == list(range(9_301, 10_001))
    assert history.position == Position(EPOCH, 10_000)


def test_memory_follows_what_is_kept_and_not_the_capacity():
    history = MemoryHistory(100_000_000, 1, EPOCH)
    history.append(*run_of(*range(5_000)))

    assert history._time_ms.nbytes < 1_000_000


def test_the_arrays_of_a_history_stay_within_twice_its_capacity():
    history = history_of(5_000, capacity=600)

    assert len(history._time_ms) <= 1_200


def test_an_epoch_is_8_hex_digits_and_each_history_has_its_own():
    epochs = {MemoryHistory(1).epoch for _ in range(50)}

    assert len(epochs) == 50
    assert all(Position.parse({"epoch": epoch, "offset": 0}) for epoch in epochs)


def test_since_refuses_a_position_of_another_epoch():
    with pytest.raises(PositionLost, match=r"epoch 'aaaaaaaa'.*'9f2c41aa'.*snapshot"):
        history_of(3, capacity=5).since(Position("aaaaaaaa", 1))


def test_since_refuses_a_position_of_the_future():
    with pytest.raises(PositionLost, match=r"offset 4; the history ends at 3.*snapshot"):
        history_of(3, capacity=5).since(Position(EPOCH, 4))


def test_since_refuses_a_position_after_which_a_tick_is_gone_and_takes_the_next():
    history = history_of(8, capacity=3)

    with pytest.raises(PositionLost, match=r"offset 4; the history begins after 5.*snapshot"):
        history.since(Position(EPOCH, 4))
    assert history.since(Position(EPOCH, 5)).time_ms.tolist() == [6, 7, 8]


def test_what_a_history_gives_out_does_not_change_with_it():
    history = history_of(3, capacity=3)
    ticks = history.all()

    history.append(*run_of(4, 5))

    assert ticks.time_ms.tolist() == [1, 2, 3]
    assert ticks.values.tolist() == [[1, 2, 3]]


@pytest.mark.parametrize("times", [(4.0, 3.0), (2.0,), (2.0, 9.0)])
def test_time_that_runs_backwards_is_refused_and_nothing_is_appended(times):
    history = history_of(3, capacity=5)

    with pytest.raises(BadTick, match="time runs backwards"):
        history.append(*run_of(*times))

    assert history.position == Position(EPOCH, 3)
    assert history.all().time_ms.tolist() == [1, 2, 3]


def test_a_run_of_the_wrong_shape_is_refused():
    with pytest.raises(BadTick, match=r"shape \(2, 1\); expected \(1, 1\)"):
        MemoryHistory(5, 1).append(*run_of(1, n_series=2))


def test_series_that_a_run_does_not_have_yet_miss_it():
    history = history_of(1, capacity=5)
    history.add_series()

    appended = history.append(*run_of(2))

    assert appended.values.tolist() == [[2]]
    np.testing.assert_array_equal(history.all().values, [[1, 2], [math.nan, math.nan]])


def test_equal_times_are_taken():
    history = history_of(1, capacity=5)

    history.append(*run_of(1, 1))

    assert len(history) == 3


def test_a_reader_beside_a_writer_sees_runs_without_holes():
    history = MemoryHistory(500, 1, EPOCH)
    seen, position = [], history.position
    writer = threading.Thread(
        target=lambda: [history.append(*run_of(*range(i, i + 10))) for i in range(0, 20_000, 10)]
    )

    writer.start()
    while (is_alive := writer.is_alive()) or position.offset < 20_000:
        try:
            ticks = history.since(position)
        except PositionLost:
            ticks = history.all()
        seen.append((ticks.offset, ticks.time_ms, ticks.values))
        position = ticks.position
        if not is_alive and not len(ticks):
            break
    writer.join()

    assert position.offset == 20_000
    for offset, time_ms, values in seen:
        # The time of a tick is its offset less one, and its value is its time.
        assert time_ms.tolist() == list(range(offset - len(time_ms), offset))
        assert values[0].tolist() == time_ms.tolist()


def restored():
    """Return a history of at most 4 ticks, restored with 3 of them up to offset 12."""
    ticks = Ticks("9f2c41aa", 12, np.array([1.0, 2.0, 3.0]), np.array([[10.0, 11.0, 12.0]]))
    return MemoryHistory.restored(4, 1, ticks)


def test_a_history_that_is_restored_goes_on_where_it_ended():
    history = restored()

    ticks = history.append(np.array([4.0]), np.array([[13.0]]))

    assert (ticks.epoch, ticks.offset, len(history)) == ("9f2c41aa", 13, 4)
    assert history.since(Position("9f2c41aa", 9)).values.tolist() == [[10.0, 11.0, 12.0, 13.0]]
    assert history.last_time_ms == 4.0


def test_what_a_restored_history_has_not_is_lost_and_not_made_up():
    history = restored()

    assert len(history.all()) == 3
    with pytest.raises(PositionLost, match="begins after 9"):
        history.since(Position("9f2c41aa", 8))
    assert len(history.between(-np.inf, np.inf)) == 3


def test_a_history_may_be_restored_without_a_tick_and_with_more_series():
    ticks = Ticks("9f2c41aa", 12, np.empty(0), np.empty((1, 0)))
    history = MemoryHistory.restored(4, 2, ticks)
    assert (history.position.offset, history.last_time_ms) == (12, None)

    history.append(np.array([1.0]), np.array([[1.0], [2.0]]))

    assert history.all().offset == 13
    assert history.all().values.tolist() == [[1.0], [2.0]]


def test_a_history_that_begins_anew_loses_what_came_before():
    history = MemoryHistory(capacity=10, n_series=1, epoch="old00000")
    history.append(np.array([1.0, 2.0]), np.array([[1.0, 2.0]]))
    kept = Ticks("new00000", 40, np.array([5.0, 6.0]), np.array([[5.0, 6.0], [7.0, 8.0]]))

    history.reset(2, kept)
    history.append(np.array([9.0]), np.array([[9.0], [9.0]]))

    assert history.position == Position("new00000", 41)
    assert history.all().values.tolist() == [[5.0, 6.0, 9.0], [7.0, 8.0, 9.0]]
    assert len(history.since(Position("new00000", 38))) == 3
    for lost in (Position("old00000", 2), Position("new00000", 37)):
        with pytest.raises(PositionLost):
            history.since(lost)
