"""A connection of somebody who may send anything, and who notes how it is taken."""

import contextlib
import socket
import struct
import time
from urllib.parse import urlsplit

from client_frames import frame
from hard_viewer import STRANGER, connect, handshake
from strict_parser import CLOSE, PING, PONG, TEXT, Frames

# Within which a server must have answered, or refused, however slow the machine is.
ANSWER_LIMIT_S = 40.0
HELLO = frame(b"40")


class Stranger:
    """A WebSocket of the server at `url`, past its handshake; `hello` is sent at once.

    What comes back is parsed strictly: the first byte that is not WebSocket fails. Raises
    ConnectionError when the handshake is refused.

    Attributes:
        texts: the packets that came.
        close_code: of the server's close frame; None without one.
        is_open: whether the server has not ended the connection.
    """

    def __init__(self, url, hello=HELLO, *, query="", headers="", source=STRANGER):
        self.texts = []
        self.pongs = []
        self.is_open = True
        self._frames = Frames()
        self._sock = connect(url, source=source)
        try:
            self.head, rest = handshake(self._sock, url, query, headers)
        except OSError:
            self._sock.close()
            raise
        if not self.head.startswith("HTTP/1.1 101"):
            self._sock.close()
            raise ConnectionRefusedError(self.head)
        self._take(rest)
        self.send(hello)

    @property
    def close_code(self):
        return self._frames.close_code

    def send(self, data):
        """Send these bytes, as far as the server still takes any."""
        with contextlib.suppress(ConnectionError, TimeoutError):
            self._sock.sendall(data)

    def say(self, packet):
        """Send a packet of Engine.IO."""
        self.send(frame(packet.encode()))

    def read(self, timeout_s=0.05):
        """Take what has come; wait for it at most so long."""
        self._sock.settimeout(timeout_s)
        try:
            data = self._sock.recv(65_536)
        except TimeoutError:
            return
        except ConnectionError:
            data = b""
        finally:
            with contextlib.suppress(OSError):
                self._sock.settimeout(ANSWER_LIMIT_S)
        self.is_open = bool(data)
        self._take(data)

    def read_until(self, is_so, limit_s=ANSWER_LIMIT_S):
        """Read until `is_so()` or the end; return whether it is so."""
        deadline_s = time.monotonic() + limit_s
        while not is_so() and self.is_open and time.monotonic() < deadline_s:
            self.read()
        return is_so()

    def connected(self):
        """Wait until Socket.IO has let this one in, and return it."""
        assert self.read_until(lambda: any(text.startswith("40") for text in self.texts))
        return self

    def is_ended(self, limit_s=ANSWER_LIMIT_S):
        """Wait for the server to end the connection; return whether it has."""
        return self.read_until(lambda: not self.is_open, limit_s)

    def answer(self, number, limit_s=ANSWER_LIMIT_S):
        """Return the ack of that number, as text; None when there was none."""
        begin = f"43{number}["
        self.read_until(lambda: any(text.startswith(begin) for text in self.texts), limit_s)
        return next((text for text in self.texts if text.startswith(begin)), None)

    def cut(self):
        """End the connection, also for a thread that sends."""
        with contextlib.suppress(OSError):  # the server was first
            self._sock.shutdown(socket.SHUT_RDWR)

    def close(self):
        """Leave without a word."""
        self._sock.close()

    def reset(self):
        """Leave with a reset instead of a FIN."""
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._sock.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _take(self, data):
        for opcode, payload in self._frames.feed(data):
            if opcode == TEXT:
                self.texts.append(payload.decode())
                if payload == b"2":
                    self.say("3")
            elif opcode == PONG:
                self.pongs.append(payload)
            elif opcode == PING:
                self.send(frame(payload, PONG))
            else:
                assert opcode == CLOSE


def netloc(url):
    return urlsplit(url).netloc
