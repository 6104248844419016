import pytest

from chartserver.clients.viewer import NOTHING, Taken, Viewer
from chartserver.errors import ChartServerError
from chartserver.ticks import Position

EPOCH = "9f2c41aa"


def frame(first, last, *, epoch=EPOCH, **more):
    """Return a frame of the ticks `first` to `last`, each at its offset in seconds."""
    offsets = range(first, last + 1)
    return {
        "v": 1,
        "chart": "fx",
        "epoch": epoch,
        "offset": last,
        "t": [offset * 1000.0 for offset in offsets],
        "y": [[offset / 2 for offset in offsets]],
        **more,
    }


def snapshot(first, last, *, names=("EURUSD",), **more):
    description = {"name": "fx", "series": [{"name": name} for name in names], "status": "live"}
    return frame(first, last, description=description, **more)


def viewer_at(offset):
    viewer = Viewer()
    viewer.take("snapshot", snapshot(1, offset))
    return viewer


def offsets(taken: Taken):
    return [tick.offset for tick in taken.ticks]


def test_the_first_snapshot_is_history_and_sets_the_position():
    viewer = Viewer()

    taken = viewer.take("snapshot", snapshot(3, 5))

    assert taken.is_history
    assert offsets(taken) == [3, 4, 5]
    assert viewer.position == Position(EPOCH, 5)
    assert viewer.chart == "fx"
    assert viewer.description["status"] == "live"


def test_a_tick_has_its_values_by_name():
    taken = viewer_at(5).take("tick", frame(6, 6))

    assert [tuple(tick) for tick in taken.ticks] == [(6, 6000.0, {"EURUSD": 3.0}, EPOCH, "fx")]


def test_a_missing_value_is_none():
    taken = viewer_at(5).take("tick", frame(6, 6, y=[[None]]))

    assert taken.ticks[0].values == {"EURUSD": None}


def test_ticks_at_or_below_its_offset_are_dropped():
    viewer = viewer_at(5)

    assert viewer.take("tick", frame(4, 5)) == NOTHING
    assert offsets(viewer.take("tick", frame(4, 7))) == [6, 7]
    assert viewer.position.offset == 7
    assert viewer.counts.missed == 0


def test_a_jump_in_offsets_asks_for_a_backfill_and_takes_nothing():
    viewer = viewer_at(5)

    taken = viewer.take("tick", frame(8, 9))

    assert taken == Taken(ask="backfill")
    assert viewer.position.offset == 5


def test_a_backfill_brings_what_was_missed():
    viewer = viewer_at(5)
    viewer.take("tick", frame(8, 9))

    taken = viewer.take("backfill", frame(6, 9))

    assert offsets(taken) == [6, 7, 8, 9]
    assert taken.ask == ""
    assert (viewer.counts.backfills, viewer.counts.refilled, viewer.counts.missed) == (1, 4, 0)


def test_a_backfill_that_ends_before_a_tick_seen_asks_for_the_rest():
    viewer = viewer_at(5)
    viewer.take("tick", frame(8, 9))

    taken = viewer.take("backfill", frame(6, 7))

    assert offsets(taken) == [6, 7]
    assert taken.ask == "backfill"


def test_a_backfill_of_no_ticks_changes_nothing():
    viewer = viewer_at(5)

    assert viewer.take("backfill", frame(6, 5)) == NOTHING
    assert viewer.position.offset == 5


def test_a_backfill_that_begins_too_late_asks_for_a_snapshot():
    assert viewer_at(5).take("backfill", frame(8, 9)).ask == "snapshot"


@pytest.mark.parametrize("event", ["tick", "backfill"])
def test_another_epoch_asks_for_a_snapshot(event):
    viewer = viewer_at(5)

    taken = viewer.take(event, frame(1, 1, epoch="0badcafe"))

    assert taken == Taken(ask="snapshot")
    assert viewer.position == Position(EPOCH, 5)


def test_a_snapshot_of_another_epoch_is_a_restart_with_only_new_ticks():
    viewer = viewer_at(5)

    taken = viewer.take("snapshot", snapshot(1, 2, epoch="0badcafe"))

    assert taken.has_restarted
    assert not taken.is_history
    assert offsets(taken) == [1, 2]
    assert viewer.position == Position("0badcafe", 2)
    assert viewer.counts.restarts == 1


def test_a_snapshot_of_its_own_epoch_brings_only_what_it_does_not_hold():
    viewer = viewer_at(5)

    taken = viewer.take("snapshot", snapshot(4, 8))

    assert offsets(taken) == [6, 7, 8]
    assert (viewer.counts.refilled, viewer.counts.missed) == (3, 0)


def test_ticks_that_are_no_longer_kept_are_counted_as_missed():
    viewer = viewer_at(5)

    taken = viewer.take("snapshot", snapshot(9, 10))

    assert offsets(taken) == [9, 10]
    assert viewer.counts.missed == 3


