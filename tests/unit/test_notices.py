"""Notes and what presenters show, by the fast broadcast; of a slow viewer the last only."""

import pytest
from broadcast_room import IMPLEMENTATIONS, Room


@pytest.fixture(params=IMPLEMENTATIONS)
def room(request):
    made = Room(request.param)
    yield made
    made.close()


VIEW = {"chart": "fx", "view": {"span_ms": 1}}


def change(revision):
    return {"revision": revision, "note": {"id": revision}}


def test_notes_go_to_all_behind_the_ticks_before_them(room):
    viewers = [room.join(f"viewer-{i}") for i in range(3)]
    room.tick()

    room.fan_out.note(room.fx, change(1))
    room.fan_out.note(room.fx, change(2))

    for viewer in viewers:
        viewer.read_all()
        assert viewer.names() == ["snapshot", "tick", "note", "note"]
        assert viewer.last("note") == {"chart": "fx", **change(2)}


def test_who_is_slow_is_sent_the_last_note_alone_and_sees_by_its_number_that_some_are_missing(room):
    viewer = room.join("viewer", is_polling=True)
    viewer.poll()

    for revision in range(1, 100):
        room.fan_out.note(room.fx, change(revision))
    viewer.poll()

    told = [payload["revision"] for name, payload in viewer.events if name == "note"]
    assert told == [99]


def test_what_is_shown_goes_to_those_who_follow_alone(room):
    followers = [room.join(f"follower-{i}") for i in range(2)]
    other = room.join("other")

    room.fan_out.whisper(["follower-0", "follower-1"], "presented", "fx", VIEW)

    for viewer in (*followers, other):
        viewer.read_all()
    assert [one.last("presented") for one in followers] == [VIEW] * 2
    assert "presented" not in other.names()


def test_a_follower_that_polls_fetches_the_newest_view_alone(room):
    follower = room.join("follower", is_polling=True)
    follower.poll()

    for span_ms in range(1, 100):
        room.fan_out.whisper(
            ["follower"], "presented", "fx", {**VIEW, "view": {"span_ms": span_ms}}
        )
    follower.poll()

    shown = [payload for name, payload in follower.events if name == "presented"]
    assert shown == [{**VIEW, "view": {"span_ms": 99}}]


def test_a_follower_of_the_ordinary_broadcast_is_shown_by_it(room):
    room.fan_out.whisper(["elsewhere"], "presented", "fx", {})

    assert room.ordinary.asked == [("whisper", ["elsewhere"], "presented", "fx", {})]
