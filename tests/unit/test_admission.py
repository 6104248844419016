"""Which viewers are let in."""

import pytest

from chartserver.entrance import admission
from chartserver.entrance.admission import Admission
from chartserver.entrance.proxies import Proxies
from chartserver.errors import Refused


class Hall:
    """A server in which viewers are lists of addresses."""

    def __init__(self, most=100, most_of_address=2):
        self.now_s = 0.0
        self.viewers = []
        self.looks = 0
        self.admission = Admission(
            most,
            most_of_address,
            has_viewers=lambda n: len(self.viewers) >= n,
            addresses=self.addresses,
            is_free=Proxies([]).is_free,
            clock=lambda: self.now_s,
        )

    def addresses(self):
        self.looks += 1
        return self.viewers

    def come(self, address="127.0.0.2"):
        """Return "" when a viewer is let in, else what it is counted as."""
        try:
            self.admission.check({"REMOTE_ADDR": address})
        except Refused as refused:
            return refused.kind
        self.viewers.append(address)
        return ""


def test_as_many_are_let_in_as_may_watch():
    hall = Hall(most=3)

    assert [hall.come("127.0.0.1") for _ in range(4)] == ["", "", "", "full"]


@pytest.mark.parametrize("limits", [{"most": 0}, {"most_of_address": 0}])
def test_who_is_not_let_in_is_told_when_to_come_back(limits):
    with pytest.raises(Refused) as caught:
        Hall(**limits).admission.check({"REMOTE_ADDR": "127.0.0.2"})

    assert caught.value.status == 503
    assert int(dict(caught.value.headers)["Retry-After"]) > 0


def test_as_many_are_let_in_as_may_from_one_address():
    hall = Hall()

    assert [hall.come() for _ in range(3)] == ["", "", "viewers_of_address"]
    assert hall.come("127.0.0.3") == ""


def test_who_has_left_makes_room_within_a_second():
    hall = Hall()
    for _ in range(3):
        hall.come()
    hall.viewers.pop()

    hall.now_s += admission.RECOUNT_S

    assert [hall.come(), hall.come()] == ["", "viewers_of_address"]


def test_viewers_are_not_looked_at_for_each_who_comes():
    hall = Hall()

    for _ in range(1_000):
        hall.come()
    for i in range(90):
        hall.come(f"192.0.2.{i}")

    assert hall.looks == 1


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_this_machine_has_no_limit_of_its_own(address):
    hall = Hall()

    assert [hall.come(address) for _ in range(5)] == [""] * 5


def test_addresses_of_one_ipv6_network_are_one():
    hall = Hall()

    assert [hall.come(f"2001:db8::{i}") for i in range(3)] == ["", "", "viewers_of_address"]


def test_addresses_that_came_and_went_are_forgotten(monkeypatch):
    monkeypatch.setattr(admission, "ADDRESSES_MAX", 10)
    hall = Hall(most=10_000)

    for i in range(200):
        hall.come(f"192.0.2.{i}")
        hall.viewers.clear()
        hall.now_s += 0.5

    assert len(hall.admission._came) <= 13
