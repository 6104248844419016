"""What every store promises: what was done is kept, under its epoch and offsets."""

import numpy as np
import pytest

from chartserver.batch import Batch, KeptKey, PushKey
from chartserver.errors import PositionLost, UnknownChart
from chartserver.notes import KeptNotes, Note
from chartserver.shared import store as shared_store
from chartserver.store import note_table
from chartserver.ticks import Position, Series

# Histories that several processes share keep the same contract.
pytestmark = pytest.mark.parametrize("store_url", ["sqlite", "postgresql", "redis"], indirect=True)


def test_ticks_are_numbered_by_the_store_without_a_gap(kept):
    first = kept.put([1_000, 2_000], [1, 2])
    second = kept.put([3_000], [3])

    assert (first.offset, second.offset) == (2, 3)
    assert first.epoch == second.epoch
    assert kept.store.restore("fx", 10).ticks.position == second.position


def test_each_chart_has_its_own_epoch_and_offsets(kept):
    fx = kept.put([1_000], [1], chart="fx")
    room = kept.put([1_000], [1], chart="room")

    assert (fx.offset, room.offset) == (1, 1)
    assert fx.epoch != room.epoch


def test_batches_submitted_together_are_kept_in_their_order(kept):
    batches = [
        Batch(
            f"chart-{i % 3}", np.array([1_000.0 * i]), np.array([[float(i)]]), series=[Series("a")]
        )
        for i in range(300)
    ]

    for done in [kept.submit(batch) for batch in batches]:
        assert done.wait(20)

    assert [batch.ticks.offset for batch in batches] == [i // 3 + 1 for i in range(300)]
    assert kept.ticks("chart-2")[1].tolist() == [[float(i) for i in range(2, 300, 3)]]
    assert kept.store.ticks_kept == 300
    assert kept.store.commits < 300


def test_a_chart_is_restored_under_its_epoch_and_offset(kept):
    ticks = kept.put([1_000, 2_000, 3_000], [1, 2, 3], [np.nan, 5, 6], title="Rates")

    restored = kept.open().restore("fx", 2)

    assert (restored.epoch, restored.offset) == (ticks.epoch, 3)
    assert restored.title == "Rates"
    assert [series.name for series in restored.series] == ["a", "b"]
    assert restored.ticks.time_ms.tolist() == [2_000, 3_000]
    assert restored.ticks.values.tolist() == [[2, 3], [5, 6]]


def test_numbering_goes_on_after_a_restart(kept):
    before = kept.put([1_000, 2_000], [1, 2])

    kept.open()
    after = kept.put([3_000], [3])

    assert after.position == Position(before.epoch, 3)
    assert kept.ticks()[0].tolist() == [1_000, 2_000, 3_000]


def test_a_series_is_restored_as_it_was_described(kept):
    series = [Series("a", label="Euro", unit="€", color="#0072b2", digits=4)]
    kept.keep(Batch("fx", np.array([1.0]), np.array([[1.0]]), series=series))

    assert list(kept.open().restore("fx", 1).series) == series


def test_a_new_series_is_missing_in_the_ticks_before_it(kept):
    kept.put([1_000], [1])
    kept.put([2_000], [2], [20])

    assert kept.store.restore("fx", 9).ticks.values == pytest.approx(
        np.array([[1, 2], [np.nan, 20]]), nan_ok=True
    )


def test_a_series_that_a_batch_does_not_bring_is_missing_there(kept):
    kept.put([1_000], [1], [10])
    series = [Series("a"), Series("b")]
    kept.keep(Batch("fx", np.array([2_000.0]), np.array([[2.0]]), series=series))

    assert kept.ticks()[1] == pytest.approx(np.array([[1, 2], [10, np.nan]]), nan_ok=True)


def test_a_chart_that_was_never_kept_is_none(kept):
    assert kept.store.restore("fx", 10) is None


def test_charts_that_pushes_made_are_named(kept):
    kept.put([1_000], [1], chart="walk")
    kept.put([1_000], [1], chart="room", is_pushed=True)
    kept.put([1_000], [1], chart="hall", is_pushed=True)

    assert list(kept.open().names()) == ["room", "hall"]


def test_keys_of_pushes_are_kept_with_the_position_they_led_to(kept):
    kept.put([1_000], [1])
    kept.put([2_000, 3_000], [2, 3], keys=[PushKey("one", 1, 1, 1), PushKey("two", 2, 3, 1)])
    kept.put([4_000], [4], keys=[PushKey("two", 1, 3, 2, 1)])

    restored = kept.open().restore("fx", 1)

    assert list(restored.keys) == [KeptKey("one", 2, 1, 1), KeptKey("two", 4, 3, 2)]


def test_notes_are_kept_with_the_number_of_the_last_change(kept):
    kept.put([1, 2], [3, 4])
    for i in (1, 2):
        kept.store.keep_note("fx", Note(i, 1.5, f"note {i}", "viewer 7", 2), i)
    kept.store.keep_note("fx", Note(2, 0.0, "", "", 0), 3)

    kept.open()

    assert kept.store.restore("fx", 10).notes == KeptNotes(
        3, (Note(1, 1.5, "note 1", "viewer 7", 2),)
    )


def test_the_oldest_notes_are_forgotten(kept, monkeypatch):
    monkeypatch.setattr(note_table, "NOTES_MAX", 2)
    monkeypatch.setattr(shared_store, "NOTES_MAX", 2)
    kept.put([1], [3])

    for i in range(1, 8):
        kept.store.keep_note("fx", Note(i, 1.0, "a", "", 1), i)

    assert [note.id for note in kept.store.restore("fx", 10).notes.notes] == [6, 7]


def test_a_batch_without_ticks_may_bring_a_title(kept):
    series = [Series("a")]
    kept.keep(Batch("fx", np.empty(0), np.empty((1, 0)), title="Rates", series=series))

    restored = kept.open().restore("fx", 10)

    assert (restored.title, restored.offset, len(restored.ticks)) == ("Rates", 0, 0)
    assert kept.put([1_000], [1]).position == Position(restored.epoch, 1)


@pytest.mark.parametrize("sizes", [[1] * 300, [5_000], [700, 1, 3_000, 1, 1, 2_047, 2_048, 9]])
def test_ticks_of_batches_of_any_size_come_back_as_they_went(kept, sizes):
    values = np.random.default_rng(1).normal(size=(2, sum(sizes)))
    times_ms = 250.0 * np.arange(sum(sizes))
    end = 0
    for size in sizes:
        begin, end = end, end + size
        kept.put(times_ms[begin:end], *values[:, begin:end])

    kept.open()

    read_ms, read = kept.ticks()
    assert np.array_equal(read_ms, times_ms)
    assert np.array_equal(read, values)


def test_ticks_between_two_times_are_read_with_both_ends(kept):
    kept.put(np.arange(10_000) * 10.0, np.arange(10_000))

    times_ms, values = kept.ticks(from_ms=20_000, to_ms=30_000)

    assert (times_ms[0], times_ms[-1], len(times_ms)) == (20_000, 30_000, 1_001)
    assert values[0, 0] == 2_000
    assert len(kept.ticks(from_ms=5, to_ms=9)[0]) == 0


def test_ticks_since_a_position_begin_after_it(kept):
    epoch = kept.put(np.arange(30_000) * 1.0, np.arange(30_000)).epoch

    runs = list(kept.store.since("fx", Position(epoch, 12_345)))

    assert runs[0].offset - len(runs[0]) == 12_345
    assert np.array_equal(np.concatenate([run.time_ms for run in runs]), np.arange(12_345, 30_000))
    assert list(kept.store.since("fx", Position(epoch, 30_000))) == []


@pytest.mark.parametrize("position", [Position("00000000", 1), Position("", 3)])
def test_a_position_that_is_not_in_the_store_is_lost(kept, position):
    epoch = kept.put([1_000, 2_000], [1, 2]).epoch

    with pytest.raises(PositionLost, match="snapshot"):
        next(kept.store.since("fx", Position(position.epoch or epoch, position.offset)))


def test_a_chart_that_is_not_there_is_unknown_to_readers(kept):
    with pytest.raises(UnknownChart, match="'fx'"):
        kept.store.reduced("fx", 0, 1, 100)
    with pytest.raises(UnknownChart, match="'fx'"):
        next(kept.store.pieces("fx", 0, 1))


def test_a_window_without_ticks_is_empty(kept):
    kept.put([1_000, 9_000], [1, 2])

    ticks = kept.store.reduced("fx", 2_000, 3_000, 100)

    assert (len(ticks), ticks.offset, ticks.values.shape) == (0, 1, (1, 0))


def test_few_ticks_are_not_reduced(kept):
    kept.put([1_000, 2_000, 3_000], [1, np.nan, 3])

    ticks = kept.store.reduced("fx", 1_500, 3_000, 100)

    assert (ticks.offset, ticks.is_reduced) == (3, False)
    assert ticks.time_ms.tolist() == [2_000, 3_000]


def test_who_cannot_be_told_does_not_hold_up_others(kept, caplog):
    def fail():
        raise RuntimeError("gone")

    kept.store.submit(Batch("fx", np.array([1.0]), np.array([[1.0]]), series=[Series("a")]), fail)

    assert kept.put([2_000], [2]).offset == 2
    assert "nobody could be told" in caplog.text
