"""The original's WebSocket at the gate: who is served which chart, and who is not."""

import json

import pytest
from hall import STRANGER, UPGRADE, Hall

from chartserver.access.rules import Permit
from chartserver.errors import AccessDenied


@pytest.fixture
def hall():
    return Hall()


def test_publish_without_a_handshake_is_told_to_upgrade(hall):
    status, headers, body = hall.get("/publish")

    assert status == "426 Upgrade Required"
    assert headers["Upgrade"] == "websocket"
    assert "expected a WebSocket" in json.loads(body)["error"]


@pytest.mark.parametrize(("query", "name"), [("", "fx"), ("chart=lab", "lab"), ("x=1", "fx")])
def test_publish_serves_the_chart_asked_for_or_the_first(hall, query, name):
    hall.get("/publish", query, REMOTE_ADDR=STRANGER, **UPGRADE)

    assert hall.happened == ["start", ("websocket", name, STRANGER)]


def test_publish_of_an_unknown_chart_names_the_known(hall):
    status, _, body = hall.get("/publish", "chart=nope", **UPGRADE)

    assert status == "404 Not Found"
    assert json.loads(body) == {"error": "chart is 'nope'; expected one of: fx, lab"}


@pytest.mark.parametrize(
    ("code", "status", "header"),
    [
        ("unauthorized", "401 Unauthorized", "WWW-Authenticate"),
        ("expired", "401 Unauthorized", "WWW-Authenticate"),
        ("too_many_tries", "429 Too Many Requests", "Retry-After"),
    ],
)
def test_publish_asks_for_credentials_before_it_looks_for_the_chart(hall, code, status, header):
    def deny(environ):
        raise AccessDenied(code, "no")

    hall.permit = deny

    for query in ("", "chart=fx", "chart=nope"):
        said, headers, body = hall.get("/publish", query, **UPGRADE)
        assert (said, json.loads(body)) == (status, {"error": "no", "code": code})
        assert header in headers


def test_publish_shows_the_chart_of_a_link_and_no_other(hall):
    hall.permit = lambda environ: Permit("lab", 10.0)

    for query in ("", "chart=lab"):
        hall.get("/publish", query, **UPGRADE)
    for query in ("chart=fx", "chart=nope", "chart=LAB"):
        status, _, body = hall.get("/publish", query, **UPGRADE)
        assert (status, json.loads(body)["code"]) == ("403 Forbidden", "forbidden")

    seen = [one for one in hall.happened if one != "start"]
    assert seen == [("websocket", "lab", "127.0.0.1")] * 2
