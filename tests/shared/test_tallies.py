"""Counts of strangers that several processes keep together, on a real Redis."""

import pytest

from chartserver.errors import StoreFault
from chartserver.shared.asking import Asking
from chartserver.shared.link import Link
from chartserver.shared.tallies import KEYS_MAX, Tallies


@pytest.fixture
def ask(server):
    asking = Asking(Link(server.url), 60.0)
    asking(("FLUSHALL",))
    yield asking
    asking.close()


def test_each_learns_what_the_others_have_counted(ask):
    one, other = Tallies("tries", 60), Tallies("tries", 60)
    one.add("192.0.2.1", 7)
    one.exchange(ask)
    assert one.elsewhere("192.0.2.1") == 0

    other.add("192.0.2.1")
    other.exchange(ask)
    one.add("192.0.2.1")
    one.exchange(ask)

    assert other.elsewhere("192.0.2.1") == 7
    assert one.elsewhere("192.0.2.1") == 1
    assert one.elsewhere("192.0.2.2") == 0


def test_kinds_are_counted_apart(ask):
    tries, requests = Tallies("tries", 60), Tallies("requests", 60)
    tries.add("192.0.2.1", 7)
    tries.exchange(ask)
    requests.add("192.0.2.1")
    requests.exchange(ask)

    assert requests.elsewhere("192.0.2.1") == 0


def test_a_count_ends_with_its_window(ask):
    now_s = [0.0]
    one, other = Tallies("tries", 60), Tallies("tries", 60, clock=lambda: now_s[0])
    one.add("a", 7)
    one.exchange(ask)
    other.add("a")
    other.exchange(ask)

    now_s[0] = 59.0
    assert other.elsewhere("a") == 7
    now_s[0] = 60.1
    assert other.elsewhere("a") == 0

    [keys] = ask(("KEYS", "chartserver:count:*"))
    assert 0 < ask(("PTTL", keys[0]))[0] <= 60_000


def test_a_new_window_begins_from_nothing(ask):
    one = Tallies("tries", 60)
    one.add("a", 7)
    one.exchange(ask)
    ask(("FLUSHALL",))  # the window is over

    one.add("a", 2)
    one.exchange(ask)

    assert one.elsewhere("a") == 0


def test_of_many_only_some_are_exchanged_at_a_time(ask):
    one = Tallies("requests", 10)
    for n in range(KEYS_MAX + 1):
        one.add(str(n))

    one.exchange(ask)
    [first] = ask(("DBSIZE",))
    one.exchange(ask)

    assert (first, ask(("DBSIZE",))[0]) == (KEYS_MAX, KEYS_MAX + 1)


def test_addresses_are_not_seen_in_redis(ask):
    one = Tallies("tries", 60)
    one.add("192.0.2.1")
    one.exchange(ask)

    [keys] = ask(("KEYS", "*"))
    assert len(keys) == 1
    assert "192.0.2.1" not in keys[0]


def test_without_redis_nothing_is_known_of_others():
    def away(*_commands):
        raise StoreFault("is not reachable")

    one = Tallies("tries", 60)
    one.add("a")
    one.exchange(away)

    assert one.elsewhere("a") == 0
