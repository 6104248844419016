"""The body of a request: read whole, up to a size, before anybody works on it.

Knows WSGI and no server: where a server decodes chunks itself, that is what is read.
"""

import io
import re
from typing import Any, Protocol

from chartserver.errors import Refused

MALFORMED = "malformed_request"
TOO_LARGE = "request_too_large"
SLOW = "slow_request"

_LENGTH = re.compile(r"[0-9]{1,15}")
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,12})(?:[ \t]*;[\t -~\x80-\xff]*)?\r\n")
_CHUNK_LINE_BYTES_MAX = 256
_TRAILER_BYTES_MAX = 4_096


class Readable(Protocol):
    """A file that is read from."""

    def read(self, size: int = -1, /) -> bytes:
        """Return so many bytes; fewer only at the end."""

    def readline(self, size: int = -1, /) -> bytes:
        """Return a line, or so many bytes of it."""


class Chunks:
    """A body that comes in chunks, without them; what is not to the letter is Refused.

    Attributes:
        is_whole: it has been read to its end.

    Source: RFC 9112, section 7.1.
    """

    def __init__(self, file: Readable) -> None:
        self.is_whole = False
        self._file = file
        self._left = 0

    def read(self, size: int = -1) -> bytes:
        """Return so many bytes, fewer only at the end; all that is left when `size` is negative."""
        parts = []
        while size and not self.is_whole:
            if not self._left:
                self._begin_chunk()
                continue
            n = self._left if size < 0 else min(size, self._left)
            part = self._file.read(n)
            if len(part) < n:
                raise _cut_short()
            parts.append(part)
            self._left -= n
            size -= min(n, size) if size > 0 else 0
            if not self._left and self._file.read(2) != b"\r\n":
                raise _malformed("the end of a chunk is missing")
        return b"".join(parts)

    def _begin_chunk(self) -> None:
        line = self._file.readline(_CHUNK_LINE_BYTES_MAX)
        found = _CHUNK.fullmatch(line)
        if not found:
            raise _malformed("the size of a chunk is malformed") if line else _cut_short()
        self._left = int(found[1], 16)
        if not self._left:
            self._end()

    def _end(self) -> None:
        """Read what may stand behind the last chunk; nothing of it is used."""
        n_bytes = 0
        while (line := self._file.readline(_TRAILER_BYTES_MAX)) != b"\r\n":
            n_bytes += len(line)
            if not line.endswith(b"\r\n") or n_bytes > _TRAILER_BYTES_MAX:
                raise _malformed("what follows the last chunk is malformed or too long")
        self.is_whole = True


def announced(environ: dict[str, Any], most_bytes: int) -> int:
    """Return how many bytes the body may turn out to have, as far as `most_bytes`."""
    if environ.get("HTTP_TRANSFER_ENCODING"):
        return most_bytes
    length = environ.get("CONTENT_LENGTH") or ""
    return min(int(length), most_bytes) if _LENGTH.fullmatch(length) else 0


def read_whole(environ: dict[str, Any], most_bytes: int) -> None:
    """Have the body of a request in memory: `wsgi.input` and CONTENT_LENGTH are of it.

    Raises:
        Refused: it is larger than `most_bytes`, is malformed, ended early, or came too slowly.
    """
    length = environ.get("CONTENT_LENGTH") or ""
    is_chunked = bool(environ.get("HTTP_TRANSFER_ENCODING"))
    if length and not _LENGTH.fullmatch(length):
        raise _malformed("Content-Length is no whole number")
    n_bytes = int(length or 0)
    if n_bytes > most_bytes:
        raise _too_large(most_bytes)
    if not n_bytes and not is_chunked:
        return
    file = environ["wsgi.input"]
    try:
        body = file.read(most_bytes + 1) if is_chunked else file.read(n_bytes)
    except TimeoutError:
        raise Refused(408, SLOW, "the body came too slowly; expected it faster") from None
    except (OSError, ValueError):
        raise _cut_short() from None
    if len(body) > most_bytes:
        raise _too_large(most_bytes)
    if len(body) < n_bytes:
        raise _cut_short()
    environ.pop("HTTP_TRANSFER_ENCODING", None)
    environ["CONTENT_LENGTH"] = str(len(body))
    environ["wsgi.input"] = io.BytesIO(body)


def _cut_short() -> Refused:
    return _malformed("the body ended early")


def _malformed(text: str) -> Refused:
    return Refused(400, MALFORMED, f"{text}; expected a body as RFC 9112 has it")


def _too_large(most_bytes: int) -> Refused:
    return Refused(413, TOO_LARGE, f"the body is too large; expected {most_bytes} bytes at most")
