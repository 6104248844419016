"""What a viewer asks for, and what answers it."""

from itertools import pairwise

import numpy as np
import pytest

from chartserver.access.rules import ALL_CHARTS, Permit
from chartserver.broadcast.subscription import (
    POINTS_DEFAULT,
    STEPS,
    Subscription,
    find_chart,
    parse_points,
    visible,
)
from chartserver.chart import Chart
from chartserver.errors import AccessDenied, BadRequest, UnknownChart
from chartserver.history import MemoryHistory
from chartserver.ticks import Position, Series

EPOCH = "9f2c41aa"


def chart_of(name, n_ticks=0, capacity=50_000):
    """Return a chart whose ticks are 1, 2, 3 …"""
    history = MemoryHistory(capacity, epoch=EPOCH)
    chart = Chart(name, now_ms=lambda: 0.0, history=history, series=[Series("a")])
    for i in range(1, n_ticks + 1):
        chart.append(i, time_ms=i)
        chart.take()
    return chart


@pytest.fixture
def charts():
    return {name: chart_of(name, 5) for name in ("fx", "lab")}


def answer(charts, **raw):
    return Subscription.parse(raw, charts, ALL_CHARTS).answer()


def test_nothing_asks_for_the_first_chart_from_the_beginning(charts):
    for raw in (None, {}, {"chart": None, "since": None, "points": None}):
        assert Subscription.parse(raw, charts, ALL_CHARTS) == Subscription(
            charts["fx"], None, POINTS_DEFAULT
        )


def test_fields_that_are_not_known_are_ignored(charts):
    raw = {"chart": "lab", "token": "x", "colour": ["red"]}

    assert Subscription.parse(raw, charts, ALL_CHARTS).chart is charts["lab"]


def shared(n_ticks):
    """Return a chart that other processes have, too."""
    history = MemoryHistory(100, epoch=EPOCH)
    chart = Chart(
        "fx", now_ms=lambda: 0.0, history=history, series=[Series("a")], agree=lambda series: series
    )
    for i in range(n_ticks):
        history.append(np.array([float(i)]), np.array([[float(i)]]))
    return chart


def test_what_another_process_has_told_is_awaited():
    chart, naps = shared(3), []

    def sleep(seconds):
        naps.append(seconds)
        chart.history.append(np.array([10.0]), np.array([[10.0]]))

    subscription = Subscription(chart, Position(EPOCH, 5), POINTS_DEFAULT)
    subscription.wait_for_others(sleep)

    assert len(naps) == 2
    assert subscription.answer()[0] == "backfill"


def test_a_position_that_never_comes_is_not_awaited_for_ever():
    naps = []
    subscription = Subscription(shared(3), Position(EPOCH, 4), POINTS_DEFAULT)

    subscription.wait_for_others(naps.append)

    assert 1 < sum(naps) < 3
    assert subscription.answer()[0] == "snapshot"


@pytest.mark.parametrize(
    "since", [None, Position(EPOCH, 3), Position(EPOCH, 1), Position("00000000", 9)]
)
def test_nothing_else_is_awaited(since):
    naps = []
    Subscription(shared(3), since, POINTS_DEFAULT).wait_for_others(naps.append)

    assert naps == []


def test_a_chart_of_one_process_has_no_others_to_wait_for(charts):
    naps = []
    Subscription(charts["fx"], Position(EPOCH, 9), POINTS_DEFAULT).wait_for_others(naps.append)

    assert naps == []


def test_a_position_that_is_kept_is_answered_by_what_came_after(charts):
    event, content = answer(charts, since={"epoch": EPOCH, "offset": 3})

    assert (event, content["offset"], content["t"].tolist()) == ("backfill", 5, [4, 5])
    assert content["description"]["offset"] == 5


def test_a_backfill_is_exact_however_few_points_were_asked_for():
    charts = {"fx": chart_of("fx", 100)}

    event, content = answer(charts, since={"epoch": EPOCH, "offset": 10}, points=2)

    assert (event, len(content["t"])) == ("backfill", 90)
    assert "reduced" not in content


def test_a_position_of_which_ticks_are_gone_is_answered_by_a_snapshot_that_says_so():
    charts = {"fx": chart_of("fx", 10, capacity=4)}

    event, content = answer(charts, since={"epoch": EPOCH, "offset": 5})

    assert (event, content["recovered"], content["t"].tolist()) == (
        "snapshot",
        False,
        [7, 8, 9, 10],
    )
    assert "begins after 6" in content["reason"]


