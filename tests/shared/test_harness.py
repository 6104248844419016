"""The tests of several processes lean on their checker: it must find what is wrong."""

import json
import socket
import threading
import time

import pytest
from checker import Checker
from client_frames import frame
from fleet import wait_until
from ledger import Ledger, Track
from processes import Servers
from pushing import Pushes
from tcp_proxy import TcpProxy

EPOCH, NEXT_EPOCH = "00c0ffee", "00c0ffef"


def ticks(first, last, epoch=EPOCH, **more):
    """Return a frame of ticks whose values are their offsets."""
    offsets = list(range(first, last + 1))
    values = [float(offset) for offset in offsets]
    return {"epoch": epoch, "offset": last, "t": [1e12 + v for v in values], "y": [values], **more}


def snapshot(first, last, epoch=EPOCH, **more):
    return ticks(first, last, epoch, description={"series": [{"name": "n"}]}, **more)


class Scripted:
    """A server that sends each viewer that connects the next of `scripts`: lists of events."""

    def __init__(self, *scripts):
        self._scripts = scripts
        self._socks = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        for script in self._scripts:
            sock, _ = self._listener.accept()
            self._socks.append(sock)
            sock.recv(4096)
            sock.sendall(b"HTTP/1.1 101 Switching Protocols\r\n\r\n")
            for packet in ("0{}", "40{}", *("42" + json.dumps(event) for event in script)):
                sock.sendall(frame(packet.encode(), mask=b""))

    def close(self):
        self._thread.join(5)
        for sock in (*self._socks, self._listener):
            sock.close()


def furthest(checker):
    return max(offset for _, offset in checker.positions)


def checked(*scripts, acknowledged=None, until=5, **options):
    """Return the faults that the checker finds when two viewers are sent these events."""
    server = Scripted(*scripts)
    checker = Checker([server.url], "lab", len(scripts))
    try:
        with checker:
            checker.until(
                lambda: all(track.position[1] >= until for track in checker.tracks), "all is sent"
            )
            return "\n".join(checker.faults(acknowledged or {}, **{"may_renew": False, **options}))
    finally:
        server.close()


WELL = [["snapshot", snapshot(1, 3)], ["tick", ticks(4, 4)], ["tick", ticks(5, 5)]]


def test_what_is_well_is_found_well_whatever_the_frames():
    other = [["snapshot", snapshot(2, 2)], ["backfill", ticks(3, 4)], ["tick", ticks(5, 5)]]

    assert checked(WELL, other, acknowledged={4.0: (EPOCH, 4)}) == ""


def test_a_hole_is_found():
    faults = checked(WELL, [["snapshot", snapshot(1, 3)], ["tick", ticks(5, 5)]])

    assert "a hole of 1 ticks before a tick" in faults
    assert f"1 ticks of {EPOCH} never came" in faults


def test_a_doubled_tick_is_found():
    assert "1 ticks doubled" in checked(WELL, [*WELL[:2], ["tick", ticks(4, 5)]])


def test_a_value_that_another_viewer_has_otherwise_is_found():
    other = ticks(5, 5) | {"y": [[5.5]]}

    faults = checked(WELL, [*WELL[:2], ["tick", other]])

    assert f"another tick at {EPOCH}:5" in faults
    assert "(5.5,)" in faults


def test_a_time_that_another_viewer_has_otherwise_is_found():
    other = ticks(5, 5) | {"t": [1.0]}

    assert f"another tick at {EPOCH}:5" in checked(WELL, [*WELL[:2], ["tick", other]])


def test_times_that_fall_are_found():
    falling = [*WELL[:2], ["tick", ticks(5, 5) | {"t": [1.0]}]]

    assert f"time falls from {EPOCH}:4 to 5" in checked(falling, falling)


def test_viewers_in_two_epochs_at_the_end_are_found():
    other = [["snapshot", snapshot(1, 5, NEXT_EPOCH)]]

    assert "in 2 epochs at the end" in checked(WELL, other)


def test_series_that_are_described_otherwise_are_found():
    other = snapshot(1, 5) | {"description": {"series": [{"name": "m"}]}}

    assert "described in 2 ways" in checked(WELL, [["snapshot", other]])


