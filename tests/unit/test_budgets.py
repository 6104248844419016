"""What answers cost is taken out of the budgets of a viewer and of its address."""

import pytest

from chartserver.errors import TooCostly
from chartserver.intake.budgets import (
    ADDRESS_VALUES,
    ADDRESSES_MAX,
    VIEWER_VALUES,
    VIEWER_VALUES_PER_S,
    Budgets,
)
from chartserver.refusals import Refusals

HOME = "203.0.113.7"


class Clock:
    def __init__(self):
        self.now_s = 0.0

    def __call__(self):
        return self.now_s


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def refusals():
    return Refusals()


@pytest.fixture
def budgets(clock, refusals):
    return Budgets(refusals, lambda address: address == "127.0.0.1", clock)


def spend_all(budgets, sid, n=VIEWER_VALUES):
    budgets.spend(sid, n)


def test_one_answer_may_cost_more_than_there_is_and_then_none_is_made(budgets, refusals):
    budgets.open("viewer", HOME)

    budgets.spend("viewer", 2 * VIEWER_VALUES)
    with pytest.raises(TooCostly, match=r"^got too many requests .*: try again in 25 s$") as caught:
        budgets.spend("viewer", 1)

    assert caught.value.retry_after_s == pytest.approx(VIEWER_VALUES / VIEWER_VALUES_PER_S)
    assert refusals.counts == {"too_costly": 1}


def test_a_viewer_may_go_on_after_the_time_that_it_was_told(budgets, clock):
    budgets.open("viewer", HOME)
    spend_all(budgets, "viewer")
    with pytest.raises(TooCostly) as caught:
        budgets.spend("viewer", 1)

    clock.now_s += caught.value.retry_after_s

    budgets.spend("viewer", 1)


def test_the_budget_of_one_viewer_is_not_that_of_another(budgets):
    for sid in ("viewer", "other"):
        budgets.open(sid, HOME)
    spend_all(budgets, "viewer")

    budgets.spend("other", 1)


def test_many_viewers_of_an_address_share_its_budget(budgets):
    n = int(ADDRESS_VALUES // VIEWER_VALUES)
    for i in range(n + 1):
        budgets.open(f"viewer {i}", HOME)
    budgets.open("elsewhere", "198.51.100.1")
    for i in range(n):
        spend_all(budgets, f"viewer {i}")

    with pytest.raises(TooCostly):
        budgets.spend(f"viewer {n}", 1)

    budgets.spend("elsewhere", 1)


def test_to_leave_and_come_again_brings_nothing(budgets):
    for _ in range(int(ADDRESS_VALUES // VIEWER_VALUES)):
        budgets.open("viewer", HOME)
        spend_all(budgets, "viewer")
        budgets.close("viewer")
    budgets.open("viewer", HOME)

    with pytest.raises(TooCostly):
        budgets.spend("viewer", 1)


def test_this_machine_has_the_budgets_of_its_viewers_only(budgets):
    for i in range(10):
        budgets.open(f"viewer {i}", "127.0.0.1")
        spend_all(budgets, f"viewer {i}")

    with pytest.raises(TooCostly):
        budgets.spend("viewer 3", 1)


def test_a_viewer_that_has_left_spends_nothing(budgets):
    budgets.open("viewer", HOME)
    budgets.close("viewer")

    budgets.spend("viewer", 10 * VIEWER_VALUES)
    budgets.open("viewer", HOME)

    budgets.spend("viewer", 1)


def test_no_more_addresses_are_remembered_than_may_be(budgets):
    for i in range(ADDRESSES_MAX + 1):
        budgets.open("viewer", f"10.0.{i // 256}.{i % 256}")
        budgets.spend("viewer", int(ADDRESS_VALUES))

    budgets.open("viewer", "10.0.0.0")
    budgets.spend("viewer", 1)

    budgets.open("viewer", "10.0.0.9")
    with pytest.raises(TooCostly):
        budgets.spend("viewer", 1)


def test_who_has_no_session_spends_what_its_address_has(budgets):
    budgets.spend_of(HOME, 2 * int(ADDRESS_VALUES))

    with pytest.raises(TooCostly):
        budgets.spend_of(HOME, 1)
    budgets.spend_of("198.51.100.1", 1)
