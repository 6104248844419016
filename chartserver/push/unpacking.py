"""The body of a push as it came: unpacked, up to a size, and read as UTF-8."""

import zlib
from http import HTTPStatus

from chartserver.errors import BadPush, Refused
from chartserver.ticks import short

IDENTITY = ("", "identity")
# What `zlib` calls the formats: gzip, and zlib's own, which HTTP calls deflate.
WINDOW_BITS = {"gzip": 31, "x-gzip": 31, "deflate": 15}
CHARSETS = ("utf-8", "utf8", "us-ascii", "ascii")
# One file of gzip may be several, one after the other; each costs, however little is in it.
MEMBERS_MAX = 100
# The kind of a refusal.
TOO_LARGE = "request_too_large"
UNFIT = HTTPStatus.UNSUPPORTED_MEDIA_TYPE


def check_encoding(encoding: str) -> None:
    """Raise Refused for a Content-Encoding that is none of ours."""
    if encoding.strip().lower() not in (*IDENTITY, *WINDOW_BITS):
        wanted = "expected gzip, deflate or none"
        raise Refused(UNFIT, "", f"content encoding is {short(encoding)}; {wanted}")


def unpack(body: bytes, encoding: str, most_bytes: int) -> bytes:
    """Return the body without its Content-Encoding; unpacks no more than may be there.

    Raises:
        Refused: the encoding is none of ours, or what was packed is larger than `most_bytes`.
        BadPush: it is not packed so, or not to its end.
    """
    check_encoding(encoding)
    encoding = encoding.strip().lower()
    if encoding in IDENTITY:
        return body
    parts: list[bytes] = []
    left, packed = most_bytes, body
    while packed and len(parts) < MEMBERS_MAX:
        unpacker = zlib.decompressobj(WINDOW_BITS[encoding])
        try:
            part = unpacker.decompress(packed, left + 1)
        except zlib.error:
            raise _no_pack(encoding) from None
        if len(part) > left:
            raise Refused(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                TOO_LARGE,
                f"the body is too large when unpacked; expected {most_bytes} bytes at most",
            )
        if not unpacker.eof:
            raise _no_pack(encoding)
        parts.append(part)
        left -= len(part)
        packed = unpacker.unused_data
    if packed:
        raise BadPush(f"body has over {MEMBERS_MAX} parts, each packed alone; expected fewer")
    return b"".join(parts)


def check_charset(charset: str) -> None:
    """Raise Refused for a charset that is not UTF-8, or a part of it; "" is UTF-8."""
    if charset and charset.strip().lower() not in CHARSETS:
        raise Refused(UNFIT, "", f"charset is {short(charset)}; expected utf-8")


def decode(body: bytes) -> str:
    """Return the text of a body in UTF-8, without the mark that some begin it with.

    Raises:
        BadPush: it is no UTF-8; says in which line.
    """
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadPush(
            "body is no text in UTF-8; expected it so", line=body.count(b"\n", 0, error.start) + 1
        ) from None


def _no_pack(encoding: str) -> BadPush:
    return BadPush(f"body is no whole {encoding}, though the request says so; expected it packed")
