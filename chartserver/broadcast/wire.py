"""An event as bytes: Socket.IO, Engine.IO and WebSocket framing, pure.

Source: Socket.IO protocol 5, Engine.IO protocol 4, RFC 6455 section 5.2.
"""

import struct
from typing import Any

from chartserver import frames

SOCKET_IO_EVENT = b"2"
ENGINE_IO_MESSAGE = b"4"
FINAL_TEXT = 0x81
FINAL_CLOSE = 0x88
FINAL_PONG = 0x8A
# A control frame holds 125 bytes, and two are the code.
CLOSE_REASON_BYTES = 123
LENGTH_16_BIT = 126
LENGTH_64_BIT = 127
# At most, of the frames of a server.
FRAME_HEAD_BYTES = 10


def event_message(event: str, content: Any) -> bytes:
    """Return an event of the namespace `/` as an Engine.IO message, `42["event",content]`."""
    body = frames.dump_bytes(content)
    return b"".join((ENGINE_IO_MESSAGE, SOCKET_IO_EVENT, b'["', event.encode(), b'",', body, b"]"))


class Message:
    """An Engine.IO message that many viewers get: its WebSocket frame is built once for all.

    The text is held once: once there is a frame, it is that part of it.
    """

    __slots__ = ("_frame", "_payload")

    def __init__(self, payload: bytes) -> None:
        self._payload: bytes | memoryview = payload
        self._frame: bytes | None = None

    @property
    def payload(self) -> bytes:
        """The message alone."""
        return bytes(self._payload)

    @property
    def held_bytes(self) -> int:
        """How much memory the message takes, or will once it is framed."""
        return len(self._payload) + FRAME_HEAD_BYTES

    @property
    def frame(self) -> bytes:
        """The message as one WebSocket frame."""
        if self._frame is None:
            self._frame = websocket_frame(self.payload)
            self._payload = memoryview(self._frame)[len(self._frame) - len(self._payload) :]
        return self._frame


def websocket_frame(payload: bytes, opcode: int = FINAL_TEXT) -> bytes:
    """Return `payload` as one frame, unmasked as a server sends it; text unless told otherwise."""
    length = len(payload)
    if length < LENGTH_16_BIT:
        header = struct.pack("!BB", opcode, length)
    elif length < 1 << 16:
        header = struct.pack("!BBH", opcode, LENGTH_16_BIT, length)
    else:
        header = struct.pack("!BBQ", opcode, LENGTH_64_BIT, length)
    return header + payload


def close_frame(code: int, reason: str = "") -> bytes:
    """Return a close frame that gives `code`, and as much of `reason` in words as it may hold."""
    words = reason.encode()[:CLOSE_REASON_BYTES].decode(errors="ignore")
    return websocket_frame(struct.pack("!H", code) + words.encode(), FINAL_CLOSE)
