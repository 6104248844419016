"""Pushes that are turned away before anything of them is read."""

import io

import pytest

TICKS, WRITE, WRITE_V1 = "/api/charts/fx/ticks", "/api/v2/write", "/write"
TOKEN = "a-token-of-the-tests"
RIGHT = {"Authorization": f"Bearer {TOKEN}"}


class Unread(io.BytesIO):
    """A body that must not be read."""

    def read(self, size=-1):
        raise AssertionError("it was read")


@pytest.fixture
def room(make_room):
    return make_room(push_tokens=[TOKEN], new_charts=1)


def post(room, path, kind, headers):
    return room.http.post(
        path,
        input_stream=Unread(b"x" * 100_000),
        content_type=kind,
        headers=headers,
    )


@pytest.mark.parametrize(
    "shown", [{}, {"Authorization": "Bearer wrong"}, {"Origin": "https://x.y"}]
)
@pytest.mark.parametrize("path", [TICKS, WRITE, WRITE_V1, f"{WRITE_V1}?p=wrong"])
def test_who_may_not_push_is_not_read_from(room, path, shown):
    answer = post(room, path, "text/plain", shown)

    assert answer.status_code in (401, 403)
    assert answer.json["error"]
    if path != TICKS:
        assert answer.json["message"] == answer.json["error"]


@pytest.mark.parametrize(
    ("path", "kind", "more", "status"),
    [
        (TICKS, "text/plain", {}, 415),
        (TICKS, "application/json; charset=latin-1", {}, 415),
        (TICKS, "application/json", {"Content-Encoding": "br"}, 415),
        (WRITE, "application/json", {}, 415),
        (WRITE_V1, "text/plain", {"Content-Encoding": "br"}, 415),
        ("/api/charts/Not%20a%20name/ticks", "application/json", {}, 400),
        ("/api/charts/sourced/ticks", "application/json", {}, 409),
        ("/api/charts/one-too-many/ticks", "application/json", {}, 404),
    ],
)
def test_what_would_be_refused_whatever_is_in_it_is_not_read(room, path, kind, more, status):
    room.server.chart("sourced").is_pushable = False
    room.server.pushed("fx")

    answer = post(room, path, kind, RIGHT | more)

    assert answer.status_code == status
    assert answer.json["error"]


@pytest.mark.parametrize("path", ["/api/charts/a/b/ticks", "/api/charts//ticks"])
def test_what_only_looks_like_a_push_may_not_be_large(room, path):
    assert post(room, path, "application/json", RIGHT).status_code == 413


def test_nothing_is_held_when_pushes_are_answered(room):
    bodies = room.server.gate._bodies
    room.server._charts.alarm.set = room.beat
    for body in (b'{"a": 1}', b'{"a": "x"}', b"{"):
        room.http.post(TICKS, data=body, content_type="application/json", headers=RIGHT)

    assert bodies.held_bytes == 0
    assert len(room.server.charts["fx"].history) == 1
