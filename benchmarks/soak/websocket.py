"""WebSocket as bytes, the client's side: the handshake, frames to send, frames that have come."""

import base64
import os
from collections.abc import Iterator

TEXT, CLOSE, PING, PONG = 0x1, 0x8, 0x9, 0xA
FINAL, MASKED = 0x80, 0x80


def upgrade_request(host: str, sid: str = "") -> bytes:
    """Return the request for a WebSocket of Engine.IO, of the session `sid` if there is one."""
    query = f"&sid={sid}" if sid else ""
    key = base64.b64encode(os.urandom(16)).decode()
    return (
        f"GET /socket.io/?EIO=4&transport=websocket{query} HTTP/1.1\r\nHost: {host}\r\n"
        "Upgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n"
    ).encode()


def masked(payload: bytes, opcode: int = TEXT) -> bytes:
    """Return `payload` as a client's frame."""
    mask, n = os.urandom(4), len(payload)
    body = bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))
    if n < 126:
        size = bytes([MASKED | n])
    elif n < 1 << 16:
        size = bytes([MASKED | 126]) + n.to_bytes(2, "big")
    else:
        size = bytes([MASKED | 127]) + n.to_bytes(8, "big")
    return bytes([FINAL | opcode]) + size + mask + body


class Frames:
    """Cuts a server's bytes into frames: unmasked, and never in fragments."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """Yield the (opcode, payload) of each frame that `data` completes."""
        data = self._rest + data if self._rest else data
        at = 0
        while True:
            end, start = _bounds(data, at)
            if end == 0 or end > len(data):
                break
            yield data[at] & 0xF, data[start:end]
            at = end
        self._rest = data[at:]


def _bounds(data: bytes, at: int) -> tuple[int, int]:
    """Return where the frame at `at` ends and its payload begins; 0 when that is not known yet."""
    if len(data) < at + 2:
        return 0, 0
    size, start = data[at + 1] & 0x7F, at + 2
    wide = {126: 2, 127: 8}.get(size, 0)
    if wide:
        if len(data) < start + wide:
            return 0, 0
        size, start = int.from_bytes(data[start : start + wide], "big"), start + wide
    return start + size, start
