"""The gate: what is done to a request before anybody else sees it."""

import io
import json

import pytest
from hall import CLIENT, PROXY, STRANGER, UPGRADE, Hall

from chartserver.web.page_policy import HEADERS

NEW_SESSION = "EIO=4&transport=polling"


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
    assert headers.pop("X-Request-ID")
    assert headers == {
        "Content-Type": "text/plain",
        "Cache-Control": "no-store",
        **{name: text for name, text in HEADERS.items() if name != "X-Content-Type-Options"},
    }


def test_browsers_are_held_to_https_where_it_is_used(hall):
    assert "Strict-Transport-Security" not in hall.get("/")[1]
    assert "Strict-Transport-Security" in hall.get("/", **{"wsgi.url_scheme": "https"})[1]
    proxied = {"REMOTE_ADDR": PROXY, "HTTP_X_FORWARDED_PROTO": "https"}
    assert "Strict-Transport-Security" in hall.get("/", **proxied)[1]


def test_the_application_sees_the_client_behind_a_proxy(hall):
    hall.get("/", REMOTE_ADDR=PROXY, HTTP_X_FORWARDED_FOR=CLIENT)

    assert hall.environ["REMOTE_ADDR"] == CLIENT
    assert "HTTP_X_FORWARDED_FOR" not in hall.environ


def test_each_request_has_a_name_of_its_own(hall):
    first, second = (hall.get("/")[1]["X-Request-ID"] for _ in range(2))

    assert first != second
    assert hall.environ["chartserver.request_id"] == second


@pytest.mark.parametrize(
    ("address", "said", "is_kept"),
    [
        (PROXY, "a-1.b_2", True),
        (PROXY, "x" * 64, True),
        (PROXY, "x" * 65, False),
        (PROXY, "a b", False),
        (PROXY, "a\r\nX: y", False),
        (PROXY, "", False),
        (STRANGER, "a-1.b_2", False),
        ("127.0.0.1", "a-1.b_2", False),
    ],
)
def test_the_name_that_a_proxy_has_given_is_kept(hall, address, said, is_kept):
    _, headers, _ = hall.get("/", REMOTE_ADDR=address, HTTP_X_REQUEST_ID=said)

    assert (headers["X-Request-ID"] == said) is is_kept
    assert headers["X-Request-ID"] == hall.environ["chartserver.request_id"]


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

    assert hall.get("/socket.io/", f"{NEW_SESSION}&sid=abc")[0] == "200 OK"
    assert hall.get("/socket.io/", NEW_SESSION)[0] == "503 Service Unavailable"


def test_a_wsgi_server_that_cannot_serve_us_is_told_so_and_nothing_is_started(hall, caplog):
    hall.unfit = "async mode is 'eventlet'; this WSGI server needs another"

    status, _, body = hall.get("/")

    assert status == "500 Internal Server Error"
    assert json.loads(body) == {"error": hall.unfit}
    assert hall.unfit in caplog.text
    assert hall.happened == []


@pytest.mark.parametrize(
    ("method", "status"),
    [("TRACE", 405), ("CONNECT", 405), ("TRACK", 501), ("get", 501), ("", 501)],
)
def test_methods_that_nobody_serves_are_refused(hall, method, status):
    said, headers, body = hall.get("/", REQUEST_METHOD=method)

    assert said.startswith(str(status))
    assert ("Allow" in headers) == (status == 405)
    assert json.loads(body)["error"].startswith("method is")
    assert hall.happened == []


@pytest.mark.parametrize("path", ["/a\x00b", "/a\r\nX: y", "/\x7f", "/\x1b[31m"])
def test_paths_with_control_characters_are_refused(hall, path):
    status, _, body = hall.get(path)

    assert status == "400 Bad Request"
    assert not any(char in json.loads(body)["error"] for char in "\x00\r\n\x7f\x1b")
    assert hall.happened == []


def test_an_answer_to_head_has_no_body_whoever_makes_it(hall):
    assert hall.get("/", REQUEST_METHOD="HEAD")[2] == b""
    assert hall.get("/\x00", REQUEST_METHOD="HEAD")[2] == b""


def test_too_many_requests_of_a_stranger_are_refused_and_counted(hall):
    statuses = [hall.get("/", REMOTE_ADDR=STRANGER)[0] for _ in range(11)]

    assert statuses == ["200 OK"] * 10 + ["429 Too Many Requests"]
    assert hall.refusals.counts == {"requests_of_address": 1}
    assert "Retry-After" in hall.get("/", REMOTE_ADDR=STRANGER)[1]
    assert hall.get("/")[0] == "200 OK"


