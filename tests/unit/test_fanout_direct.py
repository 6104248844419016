"""The fast broadcast: who gets what, when viewers come, go and stop reading in the middle of it."""

import pytest
from broadcast_room import IMPLEMENTATIONS, Room

from chartserver.broadcast import catch_up, cohort, fanout_direct
from chartserver.broadcast.subscription import Subscription
from chartserver.store.store import Restored
from chartserver.ticks import Position, Ticks


@pytest.fixture(params=IMPLEMENTATIONS)
def room(request):
    made = Room(request.param)
    yield made
    made.close()


@pytest.fixture
def crowded(monkeypatch):
    """Give the loop away after each pair of viewers."""
    monkeypatch.setattr(fanout_direct, "TURN_S", -1.0)
    monkeypatch.setattr(fanout_direct, "LOOK_SEATS", 1)
    monkeypatch.setattr(cohort, "COHORT_VIEWERS", 2)


def test_viewers_that_are_up_to_date_get_the_same_bytes(room):
    viewers = [room.join(f"viewer-{i}") for i in range(5)]
    for viewer in viewers:
        viewer.read_all()
        viewer.bytes.clear()

    for n in (1, 3, 200):
        room.tick(n)
    for viewer in viewers:
        viewer.read_all()

    assert len({bytes(viewer.bytes) for viewer in viewers}) == 1
    assert viewers[0].names() == ["snapshot", "tick", "tick", "tick"]
    assert viewers[0].positions.offsets["fx"] == 204


def test_a_viewer_whose_socket_is_full_is_passed_by_and_loses_nothing(room):
    slow, quick = room.join("slow"), room.join("quick")
    slow.read_all()
    filler = slow.line.fill()

    for _ in range(100):
        room.tick(3)
        quick.read_all()
    # Of the filler nothing belongs to the stream.
    while filler:
        filler -= len(slow.line.read(filler))
    slow.flush()
    slow.read_all()

    assert quick.positions.offsets["fx"] == slow.positions.offsets["fx"] == 300
    assert quick.positions.series == slow.positions.series
    assert room.fan_out.passed_by > 0
    assert slow.names().count("tick") == 1
    assert quick.names().count("tick") == 100


@pytest.mark.parametrize(("missed", "is_exact"), [(1, True), (100, True), (101, False)])
def test_a_viewer_is_brought_up_exactly_until_it_lacks_too_much(missed, is_exact):
    room = Room(exact_ticks=100)
    viewer = room.join("viewer", is_polling=True)
    viewer.poll()

    for _ in range(missed):
        room.tick()
    viewer.poll()

    assert viewer.positions.offsets["fx"] == missed
    # What is short is not made shorter, however far behind.
    assert len(viewer.positions.series) == missed
    assert viewer.names()[1] == ("tick" if is_exact else "backfill")
    room.close()


def test_what_is_exact_comes_in_pieces_that_a_slow_line_can_take():
    room = Room(exact_ticks=5_000)
    viewer = room.join("viewer", is_polling=True)
    viewer.poll()

    room.tick(2_400)
    room.tick(2_400)
    viewer.poll()

    sizes = [len(payload["t"]) for name, payload in viewer.events if name == "tick"]
    assert sum(sizes) == 4_800
    assert max(sizes) <= catch_up.COLUMNS
    assert viewer.positions.offsets["fx"] == 4_800
    room.close()


def test_a_viewer_far_behind_gets_a_reduced_backfill_with_every_spike():
    room = Room(exact_ticks=100)
    viewer = room.join("viewer", is_polling=True)
    viewer.poll()

    room.tick(2_000)
    room.tick(value=1e6)
    room.tick(2_000)
    room.tick(value=-1e6)
    room.tick(900)
    viewer.poll()
    room.tick()
    viewer.poll()

    backfill = viewer.last("backfill")
    assert backfill["reduced"] is True
    assert backfill["offset"] == 4_902
    assert {1e6, -1e6} <= set(backfill["y"][0])
    assert len(backfill["t"]) <= catch_up.COLUMNS
    assert viewer.positions.offsets["fx"] == 4_903
    assert room.fan_out.conflated == 1
    room.close()


