"""Rows of sockets: one suite for the loop in Python and the loop in C, on real sockets."""

import shutil
import socket
import struct
import sysconfig
from pathlib import Path

import pytest

from chartserver.broadcast import sockets
from chartserver.broadcast.sockets import LOST, NativeSockets, PythonSockets, best_sockets

BUFFER_BYTES = 4096
FRAME = bytes(i % 251 for i in range(1000))
# More than the kernel takes into the smallest buffers.
LARGE_FRAME = bytes(i % 251 for i in range(1 << 21))


def can_compile():
    """Return whether what the C helper is built with is there."""
    has_headers = (Path(sysconfig.get_path("include")) / "Python.h").exists()
    return has_headers and shutil.which("cc") is not None


# Where nothing can be compiled there is but one implementation, and no more is promised.
IMPLEMENTATIONS = [PythonSockets]
if can_compile() or sockets.send_frame is not None:
    IMPLEMENTATIONS.append(NativeSockets)


@pytest.fixture(params=IMPLEMENTATIONS)
def row(request):
    return request.param()


@pytest.fixture
def connect():
    """Make connected TCP sockets, `connect()`: ours, which does not block, and the viewer's."""
    opened = []
    listener = socket.socket()
    opened.append(listener)
    # Set before the connection: they bound the windows.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER_BYTES)
    listener.bind(("127.0.0.1", 0))
    listener.listen()

    def make():
        viewer = socket.socket()
        opened.append(viewer)
        viewer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
        viewer.settimeout(60)
        viewer.connect(listener.getsockname())
        ours, _ = listener.accept()
        opened.append(ours)
        ours.setblocking(False)
        return ours, viewer

    yield make
    for one in opened:
        one.close()


def add(row, ours):
    row.append(ours.send, ours.fileno())


def fill(ours):
    """Write until the socket takes no more; return how much it took."""
    taken = 0
    try:
        while True:
            taken += ours.send(LARGE_FRAME)
    except BlockingIOError:
        return taken


def read(viewer, size):
    data = bytearray()
    while len(data) < size:
        piece = viewer.recv(size - len(data))
        assert piece, f"the end after {len(data)} bytes"
        data += piece
    return bytes(data)


def has_nothing(viewer):
    viewer.setblocking(False)
    try:
        viewer.recv(1)
    except BlockingIOError:
        return True
    return False


def test_the_helper_is_built_where_it_can_be():
    assert sockets.send_frame is not None or not can_compile(), (
        "chartserver._cohort is not built; script/test builds it"
    )


def test_the_loop_in_c_is_taken_where_it_was_built():
    assert best_sockets() is IMPLEMENTATIONS[-1]


def test_the_loop_in_python_is_taken_where_no_helper_was_built(monkeypatch):
    monkeypatch.setattr(sockets, "send_frame", None)

    assert best_sockets() is PythonSockets


def test_an_empty_row_takes_every_frame(row):
    assert list(row.write(FRAME)) == []


def test_who_has_room_takes_the_frame_whole(row, connect):
    pairs = [connect() for _ in range(3)]
    for ours, _ in pairs:
        add(row, ours)

    assert list(row.write(FRAME)) == []

    assert [read(viewer, len(FRAME)) for _, viewer in pairs] == [FRAME] * 3
    assert all(has_nothing(viewer) for _, viewer in pairs)


def test_what_is_taken_of_a_frame_is_told_and_no_more_arrives(row, connect):
    ours, viewer = connect()
    add(row, ours)

    ((index, taken),) = row.write(LARGE_FRAME)

    assert index == 0
    assert 0 < taken < len(LARGE_FRAME)
    assert read(viewer, taken) == LARGE_FRAME[:taken]
    assert has_nothing(viewer)


def test_who_has_no_room_takes_nothing(row, connect):
    ours, viewer = connect()
    add(row, ours)
    filled = fill(ours)

    assert list(row.write(FRAME)) == [(0, 0)]

    read(viewer, filled)
    assert has_nothing(viewer)


def test_a_socket_in_blocking_mode_does_not_hold_up_the_loop_in_c(connect):
    for make_row in IMPLEMENTATIONS[1:]:
        ours, _ = connect()
        row = make_row()
        fill(ours)
        ours.setblocking(True)
        add(row, ours)

        assert list(row.write(FRAME)) == [(0, 0)]


def test_a_connection_that_was_reset_is_lost(row, connect):
    ours, viewer = connect()
    add(row, ours)
    viewer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    viewer.close()

    assert list(row.write(FRAME)) == [(0, LOST)]  # ECONNRESET
    assert list(row.write(FRAME)) == [(0, LOST)]  # EPIPE, and no signal


def test_a_socket_that_was_shut_is_lost(row, connect):
    ours, _ = connect()
    add(row, ours)
    ours.shutdown(socket.SHUT_RDWR)

    assert list(row.write(FRAME)) == [(0, LOST)]


def test_a_socket_that_was_closed_is_lost(row, connect):
    ours, _ = connect()
    add(row, ours)
    ours.close()

    assert list(row.write(FRAME)) == [(0, LOST)]  # EBADF


def test_those_that_are_full_or_lost_are_told_in_order_and_the_others_get_all(row, connect):
    pairs = [connect() for _ in range(6)]
    for ours, _ in pairs:
        add(row, ours)
    pairs[1][0].shutdown(socket.SHUT_RDWR)
    fill(pairs[4][0])
    fill(pairs[2][0])

    assert list(row.write(FRAME)) == [(1, LOST), (2, 0), (4, 0)]

    for index in (0, 3, 5):
        assert read(pairs[index][1], len(FRAME)) == FRAME


@pytest.mark.parametrize(
    ("removed", "left"), [([0], [2, 1]), ([1], [0, 2]), ([2], [0, 1]), ([0, 0, 0], [])]
)
def test_the_last_takes_the_place_of_one_that_is_removed(row, connect, removed, left):
    pairs = [connect() for _ in range(3)]
    for ours, _ in pairs:
        add(row, ours)

    for index in removed:
        row.remove(index)

    # The places are seen by losing one socket after the other.
    for place, number in enumerate(left):
        pairs[number][0].shutdown(socket.SHUT_RDWR)
        assert (place, LOST) in list(row.write(FRAME))
    assert list(row.write(FRAME)) == [(place, LOST) for place in range(len(left))]
    for number in set(range(3)) - set(left):
        assert has_nothing(pairs[number][1])


def test_who_comes_after_one_was_removed_stands_at_the_end(row, connect):
    pairs = [connect() for _ in range(3)]
    for ours, _ in pairs[:2]:
        add(row, ours)

    row.remove(0)
    add(row, pairs[2][0])
    pairs[2][0].shutdown(socket.SHUT_RDWR)

    assert list(row.write(FRAME)) == [(1, LOST)]
    assert has_nothing(pairs[0][1])
    assert read(pairs[1][1], len(FRAME)) == FRAME


def test_1000_places_take_frame_after_frame_until_they_are_lost(row, connect):
    ours, viewer = connect()
    # All of one connection: a thousand would be more than some systems let a process open.
    for _ in range(1000):
        add(row, ours)

    for number in range(3):
        frame = b"%d" % number
        assert list(row.write(frame)) == []
        assert read(viewer, 1000) == frame * 1000

    ours.close()
    assert list(row.write(b"x")) == [(index, LOST) for index in range(1000)]


def test_the_loop_in_c_refuses_what_is_no_row_of_descriptors():
    for write in filter(None, [sockets.send_frame]):
        with pytest.raises(TypeError):
            write([1, 2], FRAME)
        with pytest.raises(TypeError):
            write(b"", "text")
