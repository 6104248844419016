"""Bodies unpacked and read as text."""

import gzip
import tracemalloc
import zlib

import pytest

from chartserver.errors import BadPush, Refused
from chartserver.push.unpacking import MEMBERS_MAX, check_charset, decode, unpack

TEXT = b"cpu usage=1.5\n" * 1_000
# With no time of packing in it: it stands in the names of tests, which must stay the same.
PACKED = gzip.compress(TEXT, mtime=0)


@pytest.mark.parametrize(
    ("packed", "encoding"),
    [
        (TEXT, ""),
        (TEXT, "identity"),
        (PACKED, "gzip"),
        (PACKED, " GZIP "),
        (gzip.compress(TEXT[:14], mtime=0) + gzip.compress(TEXT[14:], mtime=0), "gzip"),
        (zlib.compress(TEXT), "deflate"),
    ],
)
def test_a_body_is_unpacked(packed, encoding):
    assert unpack(packed, encoding, len(TEXT)) == TEXT


def test_a_bomb_is_refused_before_it_is_there():
    bomb = gzip.compress(bytes(100_000_000))
    tracemalloc.start()

    with pytest.raises(Refused, match="too large when unpacked") as caught:
        unpack(bomb, "gzip", 1_000_000)

    assert caught.value.status == 413
    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()


def test_parts_of_a_bomb_count_together():
    with pytest.raises(Refused, match="too large"):
        unpack(gzip.compress(bytes(600)) * 2, "gzip", 1_000)


def test_more_parts_than_anybody_sends_are_refused():
    with pytest.raises(BadPush, match="parts"):
        unpack(gzip.compress(b"") * (MEMBERS_MAX + 1), "gzip", 1_000)


@pytest.mark.parametrize("packed", [b"x", PACKED[:-1], PACKED + b"more"])
def test_what_is_not_packed_to_its_end_is_refused(packed):
    with pytest.raises(BadPush, match="no whole gzip"):
        unpack(packed, "gzip", 1_000_000)


@pytest.mark.parametrize("encoding", ["br", "gzip, gzip", "zstd"])
def test_an_unknown_encoding_is_refused(encoding):
    with pytest.raises(Refused, match="expected gzip") as caught:
        unpack(b"x", encoding, 100)

    assert caught.value.status == 415


def test_utf_8_is_the_only_charset():
    check_charset("")
    check_charset("UTF-8")
    with pytest.raises(Refused, match="'latin-1'; expected utf-8"):
        check_charset("latin-1")


def test_what_is_no_text_is_refused_with_its_line():
    assert decode(b"\xef\xbb\xbfa") == "a"
    with pytest.raises(BadPush) as caught:
        decode(b"a\nb\n\xff")

    assert caught.value.line == 3
