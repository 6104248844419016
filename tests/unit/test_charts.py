"""The charts of a server: made by plan, by name and by pushes, and again as they were kept."""

import math
from collections.abc import Iterator

import numpy as np
import pytest

from chartserver.alarm import ThreadAlarm
from chartserver.chart_plan import ChartPlan, Retention
from chartserver.charts import Charts, series_after
from chartserver.errors import (
    BadTick,
    ConfigError,
    NotKept,
    NotPushable,
    StoreFault,
    UnknownChart,
)
from chartserver.settings import Settings
from chartserver.sources.push import Push
from chartserver.ticks import Run, Series

KEPT_WITHIN_S = 60
REDIS = "redis://127.0.0.1:1/0"


class Silent:
    """A source that yields nothing."""

    title = "From the source"
    series = (Series("a", label="A of the source"),)
    interval_s = 1.0

    def ticks(self, stop) -> Iterator[None]:
        """Yield nothing."""
        yield from ()


def make(**settings):
    """Return charts with these settings."""
    return Charts(Settings(**settings), ThreadAlarm, lambda function: function())


def push(chart, *times, key=""):
    """Push ticks of series a, whose values are their times."""
    values = np.array([times], float)
    return chart.push(Run(["a"], np.array(times, float), values), key)


def keep(charts, chart):
    """Do the ticker's part until nothing of the chart waits."""
    # As the ticker does between two beats: who calls then is heard here.
    charts.calls.is_resting = True
    charts.take(chart)
    while chart.n_waiting:
        charts.calls.wait(KEPT_WITHIN_S)
        charts.take(chart)


@pytest.fixture
def room(tmp_path):
    """Return a function that makes charts, again and again, whose histories are in one place."""
    made = []

    def open_again(**settings):
        for charts in made:
            charts.store.close(KEPT_WITHIN_S)
        made.append(make(store=f"sqlite:///{tmp_path}/kept.db", **settings))
        return made[-1]

    yield open_again
    made[-1].store.close(KEPT_WITHIN_S)


def test_a_chart_is_made_once():
    charts = make()

    first = charts.chart("fx", series=["a"])

    assert charts.chart("fx", series=["b"]) is first
    assert [series.name for series in first.series] == ["a"]


def test_a_plan_for_a_chart_that_is_there_is_refused():
    charts = make()
    charts.chart("fx")

    with pytest.raises(ConfigError, match="'fx' is there already"):
        charts.open(ChartPlan(name="fx", source=Silent()))


def test_pushes_go_to_charts_that_they_make_and_to_those_without_a_source():
    charts = make()
    charts.chart("mine")
    charts.open(ChartPlan(name="planned", source=Push()))
    charts.open(ChartPlan(name="fed", source=Silent()))

    for name in ("new", "mine", "planned"):
        push(charts.pushed(name), 1)
    with pytest.raises(NotPushable, match="'fed' has a source"):
        push(charts.pushed("fed"), 1)

    assert [chart.is_pushed for chart in charts.by_name.values()] == [False, False, False, True]


def test_pushes_make_as_many_charts_as_they_may():
    charts = make(new_charts=2)
    charts.chart("mine")
    charts.pushed("one")
    charts.pushed("two")

    with pytest.raises(
        UnknownChart, match=r"no chart 'three', and pushes have made 2 .*three=push"
    ):
        charts.pushed("three")

    assert charts.pushed("two").name == "two"


def test_pushes_may_make_none():
    with pytest.raises(UnknownChart, match="pushes make none"):
        make(new_charts=0).pushed("new")


@pytest.mark.parametrize("name", ["", "Fx", "../fx", "api", "x" * 65])
def test_a_name_that_is_none_makes_no_chart(name):
    charts = make()

    with pytest.raises(ConfigError, match="chart name is"):
        charts.pushed(name)

    assert charts.by_name == {}


def test_limits_of_pushes_are_those_of_the_settings():
    charts = make(push_series=1, push_ticks_per_s=7.0, reorder_s=3.0, future_s=5.0)

    limits = charts.pushed("new").pushes._limits

    assert limits == (1, 7.0, 3.0, 5.0)


def test_a_pushed_chart_comes_back_by_itself_with_positions_and_keys(room):
    charts = room()
    chart = charts.pushed("lab")
    receipt = push(chart, 1, 2, key="k")
    keep(charts, chart)
    position = receipt.position

    charts = room()
    charts.start()

    again = charts.by_name["lab"]
    assert again.is_pushed
    assert again.history.position == position
    assert again.history.all().time_ms.tolist() == [1, 2]
    repeated = push(again, 1, 2, key="k")
    assert (repeated.is_repeat, repeated.position, repeated.n) == (True, position, 2)
    following = push(again, 3)
    keep(charts, again)
    assert following.position == (position.epoch, 3)


