"""Gzip of pieces that are compressed apart."""

import gzip
import random

import pytest

from chartserver.web.packing import gzipped, pack

LONG = random.Random(1).randbytes(200_000)


@pytest.mark.parametrize(
    "contents",
    [
        [],
        [b""],
        [b"", b"a", b""],
        [b"<p>", b"1,2,3," * 9_000, b"</p>"],
        [LONG, b"between", LONG],
    ],
)
def test_what_comes_out_is_all_pieces_in_their_order(contents):
    assert gzip.decompress(gzipped([pack(one) for one in contents])) == b"".join(contents)


def test_a_piece_is_kept_and_serves_again():
    piece = pack(b"ticks " * 1_000)

    pages = [gzipped([pack(b"<p>%d" % i), piece, pack(b"</p>")]) for i in range(3)]

    assert [gzip.decompress(page)[:4] for page in pages] == [b"<p>0", b"<p>1", b"<p>2"]
    assert len({gzip.decompress(page)[4:] for page in pages}) == 1


def test_the_same_is_the_same_bytes_and_about_as_short_as_in_one():
    contents = [b"<h1>chart</h1>" * 50, b'{"t":[1,2,3]}' * 800, b"</html>"]

    def made():
        return gzipped([pack(one) for one in contents])

    assert made() == made()
    assert len(made()) < len(gzip.compress(b"".join(contents), 5)) + 100