def test_ticks_before_the_first_snapshot_are_ignored():
    viewer = Viewer()

    assert viewer.take("tick", frame(1, 2)) == NOTHING
    assert viewer.position is None


def test_a_snapshot_older_than_a_tick_before_it_asks_for_the_rest():
    viewer = Viewer()
    viewer.take("tick", frame(6, 7))

    assert viewer.take("snapshot", snapshot(1, 6)).ask == "backfill"


def test_a_reduced_frame_sets_the_position_without_counting():
    viewer = viewer_at(5)

    taken = viewer.take("backfill", frame(6, 105, reduced=True, t=[6e3, 9e3, 105e3], y=[[1, 9, 2]]))

    assert [(tick.offset, tick.time_ms) for tick in taken.ticks] == [
        (None, 6e3),
        (None, 9e3),
        (105, 105e3),
    ]
    assert viewer.position.offset == 105
    assert viewer.counts.missed == 97
    assert offsets(viewer.take("tick", frame(106, 106))) == [106]


def test_of_a_reduced_frame_only_later_times_are_taken():
    taken = viewer_at(5).take("tick", frame(4, 9, reduced=True, t=[4e3, 9e3], y=[[1, 2]]))

    assert [tick.time_ms for tick in taken.ticks] == [9e3]


def test_a_chart_event_replaces_the_description():
    viewer = viewer_at(5)
    described = {"series": [{"name": "EURUSD"}, {"name": "USDJPY"}]}

    viewer.take("chart", {"chart": "fx", "description": described})
    taken = viewer.take("tick", frame(6, 6, y=[[1.5], [None]]))

    assert taken.ticks[0].values == {"EURUSD": 1.5, "USDJPY": None}


def test_status_and_viewers_are_kept_in_the_description():
    viewer = viewer_at(5)

    viewer.take("status", {"chart": "fx", "status": "ended", "reason": "end of file"})
    viewer.take("viewers", {"chart": "fx", "viewers": 7})

    held = viewer.description
    assert (held["status"], held["reason"], held["viewers"]) == ("ended", "end of file", 7)


def test_other_charts_and_unknown_events_are_passed_over():
    viewer = viewer_at(5)

    assert viewer.take("tick", frame(6, 6, chart="host")) == NOTHING
    assert viewer.take("note", {"chart": "fx", "text": "hello"}) == NOTHING
    assert viewer.position.offset == 5


@pytest.mark.parametrize(
    "payload",
    [
        {"v": 2},
        {"v": 1, "chart": "fx"},
        frame(6, 6, offset="x"),
        frame(6, 6, t=7),
        frame(6, 6, y=[[1.0, 2.0]]),
    ],
)
def test_a_frame_that_makes_no_sense_is_refused_and_changes_nothing(payload):
    viewer = viewer_at(5)

    with pytest.raises(ChartServerError, match="expected a frame"):
        viewer.take("tick", payload)
    assert viewer.position.offset == 5


def test_a_snapshot_without_description_is_refused():
    with pytest.raises(ChartServerError, match="description"):
        Viewer().take("snapshot", frame(1, 1))


def test_a_viewer_that_was_here_before_asks_for_what_came_since():
    viewer = Viewer(since=Position(EPOCH, 3))

    first = viewer.take("snapshot", snapshot(1, 9))
    second = viewer.take("backfill", frame(4, 9))

    assert (offsets(first), first.ask) == ([], "backfill")
    assert offsets(second) == [4, 5, 6, 7, 8, 9]
    assert (second.is_history, viewer.counts.missed) == (False, 0)


def test_a_viewer_from_long_ago_is_told_how_much_is_lost():
    viewer = Viewer(since=Position(EPOCH, 3))

    viewer.take("snapshot", snapshot(6, 9))
    taken = viewer.take("snapshot", snapshot(6, 9, recovered=False))

    assert offsets(taken) == [6, 7, 8, 9]
    assert viewer.counts.missed == 2


def test_a_viewer_of_an_earlier_epoch_gets_all_of_the_new_one():
    viewer = Viewer(since=Position("aaaaaaaa", 800))

    viewer.take("snapshot", snapshot(1, 4))
    taken = viewer.take("snapshot", snapshot(1, 4, recovered=False))

    assert offsets(taken) == [1, 2, 3, 4]
    assert (taken.has_restarted, viewer.counts.restarts) == (True, 1)


def test_a_tick_says_where_its_viewer_is():
    [tick] = viewer_at(5).take("tick", frame(6, 6)).ticks
    reduced = viewer_at(5).take("tick", frame(7, 9, offset=40, reduced=True)).ticks

    assert tick.position == Position(EPOCH, 6)
    assert [one.position for one in reduced] == [None, None, Position(EPOCH, 40)]
