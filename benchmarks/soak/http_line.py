"""One HTTP connection under asyncio: a request after the other, kept alive in between."""

import asyncio
from typing import NamedTuple

from benchmarks.soak.viewer import Address

# A poll may take as long as the server's ping interval.
LIMIT_S = 45.0


class Answer(NamedTuple):
    """What a request was answered with."""

    status: int
    body: bytes


class HttpLine:
    """A connection that is opened when it is first needed, and anew when the server has closed."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def request(
        self, method: str, path: str, body: bytes = b"", *, limit_s: float = LIMIT_S
    ) -> Answer:
        """Send a request and return its answer.

        Raises:
            OSError: there is no connection, or it ended within the answer; TimeoutError included.
        """
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: {self._address}\r\n"
            f"Content-Type: text/plain;charset=UTF-8\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        async with asyncio.timeout(limit_s):
            # The server may have closed a connection that was kept: then once more, on a new one.
            for is_kept in (True, False) if self._streams else (False,):
                try:
                    return await self._exchange(head.encode() + body)
                except (ConnectionError, asyncio.IncompleteReadError) as error:
                    if not is_kept:
                        raise ConnectionError(f"{method} {path}: no whole answer") from error
        raise AssertionError("unreachable")

    def close(self) -> None:
        """Close without a word."""
        if self._streams is not None:
            self._streams[1].transport.abort()
            self._streams = None

    async def _exchange(self, request: bytes) -> Answer:
        if self._streams is None:
            self._streams = await asyncio.open_connection(self._address.host, self._address.port)
        reader, writer = self._streams
        try:
            writer.write(request)
            await writer.drain()
            lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower().split("\r\n")
            headers = dict(line.split(": ", 1) for line in lines[1:] if ": " in line)
            answer = Answer(int(lines[0].split()[1]), await _body(reader, headers))
        except BaseException:
            self.close()  # what is left of this answer is not that of the next request
            raise
        if headers.get("connection") == "close":
            self.close()
        return answer


async def fetch(address: Address, path: str, *, limit_s: float = LIMIT_S) -> Answer:
    """Return the answer to a GET over a connection of its own."""
    line = HttpLine(address)
    try:
        return await line.request("GET", path, limit_s=limit_s)
    finally:
        line.close()


async def _body(reader: asyncio.StreamReader, headers: dict[str, str]) -> bytes:
    if headers.get("transfer-encoding") != "chunked":
        if "content-length" not in headers:
            return await reader.read() if headers.get("connection") == "close" else b""
        return await reader.readexactly(int(headers["content-length"]))
    parts = []
    while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
        parts.append((await reader.readexactly(size + 2))[:-2])
    await reader.readuntil(b"\r\n")
    return b"".join(parts)
