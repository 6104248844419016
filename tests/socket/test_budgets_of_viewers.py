"""A viewer that asks for ever other parts of a long history is told to wait; others are not."""

import numpy as np
import pytest

from chartserver.intake import budgets

VALUES = 2_000_000
STRANGER = "203.0.113.7"


@pytest.fixture
def long_room(make_room, monkeypatch):
    monkeypatch.setattr(budgets, "VIEWER_VALUES", VALUES)
    monkeypatch.setattr(budgets, "VIEWER_VALUES_PER_S", 1.0)
    room = make_room()
    chart = room.chart("fx", series=["a", "b"])
    n_ticks = 50_000
    chart.history.append(np.arange(n_ticks, dtype=float), np.zeros((2, n_ticks)))
    return room


def ask(viewer, since, chart):
    epoch = chart.history.epoch
    return viewer.emit(
        "subscribe",
        {"chart": "fx", "since": {"epoch": epoch, "offset": since}, "points": 10**6},
        callback=True,
    )


def spend_all(viewer, chart):
    """Ask until it is too much; return the refusal, after how many answers."""
    for since in range(VALUES // 100_000):
        told = ask(viewer, since, chart)
        if "error" in told:
            return since, told
    raise AssertionError("all was answered")


def test_who_asks_for_too_much_is_told_to_wait_and_stays(long_room):
    viewer = long_room.viewer()
    chart = long_room.server.charts["fx"]

    n, told = spend_all(viewer, chart)

    assert 2 <= n < 10
    assert told["error"].startswith("got too many requests for different parts of the history")
    assert long_room.server.refusals.counts["too_costly"] == 1
    assert viewer.is_connected()
    assert chart.viewers == 1


def test_another_viewer_of_this_machine_is_answered_meanwhile(long_room):
    chart = long_room.server.charts["fx"]
    spend_all(long_room.viewer(), chart)

    other = long_room.viewer()

    assert other.get_received()[0]["name"] == "snapshot"
    assert ask(other, 1, chart)["ok"] is True


def test_an_address_that_has_used_up_its_budget_is_refused_with_a_reason(long_room, monkeypatch):
    server = long_room.server
    held = server.viewers._budgets
    give = held.open
    # The client of the tests has no address of its own.
    monkeypatch.setattr(held, "open", lambda sid, _address: give(sid, STRANGER))
    held.open("many", STRANGER)
    held.spend("many", 10**9)

    viewer = long_room.viewer()

    assert not viewer.is_connected()
    assert server.charts["fx"].viewers == 0
    assert server.refusals.counts["too_costly"] == 1
