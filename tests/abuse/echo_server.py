"""A server that echoes, with the WebSockets of viewers: what conformance can be tried on.

    python tests/abuse/echo_server.py [eventlet|threading]

It says its port, and runs until it is ended. The limits of what a viewer may send are raised so
far that the cases fit.
"""

import socket
import sys
import threading
from functools import partial

import eventlet.wsgi
from werkzeug.serving import WSGIRequestHandler, make_server

from chartserver.broadcast.outlet import Outlet
from chartserver.intake.allowance import Allowance
from chartserver.refusals import Refusals
from chartserver.settings import Settings
from chartserver.stack.websocket_eventlet import DirectWebSocketWSGI
from chartserver.stack.websocket_simple import SimpleWebSocketWSGI

MESSAGE_BYTES = 32 * 1024 * 1024
MESSAGES = 10_000_000


def echo(websocket):
    """Send back what comes."""
    while (message := websocket.wait()) is not None:
        websocket.send(message)


def echo_by_outlet(websocket):
    """Send back what comes, through an outlet as viewers have."""
    outlet = Outlet(lambda: None, websocket.abort)
    websocket.attach(outlet)
    try:
        echo(websocket)
    finally:
        outlet.detach()


def serve_eventlet(sock, allowance):
    make = partial(DirectWebSocketWSGI, echo_by_outlet, None, allowance=allowance)
    eventlet.wsgi.server(
        eventlet.greenio.GreenSocket(sock),
        lambda environ, start: make()(environ, start),
        log_output=False,
    )


def serve_threading(sock, allowance):
    class Requests(WSGIRequestHandler):
        protocol_version = "HTTP/1.1"

        def connection_dropped(self, *_):
            self.close_connection = True

        def log(self, *_):
            pass

    make = partial(
        SimpleWebSocketWSGI, echo, None, allowance=allowance, lock=threading.Lock, classes={}
    )
    make_server(
        "127.0.0.1",
        sock.getsockname()[1],
        lambda environ, start: make()(environ, start),
        threaded=True,
        request_handler=Requests,
        fd=sock.fileno(),
    ).serve_forever()


def main(async_mode="eventlet"):
    settings = Settings(
        message_bytes=MESSAGE_BYTES, messages_per_s=MESSAGES, message_burst=MESSAGES
    )
    sock = socket.create_server(("127.0.0.1", 0))
    print(sock.getsockname()[1], flush=True)
    {"eventlet": serve_eventlet, "threading": serve_threading}[async_mode](
        sock, Allowance(settings, (), Refusals())
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
