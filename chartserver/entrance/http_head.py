"""The head of a request, held to the grammar: what can be read in two ways is read in none.

A proxy before us and the library behind us must see the same requests in the same bytes: one that
begins or ends elsewhere for the other is how requests are smuggled past the proxy's rules.

Source: RFC 9110 and RFC 9112.
"""

import re
from collections.abc import Callable, Sequence

from chartserver.errors import Refused
from chartserver.ticks import short

LINE_BYTES_MAX = 8_000
FIELDS_BYTES_MAX = 32_768
FIELDS_MAX = 100

MALFORMED = "malformed_request"
TOO_LARGE = "request_too_large"

_TOKEN = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_LINE = re.compile(rb"(%s) ([!-~]+) HTTP/([0-9])\.([0-9])\r\n" % _TOKEN)
_FIELD = re.compile(rb"(%s):[ \t]*((?:[!-~\x80-\xff][ \t]*)*)\r\n" % _TOKEN)
_AUTHORITY = re.compile(rb"(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")
_ABSOLUTE = re.compile(rb"https?://([^/?]+)(.*)", re.IGNORECASE)

Field = tuple[bytes, bytes]


def read(line: bytes, readline: Callable[[int], bytes]) -> tuple[bytes, bytes]:
    """Return the line and the fields of a request, the latter with the blank line that ends them.

    Args:
        line: the first of the request.
        readline: reads another, of at most so many bytes.

    A target that names the host becomes a path, and `Host` what it names. Headers whose names have
    an underscore are left out, as nginx does.

    Raises:
        Refused: the head is malformed, or larger than may be.
    """
    method, target, minor = _request_line(line)
    fields = _read_fields(readline)
    authority, target = _split(target)
    if authority:
        fields = [(b"Host", authority), *(one for one in fields if one[0].lower() != b"host")]
    _check_host(fields, minor)
    _check_body(fields, minor)
    block = b"".join(name + b": " + value + b"\r\n" for name, value in fields)
    return b"%s %s HTTP/1.%d\r\n" % (method, target, minor), block + b"\r\n"


def _request_line(line: bytes) -> tuple[bytes, bytes, int]:
    if len(line) > LINE_BYTES_MAX:
        raise Refused(
            414, TOO_LARGE, f"the request line is too long; expected {LINE_BYTES_MAX} bytes at most"
        )
    found = _LINE.fullmatch(line)
    if not found:
        raise Refused(
            400,
            MALFORMED,
            f"the request line is {_shown(line)}; expected one such as 'GET / HTTP/1.1'",
        )
    method, target, major, minor = found.groups()
    if major != b"1" or minor not in b"01":
        raise Refused(505, MALFORMED, f"the request is of {_shown(line)}; expected HTTP/1.1")
    return method, target, int(minor)


def _read_fields(readline: Callable[[int], bytes]) -> list[Field]:
    fields: list[Field] = []
    n_bytes = 0
    while (line := readline(LINE_BYTES_MAX + 1)) != b"\r\n":
        n_bytes += len(line)
        if len(line) > LINE_BYTES_MAX or n_bytes > FIELDS_BYTES_MAX or len(fields) >= FIELDS_MAX:
            raise Refused(
                431,
                TOO_LARGE,
                f"the headers are too large; expected {FIELDS_MAX} headers at most, of"
                f" {LINE_BYTES_MAX} bytes each and of {FIELDS_BYTES_MAX} bytes together",
            )
        found = _FIELD.fullmatch(line)
        if not found:
            raise Refused(
                400,
                MALFORMED,
                f"a header is {_shown(line)}; expected one line such as 'Host: example.org'",
            )
        # In a WSGI environment `_` and `-` are the same: `X_Forwarded_For` would pass a proxy that
        # sets the other, and be believed.
        if b"_" not in found[1]:
            fields.append((found[1], found[2].rstrip(b" \t")))
    return fields


def _split(target: bytes) -> tuple[bytes, bytes]:
    """Return the host that a target names, if it does, and its path with the query."""
    absolute = _ABSOLUTE.fullmatch(target)
    authority, path = absolute.groups() if absolute else (b"", target)
    if absolute and not path.startswith(b"/"):
        path = b"/" + path
    if not path.startswith(b"/") or b"#" in path:
        raise Refused(
            400, MALFORMED, f"the target is {_shown(target)}; expected a path, such as /api/charts"
        )
    return authority, path


def _check_host(fields: Sequence[Field], minor: int) -> None:
    hosts = _values(fields, b"host")
    if len(hosts) > 1 or (minor and not hosts) or not all(map(_AUTHORITY.fullmatch, hosts)):
        raise Refused(
            400, MALFORMED, f"Host is {_listed(hosts)}; expected one, such as example.org"
        )


def _check_body(fields: Sequence[Field], minor: int) -> None:
    """Check that there is one way to tell where the body ends."""
    lengths = _values(fields, b"content-length")
    codings = _values(fields, b"transfer-encoding")
    if len(lengths) + len(codings) > 1 or not all(map(bytes.isdigit, lengths)):
        raise Refused(
            400,
            MALFORMED,
            f"Content-Length is {_listed(lengths)} and Transfer-Encoding {_listed(codings)};"
            " expected one of both, and a whole number",
        )
    if codings and (codings[0].lower() != b"chunked" or not minor):
        status = 400 if codings[0].lower() == b"chunked" else 501
        raise Refused(
            status,
            MALFORMED,
            f"Transfer-Encoding is {_listed(codings)}; expected chunked, with HTTP/1.1",
        )
    expected = _values(fields, b"expect")
    if minor and any(one.lower() != b"100-continue" for one in expected):
        raise Refused(417, MALFORMED, f"Expect is {_listed(expected)}; expected 100-continue")


def _values(fields: Sequence[Field], wanted: bytes) -> list[bytes]:
    return [value for name, value in fields if name.lower() == wanted]


def _listed(values: Sequence[bytes]) -> str:
    return ", ".join(map(_shown, values)) or "not given"


def _shown(raw: bytes) -> str:
    """Return what came in as it may stand in an answer and in the log."""
    return short(raw[:200].decode("latin-1").rstrip("\r\n"))
