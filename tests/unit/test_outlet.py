"""The outgoing side of one viewer, on a socket that takes what it likes."""

from outlet_fakes import (
    PONG_FRAME,
    FakePacket,
    FakeSeat,
    FakeSocket,
    attached,
    encoded,
    outlet_of,
    texts,
)
from strict_parser import CLOSE, PONG, TEXT, Frames

from chartserver.broadcast import wire
from chartserver.broadcast.outlet import GOING_AWAY, PACKETS_MAX


def test_packets_and_messages_go_out_at_once_and_in_order():
    outlet, socket = attached()

    outlet.put(FakePacket("0{}"))
    outlet.put(wire.Message(b"4first"))
    outlet.put(b"4second")

    assert texts(socket) == ["0{}", "4first", "4second"]
    assert outlet.empty()
    assert not outlet.is_busy


def test_what_does_not_go_out_waits_and_a_flusher_is_asked_for_once():
    outlet, socket = attached(room=3)

    outlet.put(b"4a message")
    outlet.put(b"4another")

    assert outlet.is_busy
    assert outlet.qsize() == 2
    assert socket.flushers == 1


def test_an_unfinished_frame_is_finished_before_anything_else():
    outlet, socket = attached(room=3)
    outlet.put(b"4a message")
    outlet.put_frame(PONG_FRAME)
    outlet.put(b"4another")

    socket.room = 1 << 20
    assert outlet.drain()

    frames = Frames().feed(bytes(socket.taken))
    assert frames == [(TEXT, b"4a message"), (PONG, b"life"), (TEXT, b"4another")]


def test_a_socket_that_takes_nothing_keeps_the_frame_whole():
    outlet, socket = attached(room=0)
    outlet.put(b"4a message")

    assert not outlet.drain()
    socket.room = 1 << 20
    assert outlet.drain()

    assert texts(socket) == ["4a message"]


def test_of_notices_only_the_newest_of_each_kind_and_chart_goes_out():
    outlet, socket = attached(room=1)
    outlet.put(b"4a message")
    for number in range(5):
        outlet.notice("viewers", "fx", wire.Message(f"4fx {number}".encode()))
        outlet.notice("viewers", "lab", wire.Message(f"4lab {number}".encode()))

    socket.room = 1 << 20
    outlet.drain()

    assert texts(socket) == ["4a message", "4fx 4", "4lab 4"]


def test_what_a_busy_viewer_lacks_follows_its_packets_and_notices():
    outlet, socket = attached(room=1)
    seat = outlet.seats["fx"] = FakeSeat("fx")
    outlet.put(b"4a message")
    seat.end = 7
    outlet.notice("status", "fx", wire.Message(b"4status"))

    socket.room = 1 << 20
    outlet.drain()

    assert texts(socket) == ["4a message", "4status", "4fx:0-3", "4fx:3-6", "4fx:6-7"]


def test_who_gets_busy_leaves_the_broadcasts_of_all_charts():
    outlet, _ = attached(room=1)
    outlet.seats = {"fx": FakeSeat("fx"), "lab": FakeSeat("lab")}

    outlet.put(b"4a message")

    assert outlet.seats["fx"].is_out
    assert outlet.seats["lab"].is_out


def test_a_broadcast_frame_that_was_taken_in_part_is_finished_first():
    outlet, socket = attached(room=4)
    frame = wire.websocket_frame(b"4tick")
    taken = socket.send(frame)
    outlet.keep_rest(frame, taken)
    outlet.put(b"4ack")

    socket.room = 1 << 20
    outlet.drain()

    assert texts(socket) == ["4tick", "4ack"]


def test_a_broadcast_frame_of_which_nothing_was_taken_is_not_kept():
    outlet, socket = attached(room=0)
    outlet.keep_rest(wire.websocket_frame(b"4tick"), 0)

    socket.room = 1 << 20
    outlet.drain()

    assert texts(socket) == []
    assert socket.flushers == 1


