"""A line for each request: at debug, and at error for a failure of ours."""

import logging

import pytest

from chartserver.entrance.request_log import RequestLog, target
from chartserver.operation.logs import TextFormatter, request_id
from chartserver.operation.masking import Mask


def ask(app, **environ):
    """Serve one request through the log; return the body."""
    times_s = iter([10.0, 10.25])
    log = RequestLog(app, clock=lambda: next(times_s))
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": "/fx",
        "QUERY_STRING": "",
        "REMOTE_ADDR": "127.0.0.2",
        **environ,
    }
    body = log(environ, lambda *_: None)
    whole = b"".join(body)
    if hasattr(body, "close"):
        body.close()
    return whole


def answering(status):
    def app(environ, start_response):
        environ["chartserver.request_id"] = "a1b2c3"
        start_response(status, [])
        return [b"ok"]

    return app


@pytest.fixture
def lines(caplog):
    """Return what is logged from here on, as text lines."""
    caplog.handler.setFormatter(TextFormatter(Mask(["hush-hush"])))

    def at(level):
        caplog.set_level(level, "chartserver.entrance.request_log")
        return lambda: caplog.text.splitlines()

    return at


def test_at_debug_each_request_is_told_when_it_is_over(lines):
    told = lines(logging.DEBUG)

    assert ask(answering("200 OK"), QUERY_STRING="chart=fx&points=9") == b"ok"

    assert len(told()) == 1
    assert told()[0].endswith(
        "DEBUG: GET /fx?chart=fx&points=9: 200, 250.0 ms, 127.0.0.2 (request a1b2c3)"
    )


def test_above_debug_nothing_is_told_of_what_went_well(lines):
    told = lines(logging.INFO)

    for status in ("200 OK", "404 Not Found", "503 Service Unavailable"):
        ask(answering(status))

    assert told() == []


@pytest.mark.parametrize("status", ["500 Internal Server Error", "502 Bad Gateway"])
def test_a_failure_of_ours_is_an_error(lines, status):
    told = lines(logging.INFO)

    ask(answering(status))

    assert " ERROR: GET /fx: 50" in told()[0]


def test_one_that_raises_is_an_error_and_is_raised(lines):
    told = lines(logging.INFO)

    def broken(environ, start_response):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        ask(broken)

    assert "/fx: 500" in told()[0]


def test_no_line_can_be_forged_by_what_is_asked_for(lines):
    told = lines(logging.DEBUG)

    ask(answering("200 OK"), PATH_INFO="/a\nchartserver: x\x1b[2K", REQUEST_METHOD="G\r\nET")

    assert len(told()) == 1
    assert told()[0].isprintable()


@pytest.mark.parametrize(
    "query",
    ["link=hush-hush", "token=hush-hush", "x=hush-hush", "sid=hush-hush", "chart=hush-hush"],
)
def test_no_secret_of_a_query_is_told(lines, query):
    told = lines(logging.DEBUG)

    ask(answering("200 OK"), QUERY_STRING=query)

    assert "hush-hush" not in told()[0]
    assert "=***" in told()[0]


def test_what_is_long_is_cut():
    assert len(target("/" + "x" * 9_000, "&".join(f"{'n' * 999}{i}=v" for i in range(99)))) < 800


def test_the_id_of_a_request_is_gone_when_it_is_over():
    def app(environ, start_response):
        request_id.set("a1b2c3")
        return answering("200 OK")(environ, start_response)

    ask(app)

    assert request_id.get() == ""
