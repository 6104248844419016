"""The keys of pushes: kept for a day, and no more of them than are allowed."""

import pytest

from chartserver.batch import KeptKey
from chartserver.errors import KeyReused
from chartserver.push_keys import KEPT_S, PushKeys, key_of
from chartserver.receipt import Receipt
from chartserver.ticks import Position


class Clock:
    """A clock that stands where it is put."""

    now_s = 100.0

    def __call__(self):
        """Return the time."""
        return self.now_s


@pytest.fixture
def clock():
    return Clock()


def test_a_key_is_known_for_a_day(clock):
    keys, receipt = PushKeys(clock), Receipt(1)
    keys.add("k", receipt)

    clock.now_s += KEPT_S
    assert keys.find("k") is receipt
    clock.now_s += 1

    assert keys.find("k") is None
    assert len(keys) == 0


def test_of_too_many_the_oldest_are_forgotten(clock):
    keys = PushKeys(clock, most=3)
    for i in range(10):
        keys.add(f"k{i}", Receipt(i))

    assert len(keys) == 3
    assert [keys.find(f"k{i}") is not None for i in (6, 7, 8, 9)] == [False, True, True, True]


def test_keys_that_were_kept_have_receipts_that_are_done(clock):
    keys = PushKeys(clock)

    keys.restore([KeptKey("k", 812, 3, 3)], "9f2c41aa")

    receipt = keys.find("k")
    assert (receipt.n, receipt.position) == (3, Position("9f2c41aa", 812))


def test_a_push_of_which_a_part_was_kept_is_not_known_but_its_part_is(clock):
    keys = PushKeys(clock)

    keys.restore([KeptKey("k", 812, 3, 1)], "9f2c41aa")

    assert keys.find("k") is None
    assert keys.n_kept("k", 3) == 1
    keys.add("k", Receipt(3))
    assert keys.n_kept("k", 3) == 0


@pytest.mark.parametrize("is_restored", [False, True])
def test_a_key_is_of_what_it_came_with(clock, is_restored):
    keys = PushKeys(clock)
    if is_restored:
        keys.restore([KeptKey(key_of("k", "a"), 812, 3, 3)], "9f2c41aa")
    else:
        keys.add(key_of("k", "a"), Receipt(3))

    assert keys.find(key_of("k", "a")).n == 3
    with pytest.raises(KeyReused, match="another body"):
        keys.find(key_of("k", "b"))


def test_what_is_left_of_a_push_may_have_another_time_but_no_other_length(clock):
    keys = PushKeys(clock)
    keys.restore([KeptKey(key_of("k", "a"), 812, 3, 1)], "9f2c41aa")

    assert keys.n_kept(key_of("k", "b"), 3) == 1
    with pytest.raises(KeyReused):
        keys.n_kept(key_of("k", "b"), 2)


def test_a_key_that_is_forgotten_may_come_again():
    keys = PushKeys(lambda: 0.0)
    keys.add("k/abc", Receipt(1))

    keys.forget("k/abc")

    assert keys.find("k/xyz") is None
