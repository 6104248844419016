"""eventlet's HTTP, which hands a connection over to who talks on after the request."""

import contextlib
from typing import Any

from eventlet.wsgi import HttpProtocol

HAND_OVER = "chartserver.hand_over"
# What is leant on: class, method, parameters.
METHODS = (
    (HttpProtocol, "__init__", ("conn_state", "server")),
    (HttpProtocol, "get_environ", ()),
    (HttpProtocol, "finish", ()),
)


class HandingOver(HttpProtocol):  # type: ignore[misc]
    """eventlet's HTTP, which leaves a socket alone that was handed over."""

    is_handed_over = False

    def get_environ(self) -> dict[str, Any]:
        """Return the WSGI environment, with the function that hands the socket over."""
        environ: dict[str, Any] = super().get_environ()
        environ[HAND_OVER] = self._hand_over
        return environ

    def finish(self) -> None:
        """End the connection, or only its buffers."""
        if not self.is_handed_over:
            super().finish()
        # A flush that fails keeps eventlet from closing the other, and it the descriptor.
        for file in (self.wfile, self.rfile):
            with contextlib.suppress(OSError):
                file.close()

    def _hand_over(self) -> None:
        self.is_handed_over = True
        self.conn_state[1] = Nobody()


class Nobody:
    """Stands where the server has the socket that it closes when a request's task ends."""

    def shutdown(self, _how: int) -> None:
        """Leave the socket open."""

    def close(self) -> None:
        """Leave the socket open."""
