"""What is said of a chart: by whoever makes it, and by its source where nobody has."""

from chartserver.chart import Chart
from chartserver.history import MemoryHistory
from chartserver.ticks import Series

NOW_MS = 1_763_829_000_000.0


def chart_of(*names, **given):
    """Return a chart with series of these names, whose clock stands still."""
    history = MemoryHistory(10, epoch="9f2c41aa")
    series = [Series(name) for name in names]
    return Chart("lab", **{"now_ms": lambda: NOW_MS, "history": history, "series": series} | given)


def test_a_description_has_the_fields_of_the_contract():
    chart = chart_of("a", title="Laboratory", interval_s=0.5)
    chart.append(1.0)
    chart.take()
    chart.viewers = 3

    assert chart.describe() == {
        "name": "lab",
        "title": "Laboratory",
        "series": [
            {"name": "a", "label": "a", "unit": "", "color": "", "digits": None, "limits": []}
        ],
        "panels": "auto",
        "interval_ms": 500.0,
        "epoch": "9f2c41aa",
        "offset": 1,
        "status": "live",
        "reason": "",
        "viewers": 3,
        "arrived_ms": NOW_MS,
    }


def test_before_the_first_tick_nobody_knows_when_one_came():
    assert chart_of("a").describe()["arrived_ms"] is None


def test_viewers_are_told_who_presents_as_long_as_somebody_does():
    chart = chart_of("a")
    chart.viewers = 3
    alone = chart.attendance()

    chart.presenters = ({"id": "1f", "by": "Ada"},)

    assert alone == {"chart": "lab", "viewers": 3}
    told = {**alone, "presenters": [{"id": "1f", "by": "Ada"}]}
    assert chart.attendance() == told
    chart.more_presenters = 2
    assert chart.attendance() == {**told, "more_presenters": 2}


def test_a_chart_without_title_and_beat_is_called_by_its_name():
    description = chart_of("a").describe()

    assert (description["title"], description["interval_ms"]) == ("lab", None)


def test_the_title_of_the_chart_goes_before_that_of_its_source():
    chart = chart_of("a", title="Mine")

    chart.adopt("Its", [], None)

    assert chart.describe()["title"] == "Mine"


def test_what_is_known_of_a_series_goes_before_what_its_source_says():
    series = [Series("a", label="Mine", color="#0072b2")]
    chart = chart_of(series=series, interval_s=60.0, panels="stacked")

    chart.adopt("", [Series("a", label="Its", unit="V", digits=2)], None)

    assert chart.series == (Series("a", "Mine", "V", "#0072b2", 2),)
    description = chart.describe()
    assert (description["interval_ms"], description["panels"]) == (60_000.0, "stacked")
