"""The body of a request: read whole and up to a size, or refused."""

import io

import pytest

from chartserver.entrance.http_body import Chunks, read_whole
from chartserver.errors import Refused

CHUNKED = (
    b"4\r\nwiki\r\n5;name=value\r\npedia\r\nE\r\n in\r\n\r\nchunks.\r\n0\r\nTrailer: x\r\n\r\n"
)
TEXT = b"wikipedia in\r\n\r\nchunks."


def environ(body, **more):
    return {"wsgi.input": io.BytesIO(body), **more}


def refused(given, most_bytes=100):
    with pytest.raises(Refused) as caught:
        read_whole(given, most_bytes)
    return caught.value.status


def test_chunks_are_put_together():
    file = io.BytesIO(CHUNKED + b"GET / HTTP/1.1")
    chunks = Chunks(file)

    assert chunks.read() == TEXT
    assert chunks.is_whole
    assert file.read() == b"GET / HTTP/1.1"
    assert chunks.read() == b""


@pytest.mark.parametrize("size", [1, 3, 5, 22])
def test_chunks_are_read_in_any_pieces(size):
    chunks = Chunks(io.BytesIO(CHUNKED))

    pieces = list(iter(lambda: chunks.read(size), b""))

    assert b"".join(pieces) == TEXT
    assert {len(piece) for piece in pieces[:-1]} <= {size}
    assert chunks.is_whole


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"4",
        b"4\r\nwik",
        b"4\r\nwiki",
        b"4\r\nwiki\r\n",
        b"4\r\nwiki\r\n0\r\n",
        b"4\r\nwikiXX0\r\n\r\n",
        b"4\nwiki\n0\n\n",
        b"+4\r\nwiki\r\n0\r\n\r\n",
        b"-4\r\nwiki\r\n0\r\n\r\n",
        b"0x4\r\nwiki\r\n0\r\n\r\n",
        b"4_0\r\nwiki\r\n0\r\n\r\n",
        b" 4\r\nwiki\r\n0\r\n\r\n",
        b"4 \r\nwiki\r\n0\r\n\r\n",
        b"g\r\nwiki\r\n0\r\n\r\n",
        b"\r\nwiki\r\n0\r\n\r\n",
        b"4;\x00\r\nwiki\r\n0\r\n\r\n",
        b"f" * 13 + b"\r\nwiki\r\n0\r\n\r\n",
        b"4;" + b"x" * 300 + b"\r\nwiki\r\n0\r\n\r\n",
        b"0\r\n" + b"T: x\r\n" * 2_000 + b"\r\n",
        b"0\r\nT: x\n\r\n",
    ],
)
def test_chunks_that_are_not_to_the_letter_are_refused(body):
    with pytest.raises(Refused) as caught:
        Chunks(io.BytesIO(body)).read()

    assert caught.value.status == 400


def test_a_body_is_read_whole_before_it_is_worked_on():
    given = environ(b"hello, and more", CONTENT_LENGTH="5")

    read_whole(given, 5)

    assert given["wsgi.input"].read() == b"hello"


def test_a_body_in_chunks_becomes_one_with_a_length():
    given = environ(b"", HTTP_TRANSFER_ENCODING="chunked")
    given["wsgi.input"] = Chunks(io.BytesIO(CHUNKED))

    read_whole(given, len(TEXT))

    assert given["wsgi.input"].read() == TEXT
    assert given["CONTENT_LENGTH"] == str(len(TEXT))
    assert "HTTP_TRANSFER_ENCODING" not in given


@pytest.mark.parametrize("length", [{}, {"CONTENT_LENGTH": ""}, {"CONTENT_LENGTH": "0"}])
def test_a_request_without_a_body_is_left_as_it_is(length):
    given = environ(b"GET / HTTP/1.1", **length)
    before = dict(given)

    read_whole(given, 5)

    assert given == before


def test_a_body_that_is_too_large_is_not_read():
    given = environ(b"hello!", CONTENT_LENGTH="6")

    assert refused(given, 5) == 413
    assert given["wsgi.input"].tell() == 0


def test_chunks_that_are_too_large_are_read_no_further_than_to_know():
    file = io.BytesIO(b"".join(b"a\r\n0123456789\r\n" for _ in range(1_000)) + b"0\r\n\r\n")
    given = {"wsgi.input": Chunks(file), "HTTP_TRANSFER_ENCODING": "chunked"}

    assert refused(given, 25) == 413
    assert file.tell() < 100


@pytest.mark.parametrize("length", ["-1", "+1", "x", "1.5", "1,1", "\xb2", "9" * 20])
def test_a_length_that_is_no_number_is_refused(length):
    assert refused(environ(b"hello", CONTENT_LENGTH=length)) == 400


def test_a_body_that_ends_early_is_refused():
    assert refused(environ(b"hell", CONTENT_LENGTH="5")) == 400


@pytest.mark.parametrize(
    ("error", "status"), [(TimeoutError(), 408), (ConnectionResetError(), 400), (OSError(), 400)]
)
def test_a_body_that_stops_coming_is_refused(error, status):
    class Broken(io.BytesIO):
        def read(self, size=-1):
            raise error

    assert refused({"wsgi.input": Broken(), "CONTENT_LENGTH": "5"}) == status