def test_a_viewer_whose_position_is_lost_gets_a_snapshot():
    room = Room(history=50, exact_ticks=10)
    viewer = room.join("viewer", is_polling=True)
    viewer.poll()

    for _ in range(60):
        room.tick()
    viewer.poll()

    assert viewer.names() == ["snapshot", "snapshot"]
    assert viewer.last("snapshot")["offset"] == 60
    room.close()


def test_viewers_that_are_equally_far_behind_share_what_brings_them_up(room):
    viewers = [room.join(f"viewer-{i}", is_polling=True) for i in range(3)]
    for viewer in viewers:
        viewer.poll()

    room.tick(5)

    (first,), (second,), (third,) = (viewer.outlet.take(16) for viewer in viewers)
    assert first is second is third


def test_a_viewer_that_comes_back_gets_a_backfill_and_then_goes_on(room):
    room.tick(10)
    viewer = room.join("viewer")
    viewer.read_all()
    room.leave("viewer")
    room.tick(5)

    again = room.join("again", since=Position(room.fx.history.epoch, 10))
    again.positions.offsets["fx"], again.positions.epochs["fx"] = 10, room.fx.history.epoch
    room.tick()
    again.read_all()

    assert again.names() == ["backfill", "tick"]
    assert again.positions.offsets["fx"] == 16


def test_who_joins_leaves_or_upgrades_in_the_middle_of_a_broadcast_misses_nothing(room, crowded):
    for i in range(6):
        room.join(f"viewer-{i}", is_polling=i % 2 == 0)
    room.tick(3)
    todo = [
        lambda: room.join("late"),
        lambda: room.join("late poll", is_polling=True),
        lambda: room.viewers["viewer-0"].upgrade(),
        lambda: room.leave("viewer-1"),
        lambda: room.join("viewer-3"),
        lambda: room.viewers["late poll"].upgrade(),
    ]
    room.between = lambda: todo.pop(0)() if todo else None

    for _ in range(4):
        room.tick(2)
    room.between = lambda: None
    room.tick()

    assert not todo
    for viewer in room.viewers.values():
        viewer.poll() if viewer.outlet.is_polling else viewer.read_all()
        assert viewer.positions.offsets["fx"] == 12
        assert [place[2] for place in viewer.positions.series] == list(range(1, 13))
    assert room.gone[0].outlet.seats == {}


def test_who_has_left_a_chart_hears_no_more_of_it(room):
    viewer = room.join("viewer")
    viewer.read_all()

    room.fan_out.leave("viewer", room.fx)
    room.tick()
    room.fan_out.viewers(room.fx)
    viewer.read_all()

    assert viewer.names() == ["snapshot"]


def test_a_notice_that_waits_is_not_sent_to_who_has_left_meanwhile(room):
    viewer = room.join("viewer", is_polling=True)
    viewer.poll()
    room.fan_out.viewers(room.fx)

    room.fan_out.leave("viewer", room.fx)
    viewer.poll()

    assert viewer.names() == ["snapshot"]


def test_for_a_viewer_that_does_not_read_no_answer_is_made_however_many_it_asks_for(room):
    viewer = room.join("viewer")
    while not viewer.outlet.is_busy:
        room.tick(20)
    made = room.fan_out.snapshots.encoded

    outcomes = [
        room.fan_out.bring_up("viewer", Subscription(room.fx, since, points))
        for points in range(2, 30)
        for since in (None, Position(room.fx.history.epoch, points), Position("00000000", 1))
    ]

    assert room.fan_out.snapshots.encoded == made
    assert [event for event, _ in outcomes[:3]] == ["snapshot", "backfill", "snapshot"]
    assert outcomes[2][1]["recovered"] is False
    viewer.read_all()
    assert room.fan_out.snapshots.encoded <= made + 1
    assert viewer.positions.offsets["fx"] == room.fx.history.position.offset


