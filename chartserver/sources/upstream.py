"""A WebSocket of another server, as its client: messages come out.

wsproto knows the protocol; how long is waited for what, and how much is taken, is held here. Knows
nothing of what is said in a message.
"""

import contextlib
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from wsproto import ConnectionType, WSConnection
from wsproto.connection import ConnectionState
from wsproto.events import (
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    Ping,
    RejectConnection,
    Request,
    TextMessage,
)
from wsproto.utilities import ProtocolError

from chartserver.errors import SourceFailed
from chartserver.sources.upstream_socket import UpstreamSocket

TIMEOUT_S = 10.0
PING_S = 20.0
GOING_AWAY = 1001
TOO_LARGE = 1009


class Address(NamedTuple):
    """Where a WebSocket is: `target` is path and query, `host` without brackets."""

    is_encrypted: bool
    host: str
    port: int
    target: str

    @property
    def authority(self) -> str:
        """Host and port as the header `Host` has them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.is_encrypted else 80) else f"{host}:{self.port}"


class Patience(NamedTuple):
    """How long is waited for what, in seconds; no message for `stale_s` is too long, 0: never."""

    stale_s: float = 60.0
    timeout_s: float = TIMEOUT_S
    ping_s: float = PING_S


class Upstream:
    """A connection that is open, once `open` has returned."""

    def __init__(
        self,
        line: UpstreamSocket,
        address: Address,
        *,
        patience: Patience,
        message_bytes: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._line = line
        self._address = address
        self._patience = patience
        self._message_bytes = message_bytes
        self._clock = clock
        self._protocol = WSConnection(ConnectionType.CLIENT)
        self._is_open = False
        self._parts: list[Any] = []
        self._n_bytes = 0

    def open(self, headers: Sequence[tuple[str, str]], messages: Sequence[str]) -> None:
        """Make the handshake, and send what subscribes."""
        extra = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        self._line.send(
            self._protocol.send(
                Request(
                    host=self._address.authority, target=self._address.target, extra_headers=extra
                )
            )
        )
        deadline_s = self._clock() + self._patience.timeout_s
        while not self._is_open:
            # What comes with the answer waits in wsproto.
            self._take()
            for event in self._protocol.events():
                self._check_accepted(event)
                break
            if self._clock() > deadline_s:
                raise self._failed(f"does not answer within {self._patience.timeout_s:g} s")
        for message in messages:
            self._line.send(self._protocol.send(TextMessage(message)))

    def messages(self) -> Iterator[str | bytes]:
        """Yield each message; binary ones as bytes.

        Raises:
            SourceFailed: the connection is at its end, whyever.
            Stopped: the source is to end.
        """
        heard_s = told_s = self._clock()
        is_asked = False
        while True:
            for event in self._protocol.events():
                if isinstance(event, TextMessage | BytesMessage):
                    message = self._whole(event)
                    if message is not None:
                        yield message
                        told_s = self._clock()
                else:
                    self._answer(event)
            now_s = self._clock()
            if self._take():
                heard_s, is_asked = now_s, False
            elif self._patience.stale_s and now_s - told_s > self._patience.stale_s:
                raise self._failed(f"has sent no message for {self._patience.stale_s:g} s")
            elif now_s - heard_s > 2 * self._patience.ping_s:
                raise self._failed("answers no ping")
            elif now_s - heard_s > self._patience.ping_s and not is_asked:
                self._line.send(self._protocol.send(Ping()))
                is_asked = True

    def close(self) -> None:
        """Say goodbye, where that can still be said."""
        with contextlib.suppress(ProtocolError):
            self._line.say(self._protocol.send(CloseConnection(code=GOING_AWAY)))

    def _take(self) -> bool:
        """Take what comes within a moment; False when nothing does."""
        data = self._line.receive()
        if data is None:
            return False
        if not data:
            raise self._failed("has closed the connection without a word")
        try:
            self._protocol.receive_data(data)
        except ProtocolError as error:
            raise self._failed(f"does not speak WebSocket: {error}") from None
        return True

    def _check_accepted(self, event: object) -> None:
        if isinstance(event, RejectConnection):
            raise self._failed(f"answers with status {event.status_code}; expected a WebSocket")
        self._is_open = isinstance(event, AcceptConnection)

    def _whole(self, event: TextMessage | BytesMessage) -> str | bytes | None:
        """Return the message that ends with `event`, None while it goes on."""
        self._n_bytes += len(event.data)
        if self._n_bytes > self._message_bytes:
            self._line.say(self._protocol.send(CloseConnection(code=TOO_LARGE)))
            raise self._failed(f"has sent a message of more than {self._message_bytes} bytes")
        if event.data:  # of empty fragments there can be any number
            self._parts.append(event.data)
        if not event.message_finished:
            return None
        parts, self._parts, self._n_bytes = self._parts, [], 0
        return "".join(parts) if isinstance(event, TextMessage) else b"".join(parts)

    def _answer(self, event: object) -> None:
        if isinstance(event, Ping):
            self._line.send(self._protocol.send(event.response()))
        elif isinstance(event, CloseConnection):
            reason = " ".join(str(event.reason or "").split())[:120]
            said = f": {reason}" if reason else ""
            if self._protocol.state is ConnectionState.OPEN:  # wsproto's word, not the server's
                raise self._failed(f"does not speak WebSocket{said}")
            raise self._failed(f"has closed the connection, code {int(event.code)}{said}")

    def _failed(self, what: str) -> SourceFailed:
        return SourceFailed(f"{self._address.host!r} {what}")


def connect(
    address: Address, stop: threading.Event, timeout_s: float = TIMEOUT_S
) -> UpstreamSocket:
    """Connect to `address`; certificates are checked."""
    context = ssl.create_default_context() if address.is_encrypted else None
    return UpstreamSocket(
        address.host, address.port, stop=stop, timeout_s=timeout_s, context=context
    )
