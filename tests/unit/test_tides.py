"""Waking those who read on by themselves: all of them, and never too many at once."""

import pytest

from chartserver.broadcast.tides import GROUP_READERS, Tide


class Bell:
    """Counts what it has woken."""

    def __init__(self):
        self.is_rung = False

    def set(self):
        self.is_rung = True


@pytest.mark.parametrize(
    ("n_readers", "n_rests"),
    [(0, 0), (1, 0), (GROUP_READERS, 0), (GROUP_READERS + 1, 1), (10 * GROUP_READERS, 9)],
)
def test_others_have_their_turn_between_two_groups(n_readers, n_rests):
    woken_at_rests = []
    tide = Tide(Bell, lambda: woken_at_rests.append(sum(bell.is_rung for bell in bells)))
    bells = [tide.enter().bell for _ in range(n_readers)]

    tide.ring()

    assert all(bell.is_rung for bell in bells)
    assert woken_at_rests == [GROUP_READERS * (i + 1) for i in range(n_rests)]


def test_places_of_those_who_left_are_given_to_those_who_come():
    tide = Tide(Bell)
    groups = [tide.enter() for _ in range(2 * GROUP_READERS)]

    tide.leave(groups[0])

    assert tide.enter() is groups[0]
    assert tide.n_readers == 2 * GROUP_READERS


def test_who_comes_while_others_are_woken_waits_for_the_next_ring():
    come = []
    tide = Tide(Bell, lambda: come.append(tide.enter()))
    for _ in range(GROUP_READERS + 1):
        tide.enter()

    tide.ring()
    bell = come[0].bell
    tide.ring()

    assert bell.is_rung
