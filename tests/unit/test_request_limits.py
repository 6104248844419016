"""Requests a second from one address: what is counted, when, and what is kept."""

import threading

import pytest

from chartserver.access import windows
from chartserver.entrance.proxies import Proxies
from chartserver.entrance.request_limits import RequestLimits
from chartserver.errors import Refused


class Hall:
    def __init__(self, per_s=1.0, **options):
        self.now_s = 100.0
        is_free = Proxies(["10.0.0.0/8"]).is_free
        self.limits = RequestLimits(per_s, is_free, clock=lambda: self.now_s)

    def ask(self, address="127.0.0.2"):
        """Return whether a request is let through; or else when to come back."""
        try:
            self.limits.check({"REMOTE_ADDR": address})
        except Refused as refused:
            return int(dict(refused.headers)["Retry-After"])
        return True


def test_requests_are_let_through_up_to_the_average():
    hall = Hall()

    assert [hall.ask() for _ in range(12)] == [True] * 10 + [10, 10]


def test_who_was_refused_is_told_when_to_come_back_and_may_then():
    hall = Hall()
    for _ in range(10):
        hall.ask()

    hall.now_s += 7.5
    assert hall.ask() == 3
    hall.now_s += 2.5
    assert hall.ask() is True


def test_who_is_refused_gets_a_status_that_says_so():
    hall = Hall(0.1)
    hall.ask()

    with pytest.raises(Refused, match=r"0\.1 a second") as caught:
        hall.limits.check({"REMOTE_ADDR": "127.0.0.2"})

    assert caught.value.status == 429


def test_each_address_is_counted_by_itself():
    hall = Hall(0.1)

    assert hall.ask("127.0.0.2") is True
    assert hall.ask("127.0.0.3") is True
    assert hall.ask("127.0.0.2") == 10


def test_addresses_of_one_ipv6_network_are_one():
    hall = Hall(0.1)

    assert hall.ask("2001:db8::1") is True
    assert hall.ask("2001:db8::2") == 10
    assert hall.ask("2001:db8:0:1::1") is True


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "10.1.1.1"])
def test_this_machine_and_its_proxies_are_not_counted(address):
    hall = Hall(0.1)

    assert [hall.ask(address) for _ in range(5)] == [True] * 5


def test_counts_are_forgotten_with_their_windows():
    hall = Hall()
    for i in range(1_000):
        hall.ask(f"192.0.2.{i}")
        hall.now_s += 0.1

    assert len(hall.limits._windows._counts) <= 101


def test_memory_is_bounded_whoever_comes(monkeypatch):
    monkeypatch.setattr(windows, "KEYS_MAX", 100)
    hall = Hall()

    for i in range(1_000):
        hall.ask(f"192.0.2.{i}")

    assert len(hall.limits._windows._counts) <= 100


def test_no_thread_is_started():
    before = threading.active_count()
    hall = Hall()

    for i in range(100):
        hall.ask(f"192.0.2.{i}")

    assert threading.active_count() == before


def test_the_storage_keeps_the_contract_of_the_library():
    storage = Hall().limits._windows

    assert storage.incr("a", 10) == 1
    assert storage.incr("a", 10, 2) == 3
    assert (storage.get("a"), storage.get("b")) == (3, 0)
    assert (storage.get_expiry("a"), storage.get_expiry("b")) == (110.0, 100.0)
    assert storage.check()
    storage.clear("a")
    assert storage.get("a") == 0
    storage.incr("c", 10)
    assert storage.reset() == 1
    assert storage.get("c") == 0


class FakeTally:
    """What others have counted is told by the test."""

    def __init__(self):
        self.added, self.others = 0, 0

    def add(self, who, n=1):
        self.added += n

    def elsewhere(self, who):
        return self.others


def test_requests_at_other_processes_count_as_well():
    hall = Hall(10.0)
    hall.limits.tally = FakeTally()
    hall.limits.tally.others = 98

    assert [hall.ask() for _ in range(4)] == [True, True, 10, 10]


def test_others_are_told_of_who_asks_often_and_of_nobody_else():
    hall = Hall(10.0)
    hall.limits.tally = FakeTally()

    for n in range(1, 13):
        hall.ask()
        assert hall.limits.tally.added == (n if n >= 10 else 0)
