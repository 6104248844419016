"""Server-sent events as HTTP: who is answered how, and who is not."""

import time

import pytest
from event_reader import parse

from chartserver.access.links import Links

TOKEN = "a-token-of-the-tests"
KEY = "a-key-of-the-tests-that-is-long-enough"
EVENTS = "/api/charts/fx/events"


def first(answer):
    """Return the first event of an answer, and end it."""
    try:
        return parse(next(answer.response).decode())
    finally:
        answer.close()


@pytest.fixture
def fx(room):
    return room.chart("fx", 1, 2, 3)


def test_the_first_event_is_a_snapshot(room, fx):
    event = first(room.http.get(EVENTS))

    assert (event.name, event.content["y"]) == ("snapshot", [[1, 2, 3]])


@pytest.mark.parametrize("as_header", [True, False])
def test_a_position_is_gone_on_from(room, fx, as_header):
    since = f"{fx.history.epoch}:2"

    event = first(
        room.http.get(EVENTS, headers={"Last-Event-ID": since})
        if as_header
        else room.http.get(f"{EVENTS}?since={since}")
    )

    assert (event.name, event.content["y"]) == ("backfill", [[3]])


def test_the_snapshot_is_reduced_to_the_points_asked_for(room):
    room.chart("fx", *range(100))

    event = first(room.http.get(f"{EVENTS}?points=10"))

    assert len(event.content["t"]) <= 10
    assert event.content["reduced"] is True


@pytest.mark.parametrize(("exact_ticks", "is_reduced"), [(100, False), (10, True)])
def test_who_is_behind_is_sent_as_much_exactly_as_is_settled(make_room, exact_ticks, is_reduced):
    room = make_room(exact_ticks=exact_ticks)
    fx = room.chart("fx", *range(100))

    event = first(room.http.get(f"{EVENTS}?points=2&since={fx.history.epoch}:50"))

    assert event.content.get("reduced", False) is is_reduced


@pytest.mark.parametrize(
    ("query", "what"),
    [
        ("since=x", "since is 'x'"),
        ("points=1", "points is 1"),
        ("points=1_0", "points is '1_0'"),
        ("points=", "points is ''"),
        ("points=2&points=3", "points is given 2 times"),
    ],
)
def test_what_makes_no_sense_is_refused(room, fx, query, what):
    answer = room.http.get(f"{EVENTS}?{query}")

    assert answer.status_code == 400
    assert what in answer.json["error"]
    assert fx.viewers == 0


def test_a_chart_that_is_not_there_is_not_found(room, fx):
    answer = room.http.get("/api/charts/nope/events")

    assert answer.status_code == 404
    assert answer.json["error"] == "chart is 'nope'; expected one of: fx"


def test_head_tells_the_headers_and_counts_nobody(room, fx):
    answer = room.http.head(EVENTS)

    assert answer.status_code == 200
    assert answer.content_type == "text/event-stream; charset=utf-8"
    assert answer.data == b""
    assert (fx.joins, len(room.server.front.readers)) == (0, 0)


def test_viewers_are_counted_from_before_the_first_event(make_room):
    room = make_room(max_viewers=1)
    chart = room.chart("fx", 1)

    watching = room.http.get(EVENTS)
    refused = room.http.get(EVENTS)
    watching.close()
    again = room.http.get(EVENTS)

    assert refused.status_code == 503
    assert refused.headers["Retry-After"]
    assert again.status_code == 200
    assert chart.viewers == 1
    again.close()
    assert chart.viewers == 0


def test_the_viewers_of_an_address_are_limited(make_room):
    room = make_room(connections_per_address=1)
    room.chart("fx", 1)
    stranger = {"REMOTE_ADDR": "198.51.100.7"}

    watching = room.http.get(EVENTS, environ_overrides=stranger)
    refused = room.http.get(EVENTS, environ_overrides=stranger)
    watching.close()

    assert (watching.status_code, refused.status_code) == (200, 503)


def test_a_page_of_others_may_not_watch(room, fx):
    refused = room.http.get(EVENTS, headers={"Origin": "https://other.example"})
    own = room.http.get(EVENTS, headers={"Origin": "http://localhost"})

    assert refused.status_code == 403
    assert own.status_code == 200
    assert "Access-Control-Allow-Origin" not in own.headers
    own.close()


def test_a_page_of_an_origin_that_is_listed_may_read_the_answer(make_room):
    room = make_room(origins=["https://other.example"])
    room.chart("fx", 1)

    answer = room.http.get(EVENTS, headers={"Origin": "https://other.example"})

    assert answer.headers["Access-Control-Allow-Origin"] == "https://other.example"
    assert answer.headers["Vary"] == "Origin"
    answer.close()


def test_without_a_token_nobody_watches(make_room):
    room = make_room(view_tokens=[TOKEN])
    room.chart("fx", 1)

    refused = room.http.get(EVENTS)
    event = first(room.http.get(EVENTS, headers={"Authorization": f"Bearer {TOKEN}"}))

    assert (refused.status_code, refused.json["code"]) == (401, "unauthorized")
    assert event.name == "snapshot"


def test_a_link_shows_its_chart_and_no_other(make_room):
    room = make_room(link_keys=[KEY])
    room.chart("fx", 1)
    room.chart("lab", 1)
    link = Links([KEY]).sign("fx", time.time() + 60.0)

    event = first(room.http.get(f"{EVENTS}?link={link}"))
    refused = room.http.get(f"/api/charts/lab/events?link={link}")

    assert event.content["chart"] == "fx"
    assert refused.status_code == 403


def test_an_address_that_asked_for_too_much_is_told_to_wait(room, fx, monkeypatch):
    budgets = room.server.allowance.budgets
    monkeypatch.setattr(budgets, "_is_free", lambda _address: False)
    budgets.spend_of("127.0.0.1", 10**9)

    answer = room.http.get(EVENTS)

    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 1
    assert "got too many requests for different parts" in answer.json["error"]
    assert fx.viewers == 0
