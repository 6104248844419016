"""Follow me: one viewer shows others what it looks at."""

import time

import pytest

from chartserver.together.stage import PRESENTERS_MAX

TOKEN = "a-token-of-the-tests"
VIEW = {"span_ms": 60_000, "time_ms": 2_000.5}
KEY = "a-key-that-nobody-has-guessed"


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


def test_what_is_shown_is_told_to_nobody_else(room, fx):
    presenter, other = room.viewer(), room.viewer()

    ask(presenter, "present", chart="fx", view=VIEW)

    assert shown(other) == []


def test_all_viewers_are_told_who_presents_until_it_ends(room, fx):
    presenter, other = room.viewer(), room.viewer()
    who = ask(presenter, "present", chart="fx", view=VIEW)

    room.server.ticker.broadcast.viewers(fx)
    ask(presenter, "present", chart="fx", view=None)
    room.server.ticker.broadcast.viewers(fx)

    told = [one["args"][0] for one in other.get_received() if one["name"] == "viewers"]
    assert told == [
        {"chart": "fx", "viewers": 2, "presenters": [{"id": who["id"], "by": "viewer 1"}]},
        {"chart": "fx", "viewers": 2},
    ]


def test_of_many_who_present_the_first_are_named_and_the_others_counted(room, fx):
    presenters = [room.viewer() for _ in range(7)]
    ids = [ask(one, "present", chart="fx", view=VIEW)["id"] for one in presenters]

    told = fx.attendance()
    ask(presenters[0], "present", chart="fx", view=None)
    ask(presenters[1], "present", chart="fx", view=None)

    assert ([one["id"] for one in told["presenters"]], told["more_presenters"]) == (ids[:5], 2)
    assert [one["id"] for one in fx.attendance()["presenters"]] == ids[2:]
    assert "more_presenters" not in fx.attendance()


def test_who_may_write_may_present_under_a_name(make_room):
    room = make_room(push_tokens=[TOKEN])
    room.chart("fx", 1)
    known, other = room.viewer(auth={"token": TOKEN}), room.viewer()

    assert ask(known, "present", chart="fx", view=VIEW, by=" Ada ")["by"] == "Ada"
    assert ask(other, "present", chart="fx", view=VIEW, by="Ada")["by"] == "viewer 2"
    assert "printable" in ask(known, "present", chart="fx", view=VIEW, by="A\nda")["error"]


def test_who_goes_on_to_another_chart_presents_the_first_no_more(room, fx):
    lab = room.chart("lab", 1)
    presenter, follower = room.viewer(), room.viewer()
    presented = ask(presenter, "present", chart="fx", view=VIEW)
    ask(follower, "follow", id=presented["id"])

    ask(presenter, "present", chart="lab", view=VIEW)

    assert [one["view"] for one in shown(follower)] == [None]
    assert (len(fx.presenters), len(lab.presenters)) == (0, 1)


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


@pytest.mark.parametrize(("leave", "lost"), [("present", None), ("disconnect", True)])
def test_who_is_lost_is_told_from_who_ends_it(room, fx, leave, lost):
    presenter, follower = room.viewer(), room.viewer()
    presented = ask(presenter, "present", chart="fx", view=VIEW, key=KEY)
    ask(follower, "follow", id=presented["id"])

    if leave == "present":
        ask(presenter, "present", chart="fx", view=None)
    else:
        presenter.disconnect()

    assert [(one["view"], one.get("lost")) for one in shown(follower)] == [(None, lost)]


def test_who_comes_back_with_its_key_is_followed_under_the_same_id(room, fx):
    presenter, follower = room.viewer(), room.viewer()
    presented = ask(presenter, "present", chart="fx", view=VIEW, key=KEY)
    ask(follower, "follow", id=presented["id"])

    again = room.viewer()
    assert ask(again, "present", chart="fx", view={}, key=KEY)["id"] == presented["id"]
    presenter.disconnect()

    assert [one["view"] for one in shown(follower)] == [{}]
    assert KEY not in str((presented, shown(follower), fx.presenters))


def test_who_comes_back_with_its_key_is_the_viewer_of_before(room, fx):
    presenter = room.viewer()
    before = ask(presenter, "present", chart="fx", view=VIEW, key=KEY)
    presenter.disconnect()

    again, other = room.viewer(), room.viewer()

    assert ask(again, "present", chart="fx", view=VIEW, key=KEY)["by"] == before["by"] == "viewer 1"
    assert ask(other, "present", chart="fx", view=VIEW, key=KEY[::-1])["by"] == "viewer 3"


def test_the_numbers_of_those_who_presented_are_not_kept_without_bound(room, fx):
    presenter = room.viewer()

    for n in range(PRESENTERS_MAX + 1):
        ask(presenter, "present", chart="fx", view=VIEW, key=f"{KEY}{n}")

    again = room.viewer()
    assert ask(again, "present", chart="fx", view=VIEW, key=f"{KEY}0")["by"] == "viewer 2"
    last = room.viewer()
    assert ask(last, "present", chart="fx", view=VIEW, key=f"{KEY}9")["by"] == "viewer 1"


def test_a_key_that_can_be_guessed_is_told(room, fx):
    answer = ask(room.viewer(), "present", chart="fx", view=VIEW, key="fx")

    assert answer == {"error": "key is not fit; expected 22 to 64 random letters, digits, - and _"}


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
