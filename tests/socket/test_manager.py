"""Socket.IO's manager, as far as ours differs from it."""

from chartserver.stack.manager import WelcomingManager


def manager_of(*sids):
    manager = WelcomingManager()
    for sid in sids:
        manager.basic_enter_room(sid, "/", None, eio_sid=f"eio-{sid}")
        manager.basic_enter_room(sid, "/", sid, eio_sid=f"eio-{sid}")
        manager.basic_enter_room(sid, "/", "chart:fx")
    return manager


def test_a_viewer_is_reached_by_its_sid_alone():
    manager = manager_of("a", "b")

    assert list(manager.get_participants("/", "a")) == [("a", "eio-a")]


def test_a_room_reaches_all_who_are_in_it():
    manager = manager_of("a", "b")

    assert dict(manager.get_participants("/", "chart:fx")) == {"a": "eio-a", "b": "eio-b"}


def test_a_thousand_viewers_make_no_thousand_rooms():
    manager = manager_of(*(f"viewer-{i}" for i in range(1_000)))

    assert set(manager.rooms["/"]) == {None, "chart:fx"}


def test_who_leaves_is_reached_no_more():
    manager = manager_of("a", "b")

    manager.basic_disconnect("a", "/")

    assert dict(manager.get_participants("/", "chart:fx")) == {"b": "eio-b"}
    assert list(manager.get_participants("/", "a")) == []
