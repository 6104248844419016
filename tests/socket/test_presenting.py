"""Follow me: one viewer shows others what it looks at."""

import time

import pytest

VIEW = {"span_ms": 60_000, "time_ms": 2_000.5}


@pytest.fixture
def fx(room):
    return room.chart("fx", 1, 2, 3)


def ask(viewer, event, **content):
    return viewer.emit(event, content, callback=True)


def shown(viewer):
    return [one["args"][0] for one in viewer.get_received() if one["name"] == "presented"]


def test_who_follows_sees_what_is_shown_from_then_on(room, fx):
    presenter, follower = room.viewer(), room.viewer()
    presented = ask(presenter, "present", chart="fx", view=VIEW)

    answer = ask(follower, "follow", id=presented["id"])
    ask(presenter, "present", chart="fx", view={"span_ms": 300_000})

    told = {"chart": "fx", "id": presented["id"], "by": presented["by"]}
    assert answer == {"ok": True, **told, "view": VIEW}
    assert shown(follower) == [{**told, "view": {"span_ms": 300_000}}]


def test_nobody_else_is_told(room, fx):
    presenter, other = room.viewer(), room.viewer()

    ask(presenter, "present", chart="fx", view=VIEW)

    assert shown(other) == []


@pytest.mark.parametrize("leave", ["present", "disconnect"])
def test_it_ends_when_the_presenter_ends_it_or_leaves(room, fx, leave):
    presenter, follower = room.viewer(), room.viewer()
    presented = ask(presenter, "present", chart="fx", view=VIEW)
    ask(follower, "follow", id=presented["id"])

    if leave == "present":
        ask(presenter, "present", chart="fx", view=None)
    else:
        presenter.disconnect()

    assert [one["view"] for one in shown(follower)] == [None]
    assert "error" in ask(follower, "follow", id=presented["id"])
    assert (len(room.server.companions.stage), room.server.companions.stage.n_followers) == (0, 0)


def test_who_follows_no_more_is_told_no_more(room, fx):
    presenter, follower = room.viewer(), room.viewer()
    presented = ask(presenter, "present", chart="fx", view=VIEW)
    ask(follower, "follow", id=presented["id"])

    assert ask(follower, "follow", id=None) == {"ok": True}
    ask(presenter, "present", chart="fx", view={})

    assert shown(follower) == []


def test_a_follower_that_leaves_is_forgotten(room, fx):
    presenter, follower = room.viewer(), room.viewer()
    presented = ask(presenter, "present", chart="fx", view=VIEW)
    ask(follower, "follow", id=presented["id"])

    follower.disconnect()

    assert ask(presenter, "present", chart="fx", view=VIEW)["followers"] == 0


def test_a_view_that_makes_no_sense_is_told(room, fx):
    assert "expected" in ask(room.viewer(), "present", chart="fx", view={"span_ms": "x"})["error"]


def test_the_time_of_the_server_is_told(room, fx):
    assert ask(room.viewer(), "time")["time_ms"] > 1.7e12


def test_who_sees_one_chart_follows_nobody_on_another(make_room):
    token = "a-token-of-the-tests"
    room = make_room(view_tokens=[token], link_keys=["a-key-of-the-tests-that-is-long-enough"])
    for name in ("fx", "lab"):
        room.chart(name, 1)
    presenter = room.viewer(auth={"token": token})
    presented = ask(presenter, "present", chart="fx", view=VIEW)
    link = room.server.doorkeeper.access.links.sign("lab", time.time() + 60)

    answer = ask(room.viewer(auth={"token": link}), "follow", id=presented["id"])

    assert "another chart" in answer["error"]
    assert room.server.companions.stage.n_followers == 0