def test_nothing_may_be_pushed_before_what_was_kept(room):
    charts = room()
    push(charts.pushed("lab"), 1_000)
    keep(charts, charts.pushed("lab"))

    chart = room().pushed("lab")

    with pytest.raises(Exception, match="1 ms before the last"):
        push(chart, 999)


def test_what_is_said_of_a_kept_chart_today_goes_before_what_was_said_then(room):
    charts = room()
    chart = charts.chart("lab", title="Then", series=[Series("a", label="then"), "b"])
    chart.append({"a": 1.0, "b": 2.0}, time_ms=1)
    keep(charts, chart)

    chart = room().chart("lab", title="Now", series=["b", Series("a", label="now"), "c"])

    assert [(one.name, one.label) for one in chart.series] == [("a", "now"), ("b", ""), ("c", "")]
    assert chart.describe()["title"] == "Now"
    np.testing.assert_array_equal(chart.history.all().values, [[1.0], [2.0], [math.nan]])


def test_a_source_describes_its_kept_chart_anew(room):
    charts = room()
    chart = charts.chart("fx", series=[Series("a", label="then")])
    chart.append(1.0, time_ms=1)
    keep(charts, chart)

    charts = room()
    chart = charts.open(ChartPlan(name="fx", source=Silent()))

    assert chart.series == Silent.series
    assert chart.history.position.offset == 1


def test_only_as_much_as_fits_into_memory_is_restored_and_numbered_as_it_was(room):
    charts = room()
    chart = charts.pushed("lab")
    receipt = push(chart, *range(50))
    keep(charts, chart)

    chart = room(history=10).pushed("lab")

    assert chart.history.position == receipt.position
    assert chart.history.all().time_ms.tolist() == list(range(40, 50))


def test_a_store_that_cannot_be_asked_makes_no_chart(room, monkeypatch):
    charts = room()

    def fail(*_):
        raise StoreFault("is locked by another program")

    monkeypatch.setattr(charts.store, "restore", fail)

    with pytest.raises(NotKept, match="'lab' cannot be made: the store is locked"):
        charts.pushed("lab")
    with pytest.raises(ConfigError, match="'lab' cannot be read: the store is locked"):
        charts.chart("lab")
    assert charts.by_name == {}


def test_two_who_push_to_a_new_chart_at_once_push_to_the_same(room):
    charts = room()
    made = []

    def interrupted(function):
        # Another task has its turn while the first waits for the store.
        charts._offload = lambda function: function()
        made.append(charts.pushed("lab"))
        return function()

    charts._offload = interrupted
    made.append(charts.pushed("lab"))

    assert made[0] is made[1]


def test_the_retention_of_a_chart_is_that_of_its_plan_or_of_the_settings():
    charts = make(retention_days=7.0)
    plan = ChartPlan(name="fx", source=Silent(), retention=Retention(minutes_days=90.0))
    charts.open(plan)

    assert charts._retention_of("other").ticks_days == 7.0
    assert charts._retention_of("fx").ticks_days == 7.0
    assert charts._retention_of("fx").minutes_days == 90.0


def test_series_that_were_kept_stand_first():
    kept = [Series("b", label="then"), Series("a")]

    series = series_after(kept, [Series("a", unit="V"), Series("c")])

    assert series == [Series("b"), Series("a", unit="V"), Series("c")]


def refuse(chart):
    """Refuse what is pushed to any chart."""
    raise BadTick("no")


def test_no_chart_is_made_by_a_push_that_is_refused():
    charts = make(new_charts=3)

    with pytest.raises(BadTick):
        charts.pushed_all({"one": lambda chart: None, "two": refuse})
    with pytest.raises(UnknownChart, match="may make no more than 3, of 4"):
        charts.pushed_all(dict.fromkeys("abcd", lambda chart: None))

    assert not charts.by_name
    assert charts.most_pushed() == 3
    assert list(charts.pushed_all(dict.fromkeys("abc", lambda chart: None))) == list("abc")
    assert charts.most_pushed() == 3


def test_histories_are_in_a_store_or_in_redis(tmp_path):
    with pytest.raises(ConfigError, match="leave out --store, or --redis-url"):
        make(redis_url=REDIS, store=f"sqlite:///{tmp_path}/kept.db")


def test_a_redis_that_is_not_there_is_told_in_one_line():
    with pytest.raises(ConfigError, match=r"127\.0\.0\.1:1/0' is not reachable"):
        make(redis_url=REDIS)
