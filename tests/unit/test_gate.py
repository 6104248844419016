"""The gate: what is done to a request before anybody else sees it."""

import json

import pytest

from chartserver.access import ALL_CHARTS, Permit
from chartserver.chart import Chart
from chartserver.errors import AccessDenied
from chartserver.gate import Gate
from chartserver.history import MemoryHistory
from chartserver.page_policy import HEADERS


class Hall:
    """A gate around an application that says hello, and a record of what has happened."""

    def __init__(self):
        self.happened = []
        self.refusal = self.unfit = ""
        self.environ = {}
        self.charts = {
            name: Chart(name, now_ms=lambda: 0.0, history=MemoryHistory(1))
            for name in ("fx", "lab")
        }
        self.gate = Gate(
            self.inner,
            charts=self.charts,
            on_request=lambda: self.happened.append("start"),
            refuses_server=lambda environ: self.unfit,
            refuses_viewer=lambda: self.refusal,
            permit=lambda environ: self.permit(environ),
            websocket=self.websocket,
            run_publish=lambda websocket, chart, permit: self.happened.append(
                (websocket, chart.name)
            ),
        )

    def permit(self, environ):
        return ALL_CHARTS

    def inner(self, environ, start_response):
        self.environ = environ
        self.happened.append("inner")
        start_response("200 OK", [("Content-Type", "text/plain"), ("x-content-type-options", "x")])
        return [b"hello"]

    def websocket(self, handler):
        def app(environ, start_response):
            handler("websocket")
            return []

        return app

    def get(self, path, query="", **environ):
        """Return status, headers and body of the answer."""
        said = []
        body = b"".join(
            self.gate(
                {"PATH_INFO": path, "QUERY_STRING": query, **environ},
                lambda status, headers, *more: said.append((status, headers)),
            )
        )
        [(status, headers)] = said or [("", [])]
        return status, dict(headers), body


@pytest.fixture
def hall():
    return Hall()


def test_the_task_is_started_before_a_request_is_served(hall):
    status, _, body = hall.get("/")

    assert (status, body) == ("200 OK", b"hello")
    assert hall.happened == ["start", "inner"]


def test_headers_are_added_where_the_answer_has_none_of_its_own(hall):
    _, headers, _ = hall.get("/")

    assert headers.pop("x-content-type-options") == "x"
    assert headers == {
        "Content-Type": "text/plain",
        **{name: text for name, text in HEADERS.items() if name != "X-Content-Type-Options"},
    }


def test_compression_of_websockets_is_declined(hall):
    hall.get("/socket.io/", HTTP_SEC_WEBSOCKET_EXTENSIONS="permessage-deflate")

    assert "HTTP_SEC_WEBSOCKET_EXTENSIONS" not in hall.environ


def test_a_server_that_stops_starts_nothing_and_says_when_to_come_back(hall):
    hall.gate.is_stopping = True

    status, headers, body = hall.get("/")

    assert status == "503 Service Unavailable"
    assert headers["Retry-After"] == "2"
    assert "stopping" in json.loads(body)["error"]
    assert hall.happened == []


def test_who_is_in_may_fetch_the_last_words_of_a_server_that_stops(hall):
    hall.gate.is_stopping = True

    assert hall.get("/socket.io/", "EIO=4&transport=polling&sid=abc")[0] == "200 OK"
    assert hall.get("/socket.io/", "EIO=4&transport=polling")[0] == "503 Service Unavailable"


def test_a_wsgi_server_that_cannot_serve_us_is_told_so_and_nothing_is_started(hall, caplog):
    hall.unfit = "async mode is 'eventlet'; this WSGI server needs another"

    status, _, body = hall.get("/")

    assert status == "500 Internal Server Error"
    assert json.loads(body) == {"error": hall.unfit}
    assert hall.unfit in caplog.text
    assert hall.happened == []


@pytest.mark.parametrize(
    ("path", "query"), [("/publish", ""), ("/socket.io/", "EIO=4&transport=polling")]
)
def test_a_viewer_too_many_is_refused_in_words_and_counted(hall, path, query):
    hall.refusal = "the server is full"

    status, headers, body = hall.get(path, query)

    assert status == "503 Service Unavailable"
    assert "Retry-After" in headers
    assert json.loads(body) == {"error": "the server is full"}
    assert hall.gate.refused == 1


@pytest.mark.parametrize(("path", "query"), [("/", ""), ("/socket.io/", "EIO=4&sid=abc")])
def test_pages_and_viewers_that_are_in_are_served_by_a_full_server(hall, path, query):
    hall.refusal = "the server is full"

    assert hall.get(path, query)[0] == "200 OK"
    assert hall.gate.refused == 0


def test_publish_without_a_handshake_is_told_to_upgrade(hall):
    status, headers, body = hall.get("/publish")

    assert status == "426 Upgrade Required"
    assert headers["Upgrade"] == "websocket"
    assert "expected a WebSocket" in json.loads(body)["error"]


@pytest.mark.parametrize(("query", "name"), [("", "fx"), ("chart=lab", "lab"), ("x=1", "fx")])
def test_publish_serves_the_chart_asked_for_or_the_first(hall, query, name):
    hall.get("/publish", query, HTTP_UPGRADE="WebSocket")

    assert hall.happened == ["start", ("websocket", name)]


def test_publish_of_an_unknown_chart_names_the_known(hall):
    status, _, body = hall.get("/publish", "chart=nope", HTTP_UPGRADE="websocket")

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
        said, headers, body = hall.get("/publish", query, HTTP_UPGRADE="websocket")
        assert (said, json.loads(body)) == (status, {"error": "no", "code": code})
        assert header in headers


def test_publish_shows_the_chart_of_a_link_and_no_other(hall):
    hall.permit = lambda environ: Permit("lab", 10.0)

    for query in ("", "chart=lab"):
        hall.get("/publish", query, HTTP_UPGRADE="websocket")
    for query in ("chart=fx", "chart=nope", "chart=LAB"):
        status, _, body = hall.get("/publish", query, HTTP_UPGRADE="websocket")
        assert (status, json.loads(body)["code"]) == ("403 Forbidden", "forbidden")

    assert [one for one in hall.happened if one != "start"] == [("websocket", "lab")] * 2