def test_packets_are_bounded_and_the_overflow_is_told():
    overflows = []
    outlet, _ = attached(room=0, overflows=overflows)

    # The first is not in the row: it is the unfinished frame.
    for number in range(PACKETS_MAX + 11):
        outlet.put(f"4{number}".encode())

    assert outlet.qsize() == PACKETS_MAX + 1
    assert len(overflows) == 10


def test_the_close_frame_comes_last_and_nothing_after_it():
    outlet, socket = attached(room=1)
    seat = outlet.seats["fx"] = FakeSeat("fx")
    outlet.put(b"4a message")
    outlet.put(None)
    outlet.put(b"4too late")
    outlet.put_frame(PONG_FRAME)

    socket.room = 1 << 20
    outlet.drain()
    seat.end = 3
    outlet.kick()
    outlet.notice("status", "fx", wire.Message(b"4status"))

    frames = Frames().feed(bytes(socket.taken))
    assert frames == [(TEXT, b"4a message"), (CLOSE, GOING_AWAY.to_bytes(2, "big"))]
    assert outlet.empty()


def test_the_close_frame_gives_the_reason_that_was_set():
    outlet, socket = attached()
    outlet.close_frame = wire.close_frame(1012, "service restart")

    outlet.put(None)

    assert Frames().feed(bytes(socket.taken)) == [(CLOSE, b"\x03\xf4service restart")]


def test_who_is_closing_has_left_the_broadcasts_before_the_close_frame():
    outlet, _ = attached()
    seat = outlet.seats["fx"] = FakeSeat("fx")

    outlet.put(None)

    assert seat.is_out
    assert outlet.is_busy


def test_a_socket_that_breaks_takes_all_that_waits_with_it():
    outlet, socket = attached(room=1)
    seat = outlet.seats["fx"] = FakeSeat("fx")
    outlet.put(b"4a message")
    socket.is_broken = True

    assert outlet.drain()

    assert outlet.is_gone
    assert outlet.empty()
    assert seat.is_out
    outlet.put(b"4too late")
    outlet.notice("status", "fx", wire.Message(b"4status"))
    outlet.kick()
    assert outlet.empty()


def test_a_poll_is_answered_with_no_more_than_its_limit_and_the_rest_waits():
    woken = []
    outlet = outlet_of(woken)
    seat = outlet.seats["fx"] = FakeSeat("fx")
    for number in range(3):
        outlet.put(FakePacket(f"4{number}"))
    outlet.notice("status", "fx", wire.Message(b"4status"))
    seat.end = 7

    assert encoded(outlet.take(2)) == ["40", "41"]
    assert encoded(outlet.take(3)) == ["42", "4status", "4fx:0-3"]
    assert encoded(outlet.take(16)) == ["4fx:3-6", "4fx:6-7"]
    assert outlet.take(16) == []
    assert len(woken) == 4


def test_what_a_viewer_that_polled_has_not_fetched_is_written_when_it_upgrades():
    outlet, socket = outlet_of(), FakeSocket(1 << 20)
    seat = outlet.seats["fx"] = FakeSeat("fx")
    outlet.put(FakePacket("40{}"))
    outlet.put(wire.Message(b"4snapshot"))
    outlet.notice("status", "fx", wire.Message(b"4status"))
    seat.end = 2
    assert encoded(outlet.take(1)) == ["40{}"]

    outlet.attach(socket.send, socket.spawn_flush)

    assert texts(socket) == ["4snapshot", "4status", "4fx:0-2"]
    assert not outlet.is_polling


def test_a_viewer_that_polls_is_behind_as_long_as_something_waits():
    outlet = outlet_of()
    seat = outlet.seats["fx"] = FakeSeat("fx")
    assert not outlet.is_behind

    seat.end = 1
    assert outlet.is_behind

    outlet.take(16)
    assert not outlet.is_behind