def test_a_viewer_of_two_charts_that_gets_busy_in_one_is_passed_by_in_both(room):
    lab = room.chart("lab")
    viewer = room.join("viewer")
    room.join("viewer", lab)
    viewer.read_all()
    room.tick()
    room.tick(chart=lab)
    viewer.read_all()

    while not viewer.outlet.is_busy:
        room.tick(20)
    room.tick(5, chart=lab)
    room.tick(5)
    viewer.read_all()

    assert viewer.positions.offsets["fx"] == room.fx.history.position.offset
    assert viewer.positions.offsets["lab"] == 6


def test_a_broken_socket_is_let_go_and_the_others_go_on(room):
    room.join("gone")
    other = room.join("other")
    room.tick()
    room.viewers["gone"].line.viewer.close()

    room.tick()
    room.tick()
    other.read_all()

    assert room.viewers["gone"].outlet.is_gone
    assert other.positions.offsets["fx"] == 3


def test_a_broadcast_that_broke_off_in_the_middle_loses_nobody(room, crowded):
    viewers = [room.join(f"viewer-{i}") for i in range(6)]
    room.tick()

    def fail():
        raise RuntimeError("a fault in somebody else's task")

    room.between = fail
    with pytest.raises(RuntimeError):
        room.tick()
    room.between = lambda: None
    room.tick()

    for viewer in viewers:
        viewer.read_all()
        assert viewer.positions.offsets["fx"] == 3


def test_a_session_without_an_outlet_is_served_the_ordinary_way(room):
    room.viewers["test client"] = None

    room.fan_out.bring_up("test client", Subscription(room.fx, None, 100))
    room.tick()
    room.fan_out.leave("test client", room.fx)

    names = [asked[0] for asked in room.ordinary.asked]
    assert names == ["bring_up", "tick", "leave"]


def test_an_unread_answer_does_not_pile_up_however_often_it_is_asked_for(room):
    room.tick(2_400)
    viewer = room.join("viewer")

    for _ in range(500):
        room.join("viewer")

    assert viewer.outlet.qsize() <= 2
    assert viewer.overflows == 0
    room.tick()
    viewer.read_all()
    assert viewer.positions.offsets["fx"] == 2_401
    # The first that was under way, and the one that was asked for last.
    assert viewer.names().count("snapshot") == 2


def renew(room, epoch="aaaa0001"):
    """Begin the history of fx anew, with what it has, and tell all."""
    ticks = room.fx.history.all()
    kept = Ticks(epoch, ticks.offset, ticks.time_ms, ticks.values)
    room.fx.renew(Restored("", room.fx.series, kept, ()), "lost, and given back")
    room.fan_out.renew(room.fx)


def test_a_history_that_begins_anew_is_a_snapshot_for_all_wherever_they_stood(room, crowded):
    room.tick(3)
    viewers = [room.join(f"viewer-{i}") for i in range(5)]
    polling = room.join("polling", is_polling=True)
    polling.poll()
    slow = room.join("slow")
    slow.read_all()
    filler = slow.line.fill()
    room.tick(2)

    renew(room)
    room.tick(1)
    while filler:
        filler -= len(slow.line.read(filler))
    slow.flush()
    polling.poll()
    for viewer in [*viewers, slow]:
        viewer.read_all()

    for viewer in [*viewers, slow, polling]:
        assert viewer.positions.epochs["fx"] == "aaaa0001"
        assert viewer.positions.offsets["fx"] == 6
        told = viewer.last("snapshot")
        assert told["recovered"] is False
        assert told["reason"] == "lost, and given back"
    assert viewers[0].names() == ["snapshot", "tick", "snapshot", "tick"]
    assert ("renew", room.fx) in room.ordinary.asked