@pytest.mark.parametrize("path", ["/publish", "/socket.io/", "/nope"])
def test_pages_of_others_open_no_websocket(hall, path):
    hall.allows_origin = False
    origin = {"HTTP_ORIGIN": "https://evil.example"}

    status, _, body = hall.get(path, **UPGRADE, **origin)

    assert status == "403 Forbidden"
    assert "origin" in json.loads(body)["error"]
    assert hall.happened == []
    assert hall.get(path, **UPGRADE)[0] != "403 Forbidden"
    assert hall.get("/", **origin)[0] == "200 OK"


@pytest.mark.parametrize(
    ("path", "query", "headers"),
    [("/publish", "", UPGRADE), ("/socket.io/", NEW_SESSION, {}), ("/socket.io", "", UPGRADE)],
)
def test_a_viewer_too_many_is_refused_in_words_and_counted(hall, path, query, headers):
    hall.n_viewers = 10

    status, answered, body = hall.get(path, query, **headers)

    assert status == "503 Service Unavailable"
    assert "Retry-After" in answered
    assert "10 viewers" in json.loads(body)["error"]
    assert hall.refusals.counts == {"full": 1}


@pytest.mark.parametrize(
    ("path", "query"), [("/", ""), ("/publish", ""), ("/socket.io/", "EIO=4&sid=abc")]
)
def test_pages_and_viewers_that_are_in_are_served_by_a_full_server(hall, path, query):
    hall.n_viewers = 10

    assert hall.get(path, query)[0] in ("200 OK", "426 Upgrade Required")
    assert hall.refusals.counts == {}


def test_viewers_are_counted_by_their_address_behind_a_proxy(hall):
    proxied = {"REMOTE_ADDR": PROXY, "HTTP_X_FORWARDED_FOR": CLIENT}

    statuses = [hall.get("/socket.io/", NEW_SESSION, **proxied)[0][:3] for _ in range(3)]

    assert statuses == ["200", "200", "503"]
    assert hall.refusals.counts == {"viewers_of_address": 1}
    assert hall.get("/socket.io/", NEW_SESSION, REMOTE_ADDR=PROXY)[0] == "200 OK"


def test_a_body_is_read_whole_before_it_is_passed_on(hall):
    rest = io.BytesIO(b"hello, and more")

    hall.get("/x", REQUEST_METHOD="POST", CONTENT_LENGTH="5", **{"wsgi.input": rest})

    assert hall.environ["wsgi.input"].read() == b"hello"


def test_a_body_that_is_too_large_is_refused_unread(hall):
    body = io.BytesIO(b"x" * 11)

    status, _, _ = hall.get(
        "/x", REQUEST_METHOD="POST", CONTENT_LENGTH="11", **{"wsgi.input": body}
    )

    assert status == "413 Request Entity Too Large"
    assert body.tell() == 0
    assert hall.happened == []


def test_who_is_refused_is_not_read_from(hall):
    body = io.BytesIO(b"hello")
    for _ in range(11):
        hall.get("/", REMOTE_ADDR=STRANGER)

    hall.get("/", REMOTE_ADDR=STRANGER, CONTENT_LENGTH="5", **{"wsgi.input": body})

    assert body.tell() == 0


def test_engine_io_gets_to_know_of_who_announces_too_much(hall):
    body = io.BytesIO(b"x" * 11)

    hall.get(
        "/socket.io/",
        f"{NEW_SESSION}&sid=abc",
        REQUEST_METHOD="POST",
        CONTENT_LENGTH="11",
        **{"wsgi.input": body},
    )

    assert hall.happened == ["start", "inner"]
    assert hall.environ["CONTENT_LENGTH"] == "11"
    assert body.tell() == 0


def test_a_failure_is_logged_and_told_without_what_it_was(hall, caplog):
    def fail():
        raise ZeroDivisionError("a secret")

    hall.gate._on_request = lambda: None
    hall.gate._inner = lambda environ, start_response: fail()

    status, headers, body = hall.get("/")

    assert status == "500 Internal Server Error"
    assert b"secret" not in body
    assert "nosniff" in headers.values()
    assert "ZeroDivisionError" in caplog.text


def test_what_a_websocket_raises_is_for_the_server(hall):
    def fail(environ, start_response):
        raise ConnectionError

    hall.gate._inner = fail

    with pytest.raises(ConnectionError):
        hall.get("/socket.io/", NEW_SESSION, **UPGRADE)


@pytest.mark.parametrize("path", ["/", "/fx", "/publish/", "/api/charts"])
def test_an_upgrade_elsewhere_is_not_granted(hall, path):
    assert hall.get(path, **UPGRADE)[0] == "200 OK"
    assert "HTTP_UPGRADE" not in hall.environ
