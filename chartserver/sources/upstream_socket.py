"""A connection to another server, by TCP or TLS, that never waits without looking at a `stop`.

Knows bytes only. What goes wrong is a `SourceFailed` in words for people.
"""

import contextlib
import errno
import os
import selectors
import socket
import ssl
import threading
import time
from collections.abc import Callable

from chartserver.errors import SourceFailed

# How soon a `stop` is noticed while nothing comes.
POLL_S = 0.1
READ_BYTES = 65_536
IN_PROGRESS = (0, errno.EINPROGRESS, errno.EWOULDBLOCK)


class Stopped(Exception):
    """The source is to end."""


class UpstreamSocket:
    """A connection to `host`; use it as a context, at whose end it is closed.

    Each step fails when it takes longer than `timeout_s`, and raises Stopped soon after `stop`.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        stop: threading.Event,
        timeout_s: float,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self._host = host
        self._stop = stop
        self._timeout_s = timeout_s
        self._selector = selectors.DefaultSelector()
        try:
            self._socket = self._connect(port)
            if context is not None:
                self._encrypt(context)
        except BaseException:
            self.__exit__()
            raise

    def __enter__(self) -> "UpstreamSocket":
        return self

    def __exit__(self, *_: object) -> None:
        self._close()
        self._selector.close()

    def send(self, data: bytes) -> None:
        """Send all of `data`."""
        rest = memoryview(data)

        def send_some() -> bool:
            nonlocal rest
            rest = rest[self._socket.send(rest) :]
            return not rest

        self._until(send_some, "takes nothing", selectors.EVENT_WRITE)

    def say(self, data: bytes) -> None:
        """Send what can be sent at once: a last word, which nobody waits for."""
        with contextlib.suppress(OSError):
            self._socket.send(data)

    def receive(self) -> bytes | None:
        """Return what has come, b"" at the end, None when nothing comes within `POLL_S`."""
        if self._stop.is_set():
            raise Stopped
        try:
            return self._socket.recv(READ_BYTES)
        except (BlockingIOError, ssl.SSLWantReadError):
            self._wait(selectors.EVENT_READ)
            return None
        except ssl.SSLEOFError:
            return b""
        except OSError as error:
            raise SourceFailed(f"connection to {self._host!r} is lost: {_cause(error)}") from None

    def _connect(self, port: int) -> socket.socket:
        try:
            found = socket.getaddrinfo(self._host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise SourceFailed(f"host {self._host!r} is not found: {_cause(error)}") from None
        cause = "it has no address"
        for family, kind, protocol, _, address in found:
            self._socket = socket.socket(family, kind, protocol)
            try:
                self._connect_to(address)
                return self._socket
            except OSError as error:
                cause = _cause(error)
            except SourceFailed as error:
                cause = str(error)
            self._close()
        raise SourceFailed(f"no connection to {self._host!r}, port {port}: {cause}")

    def _connect_to(self, address: object) -> None:
        self._socket.setblocking(False)
        self._selector.register(self._socket, selectors.EVENT_WRITE)
        code = self._socket.connect_ex(address)  # type: ignore[arg-type]

        def is_connected() -> bool:
            nonlocal code
            if not self._wait(selectors.EVENT_WRITE):
                return False
            code = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            return True

        if code in IN_PROGRESS:
            self._until(is_connected, "does not answer", selectors.EVENT_WRITE)
        if code:
            raise OSError(code, os.strerror(code))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def _encrypt(self, context: ssl.SSLContext) -> None:
        plain = self._socket
        self._selector.unregister(plain)
        self._socket = encrypted = context.wrap_socket(
            plain, server_hostname=self._host, do_handshake_on_connect=False
        )
        self._selector.register(encrypted, selectors.EVENT_READ)

        def shake_hands() -> bool:
            encrypted.do_handshake()
            return True

        try:
            self._until(shake_hands, "does not finish the TLS handshake", selectors.EVENT_READ)
        except ssl.SSLCertVerificationError as error:
            raise SourceFailed(
                f"certificate of {self._host!r} is not trusted: {error.verify_message};"
                " expected one of a known authority (SSL_CERT_FILE names others)"
            ) from None

    def _until(self, step: Callable[[], bool], lack: str, event: int) -> None:
        """Take a step again and again until it says that it is done."""
        deadline_s = time.monotonic() + self._timeout_s
        while True:
            if self._stop.is_set():
                raise Stopped
            try:
                if step():
                    return
            except (BlockingIOError, ssl.SSLWantReadError):
                self._wait(event)
            except ssl.SSLWantWriteError:
                self._wait(selectors.EVENT_WRITE)
            except ssl.SSLCertVerificationError:
                raise
            except OSError as error:
                text = f"connection to {self._host!r} is lost: {_cause(error)}"
                raise SourceFailed(text) from None
            if time.monotonic() > deadline_s:
                raise SourceFailed(f"{self._host!r} {lack} within {self._timeout_s:g} s")

    def _wait(self, event: int) -> bool:
        """Wait until the socket is ready, `POLL_S` at most."""
        self._selector.modify(self._socket, event)
        return bool(self._selector.select(POLL_S))

    def _close(self) -> None:
        with contextlib.suppress(AttributeError, KeyError, ValueError):
            self._selector.unregister(self._socket)
        with contextlib.suppress(AttributeError):  # no address was tried
            self._socket.close()


def _cause(error: Exception) -> str:
    # The text of an SSLError has the line of C in it.
    name = "reason" if isinstance(error, ssl.SSLError) else "strerror"
    reason = getattr(error, name, None) or str(error)
    return " ".join(str(reason).lower().replace("_", " ").split())
