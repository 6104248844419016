"""Reads the bodies of requests: how large each may be, and how much of them is held at a time.

Pushes may be large; nothing of one is read before its sender is known to be allowed to push.
"""

import threading
from collections.abc import Callable
from typing import Any

from chartserver.entrance import http_body
from chartserver.entrance.http_answers import RETRY_AFTER
from chartserver.errors import Refused

# Of pushes, all together, from the first byte until they are answered.
HELD_BYTES_MAX = 64 * 1024 * 1024
TOO_MUCH = "push_bodies"
_HELD = "chartserver.held_bytes"


class Bodies:
    """Reads each body whole.

    Args:
        message_bytes: how large one may be.
        push_bytes: how large one of a push may be.
        is_push: whether a request pushes.
        check_push: raises Refused for one that nobody would take, whatever is in it.

    Attributes:
        held_bytes: of the pushes that are read or worked on now.
    """

    def __init__(
        self,
        message_bytes: int,
        push_bytes: int,
        is_push: Callable[[dict[str, Any]], bool],
        check_push: Callable[[dict[str, Any]], None],
        held_bytes_max: int = HELD_BYTES_MAX,
    ) -> None:
        self.held_bytes = 0
        self._message_bytes = message_bytes
        self._push_bytes = push_bytes
        self._is_push = is_push
        self._check_push = check_push
        self._held_bytes_max = max(held_bytes_max, push_bytes)
        self._lock = threading.Lock()

    def read(self, environ: dict[str, Any]) -> None:
        """Have the body of a request in memory; `let_go` is to follow.

        Raises:
            Refused: it may not be sent, is too large or malformed, or too much is held already.
        """
        if not self._is_push(environ):
            http_body.read_whole(environ, self._message_bytes)
            return
        self._check_push(environ)
        self._hold(environ, http_body.announced(environ, self._push_bytes))
        http_body.read_whole(environ, self._push_bytes)
        # Of one in chunks it was not known before.
        self._hold(environ, http_body.announced(environ, self._push_bytes))

    def let_go(self, environ: dict[str, Any]) -> None:
        """Say that nobody needs the body any more."""
        with self._lock:
            self.held_bytes -= environ.pop(_HELD, 0)

    def _hold(self, environ: dict[str, Any], n_bytes: int) -> None:
        """Count so many bytes for a request, in place of what was counted for it before."""
        with self._lock:
            more = n_bytes - environ.get(_HELD, 0)
            if self.held_bytes + more > self._held_bytes_max:
                raise Refused(
                    503,
                    TOO_MUCH,
                    f"the server holds {self.held_bytes} bytes of pushes; expected it to have room"
                    f" for {n_bytes} more: push again in a moment",
                    [RETRY_AFTER],
                )
            environ[_HELD] = n_bytes
            self.held_bytes += more