def test_a_first_snapshot_speaks_of_no_recovery(charts):
    event, content = answer(charts)

    assert event == "snapshot"
    assert not {"recovered", "reason"} & set(content)


def test_a_chart_is_found_by_name_and_the_first_by_none(charts):
    assert find_chart("lab", charts, ALL_CHARTS) is charts["lab"]
    assert find_chart(None, charts, ALL_CHARTS) is charts["fx"]


def test_an_unknown_chart_is_told_with_those_there_are(charts):
    with pytest.raises(UnknownChart, match=r"^chart is 'nope'; expected one of: fx, lab$"):
        find_chart("nope", charts, ALL_CHARTS)


def test_of_many_charts_the_first_are_told_and_how_many_more_there_are(charts):
    many = {f"chart{n}": charts["fx"] for n in range(13)}

    with pytest.raises(UnknownChart, match=r"one of: chart0, .*, chart9 and 3 more$"):
        find_chart("nope", many, ALL_CHARTS)


def test_a_server_without_charts_says_so():
    with pytest.raises(UnknownChart, match="the server has none yet"):
        find_chart(None, {}, ALL_CHARTS)


@pytest.mark.parametrize("points", [2, 1200, 1_000_000])
def test_points_are_taken(points):
    assert parse_points(points) == points


@pytest.mark.parametrize("raw", [0, 1, -1, 10**6 + 1, 10**9, 1e21, "x", "1200", 1.5, True, [], {}])
def test_points_that_make_no_sense_are_refused(raw):
    with pytest.raises(
        BadRequest, match=r"^points is .*; expected a whole number from 2 to 1000000"
    ):
        parse_points(raw)


def test_who_has_a_link_sees_its_chart_and_no_other(charts):
    permit = Permit("lab", 10.0)

    assert find_chart("lab", charts, permit) is charts["lab"]
    assert find_chart(None, charts, permit) is charts["lab"]
    assert visible(charts, permit) == [charts["lab"]]
    assert visible(charts, ALL_CHARTS) == list(charts.values())


@pytest.mark.parametrize("name", ["fx", "nope", "", 5, ["lab"], {"lab": 1}])
def test_whether_another_chart_is_there_is_not_told_to_who_has_a_link(charts, name):
    with pytest.raises(AccessDenied) as caught:
        Subscription.parse({"chart": name}, charts, Permit("lab", 10.0))

    assert caught.value.code == "forbidden"
    assert str(caught.value) == (
        "the link is for another chart; expected a link or a token for this"
    )


def test_a_link_to_a_chart_that_is_gone_names_no_others(charts):
    with pytest.raises(UnknownChart) as caught:
        find_chart(None, charts, Permit("gone", 10.0))

    assert "fx" not in str(caught.value)


@pytest.mark.parametrize(
    ("asked", "most"), [(2, 2), (4, 3), (29, 20), (99, 70), (60, 50), (16, 15)]
)
def test_answers_are_reduced_to_numbers_of_points_that_many_ask_for(asked, most):
    subscription = Subscription(chart_of("fx", 100), None, asked)

    assert subscription.extent() == (None, 100, most)
    assert most in STEPS


def test_a_step_is_never_half_of_what_is_asked_for():
    assert all(more <= 2 * less for less, more in pairwise(STEPS))
    assert STEPS[0] == 2


def test_no_answer_is_larger_than_may_be(monkeypatch):
    chart = chart_of("fx", 100)
    monkeypatch.setattr("chartserver.broadcast.subscription.ANSWER_VALUES", 60)

    _, content = Subscription(chart, None, 10**6).answer()

    assert content["reduced"] is True
    assert len(content["t"]) <= 60
    assert content["t"][[0, -1]].tolist() == [1, 100]


def test_who_is_far_behind_is_sent_no_more_than_it_asks_for():
    chart = chart_of("fx", 100)
    since = Position(EPOCH, 10)

    event, content = Subscription(chart, since, 20, exact_ticks=30).answer()
    exact = Subscription(chart, since, 20, exact_ticks=90).answer()[1]

    assert (event, content["reduced"], content["offset"]) == ("backfill", True, 100)
    assert len(content["t"]) <= 30
    assert len(exact["t"]) == 90
    assert "reduced" not in exact
