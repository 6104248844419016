"""The head of a request: taken when there is one way to read it, refused otherwise."""

import io

import pytest

from chartserver.entrance import http_head
from chartserver.errors import Refused


def read(text):
    file = io.BytesIO(text.encode("latin-1"))
    return http_head.read(file.readline(http_head.LINE_BYTES_MAX + 1), file.readline)


def refusal(text):
    with pytest.raises(Refused) as caught:
        read(text)
    assert "\n" not in str(caught.value)
    return caught.value


def request(*fields, line="POST /x HTTP/1.1", host="Host: a"):
    return "".join(f"{one}\r\n" for one in (line, *([host] if host else []), *fields)) + "\r\n"


def test_a_head_is_returned_as_it_came():
    assert read("GET /a?b=%20c HTTP/1.1\r\nHost: x:8000\r\nX-Y:  z  w \r\nEmpty:\r\n\r\nbody") == (
        b"GET /a?b=%20c HTTP/1.1\r\n",
        b"Host: x:8000\r\nX-Y: z  w\r\nEmpty: \r\n\r\n",
    )


@pytest.mark.parametrize(
    ("target", "path", "host"),
    [
        ("http://b/x?y=http://c/", "/x?y=http://c/", "b"),
        ("HTTPS://b:8443/x", "/x", "b:8443"),
        ("http://b", "/", "b"),
        ("http://b?q", "/?q", "b"),
        ("/http://b/x", "/http://b/x", "a"),
    ],
)
def test_a_target_may_name_the_host_which_then_counts(target, path, host):
    line, fields = read(request(line=f"GET {target} HTTP/1.1"))

    assert line == f"GET {path} HTTP/1.1\r\n".encode()
    assert fields == f"Host: {host}\r\n\r\n".encode()


@pytest.mark.parametrize("name", ["X_Forwarded_For", "X-Forwarded_For", "x_forwarded-proto", "_"])
def test_a_header_that_would_be_taken_for_another_is_left_out(name):
    _, fields = read(request(f"{name}: 1.2.3.4", "X-Forwarded-For: 5.6.7.8"))

    assert fields == b"Host: a\r\nX-Forwarded-For: 5.6.7.8\r\n\r\n"


def test_http_1_0_need_not_name_a_host():
    assert read("GET / HTTP/1.0\r\n\r\n") == (b"GET / HTTP/1.0\r\n", b"\r\n")


