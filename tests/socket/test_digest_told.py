"""The digest over HTTP, by which viewers see that they hold what everybody holds."""

import pytest

from chartserver.digest import digest

PATH = "/api/charts/fx/digest"


@pytest.fixture
def fx(room):
    return room.chart("fx", *range(250))


def test_the_digest_of_the_ticks_up_to_an_offset_is_told(room, fx):
    answer = room.http.get(f"{PATH}?offset=200")

    assert answer.status_code == 200
    assert answer.json == {
        "chart": "fx",
        "epoch": fx.history.epoch,
        "offset": 200,
        "ticks": 100,
        "digest": digest(fx.history.part(100, 200)),
    }


def test_without_an_offset_it_is_that_of_the_newest_ticks(room, fx):
    answer = room.http.get(f"{PATH}?ticks=1000").json

    assert (answer["offset"], answer["ticks"]) == (250, 250)
    assert answer["digest"] == digest(fx.history.all())


def test_a_chart_without_a_tick_has_the_digest_of_none(room):
    room.chart("fx")

    assert room.http.get(PATH).json["digest"] == "0" * 16


def test_a_series_that_is_added_leaves_the_digest_of_before(room, fx):
    before = room.http.get(PATH + "?offset=200").json["digest"]

    fx.append({"a": 1, "b": 2})
    room.beat()

    assert digest(fx.history.part(100, 200)) == before


@pytest.mark.parametrize("asked", ["offset=251", "offset=999999999999"])
def test_ticks_that_are_not_there_are_gone(room, fx, asked):
    answer = room.http.get(f"{PATH}?{asked}")

    assert answer.status_code == 410
    assert "ends at 250" in answer.json["error"]


def test_ticks_that_are_kept_no_longer_are_gone(make_room):
    room = make_room(history=100)
    room.chart("fx", *range(250))

    answer = room.http.get(f"{PATH}?offset=200")

    assert answer.status_code == 410
    assert "begins after 150" in answer.json["error"]


@pytest.mark.parametrize(
    "asked", ["offset=x", "offset=-1", "ticks=0", "ticks=1001", "ticks=1&ticks=2"]
)
def test_a_request_that_makes_no_sense_is_told(room, fx, asked):
    answer = room.http.get(f"{PATH}?{asked}")

    assert answer.status_code == 400
    assert "expected" in answer.json["error"]


def test_who_may_not_view_is_told_nothing(make_room):
    room = make_room(view_tokens=["a-token-of-the-tests"])
    room.chart("fx", 1)

    assert room.http.get(PATH).status_code == 401
