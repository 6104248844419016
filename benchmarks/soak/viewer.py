"""A viewer on a WebSocket, under asyncio: it reads as data comes, stalls and leaves as told."""

import asyncio
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.soak.talk import CLOSE, LEAVE, Talk
from benchmarks.soak.websocket import CLOSE as CLOSE_FRAME
from benchmarks.soak.websocket import PING, PONG, TEXT, Frames, masked, upgrade_request

JOIN_LIMIT_S = 20.0
LEAVE_LIMIT_S = 5.0
HEAD_END = b"\r\n\r\n"
NORMAL = (1000).to_bytes(2, "big")


class Ended(Exception):
    """A session ended, or never began; the text says how."""


@dataclass(frozen=True)
class Address:
    """Where the server listens."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


class Viewer(asyncio.Protocol):
    """Talks over a WebSocket until either side ends it.

    Attributes:
        gone: set when the connection has ended.
        close_code: what the server's close frame said; None when there was none.
        bytes_received: of frames and heads.
    """

    def __init__(self, host: str, talk: Talk, sid: str = "") -> None:
        self.talk = talk
        self.gone = asyncio.Event()
        self.close_code: int | None = None
        self.bytes_received = 0
        self._host = host
        self._sid = sid
        self._head: bytes | None = b""
        self._frames = Frames()
        self._changed = asyncio.Event()
        self._transport: asyncio.Transport | None = None

    @classmethod
    async def connect(
        cls, address: Address, talk: Talk, *, sid: str = "", receive_bytes: int = 0
    ) -> "Viewer":
        """Return a viewer whose handshake was sent; the kernel buffers `receive_bytes` for it."""
        loop = asyncio.get_running_loop()
        sock = socket.socket()
        try:
            sock.setblocking(False)
            if receive_bytes:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
            await loop.sock_connect(sock, (address.host, address.port))
            _, viewer = await loop.create_connection(
                lambda: cls(str(address), talk, sid), sock=sock
            )
        except BaseException:
            sock.close()
            raise
        return viewer

    async def open(self) -> None:
        """Wait for the answer to the handshake; before it nothing may be sent.

        Raises:
            Ended: there is none, or another than wanted.
        """
        await self.until(lambda: self._head is None, "the answer to the handshake")

    async def join(self) -> None:
        """Wait for the first ticks.

        Raises:
            Ended: they do not come.
        """
        await self.until(lambda: self.talk.is_joined, "the first ticks")

    async def until(
        self, is_so: Callable[[], bool], what: str, limit_s: float = JOIN_LIMIT_S
    ) -> None:
        """Wait until `is_so()`, asked anew after all that comes; raise Ended when it never is."""
        try:
            async with asyncio.timeout(limit_s):
                while not is_so():
                    if self.gone.is_set():
                        raise Ended(f"waited for {what}: {self.end}")
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise Ended(f"waited for {what}: nothing in {limit_s:g} s") from None

    @property
    def end(self) -> str:
        """How the connection ended, in words."""
        if self.talk.refusal:
            return f"refused: {self.talk.refusal}"
        if self._head:
            return f"answered {self._head.splitlines()[0].decode(errors='replace')}"
        return f"closed with {self.close_code or 'no close frame'}"

    # Sending.

    def say(self, packet: bytes, opcode: int = TEXT) -> None:
        """Send a packet."""
        self.send(masked(packet, opcode))

    def send(self, data: bytes) -> None:
        """Send bytes as they are."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    # Stalling and leaving.

    def stall(self) -> None:
        """Read no more until `read_on`."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.pause_reading()

    def read_on(self) -> None:
        """Read again what has come."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()

    async def leave(self) -> None:
        """Leave as a page does that is closed; wait for the server's close frame."""
        self.say(LEAVE)
        self.say(CLOSE)
        self.say(NORMAL, CLOSE_FRAME)
        try:
            async with asyncio.timeout(LEAVE_LIMIT_S):
                await self.gone.wait()
        except TimeoutError:
            self.cut()

    def reset(self) -> None:
        """Leave with a reset."""
        if self._transport is not None:
            sock = self._transport.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.cut()

    def cut(self) -> None:
        """Leave without a word."""
        if self._transport is not None:
            self._transport.abort()

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the handshake."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(upgrade_request(self._host, self._sid))

    def data_received(self, data: bytes) -> None:
        """Take what has come."""
        self.bytes_received += len(data)
        if self._head is not None:
            self._head += data
            head, found, data = self._head.partition(HEAD_END)
            if not found or not head.startswith(b"HTTP/1.1 101"):
                return
            self._head = None
        for opcode, payload in self._frames.feed(data):
            self._take(opcode, payload)
        self._changed.set()

    def connection_lost(self, exc: Exception | None) -> None:
        """Note the end."""
        self.gone.set()
        self._changed.set()

    def _take(self, opcode: int, payload: bytes) -> None:
        if opcode == TEXT:
            answer = self.talk.take(payload)
            if answer is not None:
                self.say(answer)
        elif opcode == PING:
            self.say(payload, PONG)
        elif opcode == CLOSE_FRAME:
            self.close_code = int.from_bytes(payload[:2], "big")
            self.say(payload[:2], CLOSE_FRAME)
            if self._transport is not None:
                self._transport.close()