@pytest.mark.parametrize(
    "line",
    [
        "",
        "GET",
        "GET /",
        "GET / HTTP/1.1 x",
        "GET  / HTTP/1.1",
        " GET / HTTP/1.1",
        "GET /a b HTTP/1.1",
        "GET\t/ HTTP/1.1",
        "GET / http/1.1",
        "GET / HTTP/1.10",
        "GET / HTTP/+1.1",
        "G@T / HTTP/1.1",
        "GET /\x00 HTTP/1.1",
        "GET /\xe9 HTTP/1.1",
        "GET /\r HTTP/1.1",
        "GET * HTTP/1.1",
        "OPTIONS * HTTP/1.1",
        "GET x HTTP/1.1",
        "GET ../x HTTP/1.1",
        "GET /#x HTTP/1.1",
        "GET ftp://a/ HTTP/1.1",
        "GET http:///x HTTP/1.1",
        "GET http://u:p@a/x HTTP/1.1",
        "GET http://a\\b/x HTTP/1.1",
        "CONNECT a:443 HTTP/1.1",
        "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
)
def test_a_malformed_request_line_is_refused(line):
    assert refusal(request(line=line)).status == 400


@pytest.mark.parametrize("version", ["HTTP/2.0", "HTTP/0.9", "HTTP/1.2", "HTTP/3.0"])
def test_another_version_is_refused(version):
    assert refusal(f"PRI / {version}\r\n\r\n").status == 505


@pytest.mark.parametrize(
    "field",
    [
        "X",
        ": x",
        "X : y",
        " X: y",
        "\tfolded",
        "X\x00: y",
        "X: \x00",
        "X: a\x0bb",
        "X: a\rb",
        "X: a\x7f",
        "X\xe9: y",
        "X(y): z",
        "GET / HTTP/1.1",
    ],
)
def test_a_malformed_header_is_refused(field):
    assert refusal(request("Good: yes", field, "Good: yes")).status == 400


@pytest.mark.parametrize(
    "text",
    [
        "GET / HTTP/1.1\nHost: a\n\n",
        "GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\n\n",
        "GET / HTTP/1.1\r\nHost: a\r\n",
        "GET / HTTP/1.1\r\nHost: a",
        "GET / HTTP/1.1\r\n",
        "GET / HTTP/1.1",
    ],
)
def test_lines_that_do_not_end_as_they_must_are_refused(text):
    assert refusal(text).status == 400


@pytest.mark.parametrize(
    "fields",
    [
        ["Content-Length: 1", "Content-Length: 1"],
        ["Content-Length: 1", "content-length: 2"],
        ["Content-Length: 1, 1"],
        ["Content-Length: +1"],
        ["Content-Length: -1"],
        ["Content-Length: 0x1"],
        ["Content-Length: 1_0"],
        ["Content-Length: 1  1"],
        ["Content-Length:"],
        ["Content-Length: \xb2"],
        ["Content-Length: 5", "Transfer-Encoding: chunked"],
        ["Transfer-Encoding: chunked", "Content-Length: 5"],
        ["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"],
    ],
)
def test_a_body_whose_end_can_be_told_in_two_ways_is_refused(fields):
    refused = refusal(request(*fields))

    assert (refused.status, refused.kind) == (400, "malformed_request")


@pytest.mark.parametrize("coding", ["gzip", "gzip, chunked", "chunked, gzip", "xchunked", ""])
def test_another_coding_than_chunks_is_not_known(coding):
    assert refusal(request(f"Transfer-Encoding: {coding}")).status == 501


def test_chunks_are_of_http_1_1():
    text = request("Transfer-Encoding: chunked", line="POST / HTTP/1.0")

    assert refusal(text).status == 400


@pytest.mark.parametrize("field", ["Content-Length: 12", "Transfer-Encoding: Chunked"])
def test_one_way_to_tell_where_a_body_ends_is_fine(field):
    assert read(request(field))[1] == f"Host: a\r\n{field}\r\n\r\n".encode()


@pytest.mark.parametrize(
    "host", ["", "Host: a\r\nHost: a", "Host: a b", "Host: a/b", "Host:", "Host: u@a", "Host: a,b"]
)
def test_a_request_names_one_host(host):
    assert refusal(request(host=host)).status == 400


def test_nothing_but_100_continue_may_be_expected():
    assert refusal(request("Expect: tea")).status == 417
    assert read(request("Expect: 100-Continue"))


def test_a_line_that_is_too_long_is_refused_without_reading_to_its_end():
    file = io.BytesIO(b"GET /" + b"a" * 1_000_000 + b" HTTP/1.1\r\n\r\n")

    with pytest.raises(Refused) as caught:
        http_head.read(file.readline(http_head.LINE_BYTES_MAX + 1), file.readline)

    assert caught.value.status == 414
    assert file.tell() == http_head.LINE_BYTES_MAX + 1


@pytest.mark.parametrize(
    "fields",
    [
        [f"X: {'a' * 8_000}"],
        [f"{'X' * 8_000}: a"],
        ["X: a"] * 101,
        [f"X: {'a' * 4_000}"] * 9,
    ],
)
def test_headers_that_are_too_large_are_refused(fields):
    refused = refusal(request(*fields))

    assert (refused.status, refused.kind) == (431, "request_too_large")


def test_a_long_header_is_read_in_linear_time():
    assert refusal(request("X: " + " " * 7_900 + "\x00")).status == 400


def test_what_came_in_cannot_make_lines_of_an_error():
    text = str(refusal(request("X: a\rchartserver: 00:00:00 ERROR: forged")))

    assert "\r" not in text
    assert "\\r" in text
