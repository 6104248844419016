"""Bodies of requests: who may send a large one, and how much is held at a time."""

import io

import pytest

from chartserver.entrance.bodies import Bodies
from chartserver.errors import Refused


class Unread(io.BytesIO):
    """A body that must not be read."""

    def read(self, size=-1):
        raise AssertionError("it was read")


def request(body, is_push=True, **more):
    return {
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
        "push": is_push,
    } | more


def make_bodies(check_push=lambda environ: None, held_bytes_max=20):
    return Bodies(4, 10, lambda environ: environ["push"], check_push, held_bytes_max)


def refused(bodies, environ):
    with pytest.raises(Refused) as caught:
        bodies.read(environ)
    return caught.value


def test_only_pushes_may_be_large():
    bodies, push = make_bodies(), request(b"x" * 10)

    bodies.read(push)

    assert push["wsgi.input"].read() == b"x" * 10
    assert refused(bodies, request(b"x" * 5, is_push=False)).status == 413
    assert refused(bodies, request(b"x" * 11)).status == 413


def test_nothing_is_read_of_who_may_not_push():
    def check(environ):
        raise Refused(401, "", "no token")

    bodies = make_bodies(check)
    push = request(b"x" * 10, **{"wsgi.input": Unread()})

    assert refused(bodies, push).status == 401
    bodies.let_go(push)
    assert bodies.held_bytes == 0


def test_so_much_is_held_at_a_time_and_no_more_is_read():
    bodies = make_bodies()
    first, second = request(b"x" * 10), request(b"x" * 10)
    bodies.read(first)
    bodies.read(second)
    third = request(b"x", **{"wsgi.input": Unread()})

    error = refused(bodies, third)

    assert (error.status, error.kind) == (503, "push_bodies")
    assert dict(error.headers)["Retry-After"]
    bodies.let_go(third)
    assert bodies.held_bytes == 20
    bodies.let_go(first)
    bodies.read(request(b"x" * 10))


def test_what_is_held_is_let_go_once():
    bodies, push = make_bodies(), request(b"x" * 10)
    bodies.read(push)

    bodies.let_go(push)
    bodies.let_go(push)

    assert bodies.held_bytes == 0


def test_of_a_body_in_chunks_what_it_may_have_is_held_until_its_size_is_known():
    bodies, asked = make_bodies(held_bytes_max=10), []

    class Stream(io.BytesIO):
        def read(self, size=-1):
            asked.append(bodies.held_bytes)
            return super().read(size)

    push = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input": Stream(b"abc"), "push": True}
    bodies.read(push)

    assert asked == [10]
    assert bodies.held_bytes == 3


def test_a_push_as_large_as_may_be_has_room_where_nothing_else_is():
    bodies, push = make_bodies(held_bytes_max=1), request(b"x" * 10)

    bodies.read(push)

    assert bodies.held_bytes == 10


def test_a_length_that_is_none_is_refused_and_holds_nothing():
    bodies, push = make_bodies(), request(b"", CONTENT_LENGTH="-5")

    assert refused(bodies, push).status == 400
    bodies.let_go(push)
    assert bodies.held_bytes == 0
