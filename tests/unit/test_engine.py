"""Which WSGI servers can carry which async library."""

import logging

import flask
import pytest

from chartserver.stack.engine import make_socketio, unfit

THREADS = {"wsgi.multithread": True}
EVENTLET = {"wsgi.multithread": True, "eventlet.input": object()}
ONE_BY_ONE = {"wsgi.multithread": False}


@pytest.mark.parametrize(
    ("environ", "mode"),
    [
        (THREADS, "threading"),
        (EVENTLET, "eventlet"),
        (ONE_BY_ONE, "eventlet"),
        (ONE_BY_ONE, "threading"),
        (ONE_BY_ONE, "gevent"),
        (THREADS, "gevent"),
        ({}, "eventlet"),
    ],
)
def test_a_server_that_fits_is_taken(environ, mode):
    assert unfit(environ, mode) == ""


@pytest.mark.parametrize(
    ("environ", "mode", "fit"),
    [
        (THREADS, "eventlet", "threading"),
        (EVENTLET, "threading", "eventlet"),
    ],
)
def test_a_server_on_which_no_chart_would_move_is_refused_with_the_mode_that_fits(
    environ, mode, fit
):
    assert unfit(environ, mode) == (
        f"async mode is '{mode}'; this WSGI server needs ChartServer(async_mode='{fit}')"
    )


def test_what_the_libraries_say_of_each_packet_is_not_logged(caplog):
    caplog.set_level(logging.DEBUG)
    server = make_socketio(flask.Flask("test"), "threading").server

    for logger in (server.logger, server.eio.logger):
        logger.info("received event with a secret in it")
        assert logger.handlers == []

    assert caplog.records == []
