"""The WebSockets of each async library, in the place of those that engineio has."""

import threading
from collections.abc import Callable
from functools import partial
from typing import Any

from flask_socketio import SocketIO

from chartserver.errors import ConfigError, StackUnfit
from chartserver.intake.allowance import Allowance
from chartserver.stack.session import check_methods


def install(socketio: SocketIO, async_mode: str, allowance: Allowance) -> None:
    """Have `socketio` read WebSockets strictly and within `allowance`; before the first comes.

    Raises:
        ConfigError: a name that is leant on is not as expected, and nothing else is as strict.
    """
    server = socketio.server.eio
    try:
        websocket_class = CLASSES[async_mode](server)
    except StackUnfit as error:
        raise ConfigError(
            f"async mode is {async_mode!r}, which cannot be used ({error});"
            " expected versions as in requirements.txt, or another mode"
        ) from None
    server._async = {**server._async, "websocket": partial(websocket_class, allowance=allowance)}


def _eventlet(_server: Any) -> Callable[..., Any]:
    from chartserver.stack.websocket_eventlet import METHODS, DirectWebSocketWSGI

    check_methods(METHODS)
    return DirectWebSocketWSGI


def _threading(_server: Any) -> Callable[..., Any]:
    from chartserver.stack.websocket_simple import SimpleWebSocketWSGI

    return partial(SimpleWebSocketWSGI, lock=threading.Lock, classes={})


def _gevent(server: Any) -> Callable[..., Any]:
    from gevent.lock import Semaphore
    from gevent.selectors import DefaultSelector

    from chartserver.stack.websocket_simple import SimpleWebSocketWSGI

    classes = {
        "thread_class": server._async["thread"],
        "event_class": server._async["event"],
        "selector_class": DefaultSelector,
    }
    return partial(SimpleWebSocketWSGI, lock=Semaphore, classes=classes)


CLASSES: dict[str, Callable[[Any], Callable[..., Any]]] = {
    "eventlet": _eventlet,
    "threading": _threading,
    "gevent": _gevent,
}
