"""A server that echoes, with the WebSockets of viewers: what conformance can be tried on.

    python tests/abuse/echo_server.py

It says its port, and runs until it is ended. The limits of what a viewer may send are raised so
far that the cases fit.
"""

import socket
from functools import partial

import eventlet.wsgi

from chartserver.allowance import Allowance
from chartserver.outlet import Outlet
from chartserver.refusals import Refusals
from chartserver.settings import Settings
from chartserver.stack.websocket_eventlet import DirectWebSocketWSGI

MESSAGE_BYTES = 32 * 1024 * 1024
MESSAGES = 10_000_000


def echo(websocket):
    """Send back what comes, through an outlet as viewers have."""
    outlet = Outlet(lambda: None, websocket.abort)
    websocket.attach(outlet)
    try:
        while (message := websocket.wait()) is not None:
            websocket.send(message)
    finally:
        outlet.detach()


def main():
    settings = Settings(
        message_bytes=MESSAGE_BYTES, messages_per_s=MESSAGES, message_burst=MESSAGES
    )
    allowance = Allowance(settings, (), Refusals())
    sock = eventlet.listen(("127.0.0.1", 0), socket.AF_INET)
    print(sock.getsockname()[1], flush=True)
    app = partial(DirectWebSocketWSGI, echo, None, allowance=allowance)
    eventlet.wsgi.server(sock, lambda environ, start: app()(environ, start), log_output=False)


if __name__ == "__main__":
    main()
