"""What is to be seen in a picture of a chart."""

import re
from pathlib import Path

import numpy as np
import pytest

from chartserver.chart import Chart
from chartserver.errors import BadRequest
from chartserver.history import MemoryHistory
from chartserver.pictures.scene import make_scene
from chartserver.pictures.themes import THEMES
from chartserver.pictures.wish import Wish
from chartserver.status import LIVE, Status
from chartserver.ticks import Limit, Series

CSS = Path(__file__).parents[2] / "static" / "css" / "theme.css"
START_MS = 1_795_368_639_000.0
SVG = Wish("svg")


def make_chart(values, times=None, series=None, **options):
    """Return a chart whose history holds these rows of values, a tick a second."""
    rows = np.array(values, float)
    chart = Chart(
        "fx",
        now_ms=lambda: 0.0,
        history=MemoryHistory(100_000, epoch="9f2c41aa"),
        series=series or [Series(f"s{i}") for i in range(len(rows))],
        **{"interval_s": 1.0, **options},
    )
    if rows.shape[1]:
        seconds = np.arange(rows.shape[1]) if times is None else np.array(times)
        chart.history.append(START_MS + 1_000.0 * seconds, rows)
        chart.status = LIVE
    return chart


def test_a_chart_without_ticks_says_so():
    scene = make_scene(make_chart(np.empty((1, 0))), SVG)

    assert scene["headline"] == "No tick yet"
    assert (scene["panels"], scene["as_of"], scene["time_ms"]) == ([], "", [])


def test_it_says_of_when_it_is_in_the_zone_asked_for():
    chart = make_chart([[1, 2]])

    assert make_scene(chart, SVG)["as_of"] == "as of 2026-11-22 17:30:40 UTC"
    tokyo = make_scene(chart, Wish("svg", zone="Asia/Tokyo"))
    assert tokyo["as_of"] == "as of 2026-11-23 02:30:40 Asia/Tokyo"


@pytest.mark.parametrize(
    ("status", "headline", "tone"),
    [("live", "Live", "good"), ("stalled", "Stalled", "warn"), ("failed", "Failed", "bad")],
)
def test_it_says_how_the_source_is(status, headline, tone):
    chart = make_chart([[1]])
    chart.status = Status(status)

    scene = make_scene(chart, SVG)

    assert (scene["headline"], scene["tone"]) == (headline, tone)


def test_the_window_ends_with_the_last_tick():
    scene = make_scene(make_chart([range(600)]), Wish("svg", minutes=1.0))

    assert scene["values"] == [[float(i) for i in range(539, 600)]]


def test_many_ticks_are_reduced_and_their_extremes_kept():
    values = np.zeros(50_000)
    values[[1_234, 43_210]] = 9.0, -9.0

    scene = make_scene(make_chart([values]), SVG)

    assert len(scene["time_ms"]) <= 2 * SVG.width_px
    assert {9.0, -9.0} <= set(scene["values"][0])


def test_there_is_a_hole_where_ticks_are_missing():
    scene = make_scene(make_chart([range(6)], times=[0, 1, 2, 12, 13, 14]), SVG)

    assert scene["values"] == [[0, 1, 2, None, 3, 4, 5]]
    assert scene["time_ms"][3] == START_MS + 7_000


@pytest.mark.parametrize("interval_s", [None, 1.0])
def test_there_is_no_hole_on_a_beat(interval_s):
    scene = make_scene(make_chart([range(100)], interval_s=interval_s), SVG)

    assert None not in scene["values"][0]


def test_a_missing_value_is_one():
    assert make_scene(make_chart([[1, np.nan, 3]]), SVG)["values"] == [[1, None, 3]]


def test_the_legend_has_the_last_value_with_its_unit_and_digits():
    series = [
        Series("a", label="Rate", unit="USD"),
        Series("b", digits=1, color="#123456"),
        Series("c"),
    ]
    chart = make_chart([[1.0, 1.0812], [-1_234.56, -1_234.56], [np.nan, np.nan]], series=series)

    told = make_scene(chart, SVG)["series"]

    assert [(one["label"], one["last"]) for one in told] == [
        ("Rate", "1.0812 USD"),
        ("b", "\N{MINUS SIGN}1\N{THIN SPACE}234.6"),
        ("c", "\N{EN DASH}"),
    ]
    assert [one["color"] for one in told] == [THEMES["light"].series[0], "#123456", "#00805d"]


def test_limits_are_told():
    series = [Series("a", limits=[Limit(above=3.0, severity="critical")])]

    told = make_scene(make_chart([[1]], series=series), SVG)["series"]

    assert told[0]["limits"] == [{"at": 3.0, "severity": "critical"}]


def test_only_the_series_asked_for_are_in_it_and_keep_their_colors():
    scene = make_scene(make_chart([[1], [2], [3]]), Wish("svg", series=("s2", "s0")))

    assert [one["label"] for one in scene["series"]] == ["s2", "s0"]
    assert [one["color"] for one in scene["series"]] == ["#00805d", "#0072b2"]
    assert scene["values"] == [[3], [1]]


def test_a_series_that_is_not_there_is_refused():
    with pytest.raises(BadRequest, match="series is 'x'; expected one of: s0"):
        make_scene(make_chart([[1]]), Wish("svg", series=("x",)))


def test_of_very_many_series_it_says_how_many_are_left_out():
    scene = make_scene(make_chart(np.ones((20, 2))), SVG)

    assert (len(scene["series"]), scene["left_out"]) == (12, 8)


@pytest.mark.parametrize(
    ("panels", "height_px", "expected"),
    [
        ("auto", 400, [[0, 1], [2]]),
        ("single", 400, [[0, 1, 2]]),
        ("stacked", 400, [[0], [1], [2]]),
        ("stacked", 240, [[0], [1, 2]]),
        ("stacked", 120, [[0, 1, 2]]),
    ],
)
def test_series_share_a_panel_where_all_of_them_can_be_seen_to_move(panels, height_px, expected):
    chart = make_chart([[1, 2], [1.5, 2.5], [1_000, 1_001]], panels=panels)

    assert make_scene(chart, Wish("svg", height_px=height_px))["panels"] == expected


def test_what_no_picture_can_hold_is_replaced():
    chart = make_chart(
        [[1]], title="a\x00\x1b\u202e\ud800\n\u6771", series=[Series("a", label="b\x07")]
    )

    scene = make_scene(chart, SVG)

    assert scene["title"].startswith("a\N{REPLACEMENT CHARACTER}")
    assert scene["title"].isprintable()
    assert scene["title"].endswith("\u6771")
    assert scene["series"][0]["label"] == "b\N{REPLACEMENT CHARACTER}"


@pytest.mark.parametrize(("name", "block"), [("light", 0), ("dark", 1)])
def test_the_colors_are_those_of_the_pages(name, block):
    found = re.findall(r":root[^{]*\{([^}]*)\}", CSS.read_text())[block]
    colors = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", found))
    theme = THEMES[name]

    for one in ("surface", "grid", "ink", "muted", "good", "warn", "bad"):
        assert getattr(theme, one) == colors[one]
    assert list(theme.series) == [colors[f"series-{i}"] for i in range(1, 9)]
