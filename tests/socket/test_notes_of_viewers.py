"""Notes: written by who may, shown to all at once and to who comes later."""

import pytest

PATH = "/api/charts/fx/notes"
TOKEN = "a-token-of-the-tests"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def room(make_room):
    """Return a room in which the token writes, which all requests of the tests have."""
    room = make_room(push_tokens=[TOKEN])
    room.http.environ_base["HTTP_AUTHORIZATION"] = BEARER["Authorization"]
    return room


@pytest.fixture
def fx(room):
    return room.chart("fx", 1, 2, 3)


def viewer_of(room, **auth):
    return room.viewer(auth={"token": TOKEN, **auth})


def told(viewer, event):
    return [one["args"][0] for one in viewer.get_received() if one["name"] == event]


def say(viewer, **content):
    return viewer.emit("note", content, callback=True)


def test_a_note_is_shown_to_all_at_once(room, fx):
    writer, other = viewer_of(room), viewer_of(room)

    answer = say(writer, chart="fx", time_ms=2_000, text="Desk opens")
    room.beat()

    note = answer["note"]
    assert answer["ok"] is True
    assert note == {
        "id": 1,
        "time_ms": 2_000,
        "text": "Desk opens",
        "by": "viewer 1",
        "offset": 3,
    }
    for viewer in (writer, other):
        assert told(viewer, "note") == [{"chart": "fx", "revision": 1, "note": note}]


def test_a_note_comes_after_the_ticks_that_were_there_when_it_was_written(room, fx):
    viewer = viewer_of(room)
    viewer.get_received()
    fx.append(4, time_ms=4_000)
    room.http.post(PATH, json={"text": "now"})

    room.beat()

    assert [one["name"] for one in viewer.get_received()] == ["tick", "note"]


def test_who_comes_later_finds_the_notes_in_the_snapshot(room, fx):
    say(viewer_of(room), chart="fx", text="Desk opens")

    (snapshot,) = told(viewer_of(room), "snapshot")

    assert [note["text"] for note in snapshot["notes"]] == ["Desk opens"]
    assert snapshot["notes_revision"] == 1


def test_who_comes_back_is_told_whether_notes_have_changed(room, fx):
    say(viewer_of(room), chart="fx", text="Desk opens")
    since = {"epoch": fx.history.epoch, "offset": 3}

    (backfill,) = told(viewer_of(room, chart="fx", since=since), "backfill")

    assert backfill["notes_revision"] == 1


def test_a_note_is_taken_away_for_all(room, fx):
    viewer = viewer_of(room)
    say(viewer, chart="fx", text="a mistake")

    assert say(viewer, chart="fx", remove=1) == {"ok": True, "removed": 1}
    room.beat()

    assert told(viewer, "note")[-1] == {"chart": "fx", "revision": 2, "removed": 1}
    assert room.http.get(PATH).json["notes"] == []


def test_without_a_time_it_is_of_now_and_without_a_name_of_nobody(room, fx):
    note = room.http.post(PATH, json={"text": "released 1.2"}).json

    assert note["time_ms"] > 1.7e12
    assert note["by"] == ""


def test_notes_are_read_and_written_over_http(room, fx):
    content = {"text": "released 1.2", "by": "deploy", "time_ms": 2_500.5}

    answer = room.http.post(PATH, json=content)

    assert answer.status_code == 201
    assert answer.json == {"id": 1, "offset": 3, **content}
    assert room.http.get(PATH).json == {
        "chart": "fx",
        "epoch": fx.history.epoch,
        "revision": 1,
        "notes": [answer.json],
    }
    assert room.http.delete(f"{PATH}/1").status_code == 204
    assert room.http.delete(f"{PATH}/1").status_code == 404


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"text": ""},
        {"text": "a\nb"},
        {"text": "x" * 281},
        {"text": 3},
        {"text": "a", "time_ms": "now"},
        {"text": "a", "time_ms": True},
        {"text": "a", "time_ms": 1e300},
        {"text": "a", "by": "x" * 41},
        {"text": "a", "by": 7},
        {"text": "a", "by": {}},
        {"text": "a", "time_ms": None},
        {"text": "a", "chart": "none"},
    ],
)
def test_a_note_that_makes_no_sense_is_told_what_is_wrong(room, fx, content):
    answer = say(viewer_of(room), **{"chart": "fx", **content})

    assert "expected" in answer["error"]
    assert fx.notes.revision == 0


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"text": NaN}', b'{"text": "\\ud800"}', b"\xff"])
def test_a_body_that_is_no_note_is_refused(room, fx, body):
    answer = room.http.post(PATH, data=body, content_type="application/json")

    assert answer.status_code == 400


def test_a_form_of_a_page_of_others_is_no_note(room, fx):
    answer = room.http.post(PATH, data=b'{"text": "a"}', content_type="text/plain")

    assert answer.status_code == 415


def test_too_many_notes_at_once_are_refused(room, fx):
    answers = [room.http.post(PATH, json={"text": "again"})]
    # It may be more on a machine that is slow.
    while answers[-1].status_code == 201:
        answers.append(room.http.post(PATH, json={"text": "again"}))

    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["Retry-After"]) >= 1
    assert room.server.refusals.counts["too_many_notes"] > 0


def test_only_who_has_a_token_writes_where_there_are_tokens(make_room):
    room = make_room(push_tokens=[TOKEN])
    room.chart("fx", 1)

    assert room.http.post(PATH, json={"text": "a"}).status_code == 401
    assert "may not write" in say(room.viewer(), chart="fx", text="a")["error"]
    assert room.http.post(PATH, json={"text": "a"}, headers=BEARER).status_code == 201
    assert say(room.viewer(auth={"token": TOKEN}), chart="fx", text="a")["ok"] is True


def test_who_has_signed_in_writes_with_the_cookie_over_socket_io_alone(make_room):
    room = make_room(push_tokens=[TOKEN], view_tokens=[TOKEN])
    room.chart("fx", 1)
    room.http.post("/sign-in", data={"token": TOKEN}, headers={"Origin": "http://localhost"})

    viewer = room.viewer(flask_test_client=room.http)

    assert say(viewer, chart="fx", text="a")["ok"] is True
    # A page of others would have the browser send it unasked.
    assert room.http.post(PATH, json={"text": "a"}).status_code == 401


def test_notes_are_read_by_who_may_see_the_chart(make_room):
    room = make_room(view_tokens=[TOKEN])
    room.chart("fx", 1)

    assert room.http.get(PATH).status_code == 401
    assert room.http.get(PATH, headers=BEARER).status_code == 200


def test_notes_are_there_after_a_restart_with_a_store(make_room, tmp_path):
    store = f"sqlite:///{tmp_path}/kept.db"
    room = make_room(store=store)
    chart = room.server.chart("fx", series=["a"])
    chart.append(1)
    while not len(chart.history):
        room.beat()
    for text in ("first", "second"):
        room.http.post(PATH, json={"text": text})
    room.http.delete(f"{PATH}/2")
    assert room.server.store.close(5)

    again = make_room(store=store)
    kept = again.server.chart("fx").notes.kept

    assert ([note.text for note in kept.notes], kept.revision) == (["first"], 3)
    again.server.store.close(5)


def test_notes_are_counted(room, fx):
    room.http.post(PATH, json={"text": "a"})

    metrics = room.http.get("/metrics").text

    assert 'chartserver_notes_written_total{chart="fx"} 1.0' in metrics