def test_a_snapshot_again_without_a_reason_is_found():
    again = [*WELL, ["snapshot", snapshot(4, 6)]]

    assert "no word why" in checked(again, again, until=6)


def test_a_new_epoch_that_says_why_is_a_fault_only_where_none_may_be():
    why = {"recovered": False, "reason": "the data was lost"}
    anew = [*WELL, ["snapshot", snapshot(1, 6, NEXT_EPOCH, **why)]]

    assert "began anew" in checked(anew, anew, until=6)
    assert checked(anew, anew, until=6, may_renew=True) == ""


@pytest.mark.parametrize(
    ("acknowledged", "found"),
    [({9.0: (EPOCH, 4)}, "is at none"), ({4.0: (EPOCH, 5)}, "is at 4")],
    ids=["lost", "elsewhere"],
)
def test_an_acknowledged_push_that_is_not_there_is_found(acknowledged, found):
    assert found in checked(WELL, WELL, acknowledged=acknowledged)


def test_a_push_that_is_there_twice_is_found():
    twice = [*WELL, ["tick", ticks(6, 6) | {"y": [[4.0]]}]]

    assert "is at [4, 6]" in checked(twice, twice, acknowledged={4.0: (EPOCH, 4)}, until=6)


def test_an_epoch_that_lost_a_tick_of_the_one_before_is_found():
    ledger = Ledger()
    ledger.keep(ticks(1, 5), 0.0, "a")
    ledger.keep(ticks(3, 4, NEXT_EPOCH), 0.0, "a")

    ledger.check_carried_over(EPOCH, NEXT_EPOCH)

    assert ledger.faults == [f"{NEXT_EPOCH}:5 is None, was ({1e12 + 5}, (5.0,))"]


def test_a_series_that_came_later_is_missing_in_what_came_before():
    ledger = Ledger()
    ledger.keep(ticks(1, 2), 0.0, "early")
    later = ticks(1, 2)
    ledger.keep(later | {"y": [*later["y"], [None, None]]}, 0.0, "late")

    assert ledger.faults == []


def test_what_a_viewer_was_sent_twice_by_snapshots_is_not_missing():
    track = Track(0, Ledger())
    track.ranges = [[EPOCH, 1, 5], [EPOCH, 4, 9], [EPOCH, 12, 13]]

    assert track.missing(EPOCH) == 2


@pytest.fixture(scope="module")
def server():
    with Servers() as servers:
        yield servers.start("--chart", "lab=push", "--return-within-s", "0.5")


def test_a_hundred_viewers_come_back_over_cuts_with_all_that_was_pushed(server):
    with (
        TcpProxy(server.port) as one,
        TcpProxy(server.port) as two,
        Pushes([server.url], "lab") as pushes,
        Checker([one.url("http", ""), two.url("http", "")], "lab", 100) as checker,
    ):
        for _ in range(2):
            one.cut()
            checker.until(lambda: checker.watching == 50, "half of them are cut off")
            one.heal()
            checker.until(lambda: checker.watching == 100, "all are back")
        pushed = pushes.stop()
        checker.settle(pushed)

        checker.check(pushes.acknowledged)

        assert len(checker.ledger.epochs) == 1


def test_a_frozen_proxy_holds_back_and_breaks_nothing(server):
    with (
        TcpProxy(server.port) as proxy,
        Checker([proxy.url("http", "")], "lab", 3) as checker,
        Pushes([server.url], "lab", first=1_000) as pushes,
    ):
        proxy.freeze()
        frozen_at = furthest(checker)
        wait_until(lambda: len(pushes.acknowledged) > 20, "pushes go on")
        behind = len(pushes.acknowledged)

        assert furthest(checker) < frozen_at + behind
        proxy.heal()
        checker.settle(frozen_at + behind)

        assert proxy.n_accepted == 3
        checker.check()


def test_a_delay_holds_back_each_byte_for_so_long(server):
    with (
        TcpProxy(server.port) as proxy,
        socket.create_connection(("127.0.0.1", proxy.port)) as sock,
    ):
        proxy.delay(0.2)
        began_s = time.monotonic()
        sock.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert b"200 OK" in sock.recv(4096)

        assert time.monotonic() - began_s >= 0.4
