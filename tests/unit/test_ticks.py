"""Names, series and positions: what is taken and what is refused, and in which words."""

import pytest

from chartserver.errors import BadRequest, ConfigError
from chartserver.ticks import (
    RESERVED_NAMES,
    Limit,
    Position,
    Series,
    check_chart_name,
    default_names,
    short,
)


@pytest.mark.parametrize("name", ["fx", "0", "a-b_c", "9lives", "x" * 64])
def test_a_chart_name_is_taken_as_it_is(name):
    assert check_chart_name(name) == name


@pytest.mark.parametrize(
    "name", ["", "FX", "-fx", "_fx", "a b", "a/b", "é", "x" * 65, "fx\n", None]
)
def test_a_chart_name_that_is_no_path_is_refused_with_an_example(name):
    with pytest.raises(ConfigError, match=r"chart name is .*expected 1 to 64 .*such as 'fx'"):
        check_chart_name(name)


@pytest.mark.parametrize("name", sorted(RESERVED_NAMES))
def test_a_path_of_the_server_is_no_chart_name(name):
    with pytest.raises(ConfigError, match=f"choose another, such as '{name}-1'"):
        check_chart_name(name)


@pytest.mark.parametrize("name", ["", "a\nb", "x" * 129, "\ud800"])
def test_a_series_name_that_cannot_be_shown_is_refused(name):
    with pytest.raises(ConfigError, match="series name is"):
        Series(name)


def test_a_series_without_a_label_is_called_by_its_name():
    assert Series("EURUSD").describe() == {
        "name": "EURUSD",
        "label": "EURUSD",
        "unit": "",
        "color": "",
        "digits": None,
        "limits": [],
    }


@pytest.mark.parametrize(
    ("color", "kept"),
    [("#09F", "#0099ff"), ("#0072B2", "#0072b2"), (" Tomato", "#ff6347"), ("", "")],
)
def test_a_color_is_kept_in_the_one_form_that_all_who_draw_know(color, kept):
    assert Series("a", color=color).color == kept


@pytest.mark.parametrize(
    "color", ["blu", "#12345", "#12345g", "red;background:url(x)", "rgb(1,2,3)", "var(--x)"]
)
def test_a_color_that_is_none_is_refused_so_that_no_style_can_be_slipped_in(color):
    with pytest.raises(
        ConfigError, match=r"color of series 'a' is .*such as '#0072b2' or 'tomato'"
    ):
        Series("a", color=color)


def test_a_limit_is_described_with_the_bound_that_it_has():
    limits = [Limit(above=1.2, label="dear"), Limit(below=0.0, severity="critical")]

    assert Series("a", limits=limits).describe()["limits"] == [
        {"above": 1.2, "severity": "warning", "label": "dear"},
        {"below": 0.0, "severity": "critical", "label": ""},
    ]


@pytest.mark.parametrize(
    "wrong", [{}, {"above": 1.0, "below": 0.0}, {"above": float("nan")}, {"below": float("inf")}]
)
def test_a_limit_has_one_bound_and_that_is_a_number(wrong):
    with pytest.raises(ConfigError, match="expected a number for one of them"):
        Limit(**wrong)


def test_the_severity_of_a_limit_is_one_of_two():
    with pytest.raises(ConfigError, match="severity of a limit is 'bad'; expected one of warning"):
        Limit(above=1.0, severity="bad")


def test_a_series_is_completed_by_what_it_leaves_open():
    mine = Series("a", unit="V", digits=0)

    assert mine.completed(Series("a", "Label", "A", "red", 3)) == Series(
        "a", "Label", "V", "#ff0000", 0
    )


def test_series_that_nobody_named_get_names_that_differ():
    assert default_names(1) == ["value"]
    assert default_names(3) == ["value 1", "value 2", "value 3"]


@pytest.mark.parametrize(
    "raw",
    [{"epoch": "9f2c41aa", "offset": 812}, "9f2c41aa:812", Position("9f2c41aa", 812)._asdict()],
)
def test_a_position_is_read_from_the_object_of_the_wire_and_from_text(raw):
    assert Position.parse(raw) == Position("9f2c41aa", 812)


def test_a_position_survives_its_own_text():
    position = Position("00ff00ff", 2**53 - 1)

    assert Position.parse(str(position)) == position


@pytest.mark.parametrize(
    "raw",
    [
        {},
        [],
        0,
        True,
        "",
        "9f2c41aa",
        "9f2c41aa:",
        "9f2c41aa:-1",
        "9f2c41aa:1.5",
        "9f2c41aa:" + "9" * 17,
        "9F2C41AA:1",
        "9f2c41a:1",
        {"epoch": "9f2c41aa"},
        {"offset": 1},
        {"epoch": "9f2c41aa", "offset": "1"},
        {"epoch": "9f2c41aa", "offset": -1},
        {"epoch": "9f2c41aa", "offset": 1.0},
        {"epoch": "9f2c41aa", "offset": True},
        {"epoch": "9f2c41aa", "offset": 2**53},
        {"epoch": 9, "offset": 1},
        {"epoch": ["9f2c41aa"], "offset": 1},
        {"epoch": "9f2c41aa\n", "offset": 1},
    ],
)
def test_what_is_no_position_is_refused_with_an_example(raw):
    with pytest.raises(BadRequest, match=r'^since is .*expected .*such as \{"epoch"') as caught:
        Position.parse(raw)

    assert "\n" not in str(caught.value)


def test_what_somebody_sent_stands_in_an_error_cut_and_on_one_line():
    assert short("a\nb") == r"'a\nb'"
    assert len(short("x" * 10_000)) == 80


@pytest.mark.parametrize("name", ["", " ", "\u3000", "\u200d", "\u3164", "\u2800 ", "\ufe0f"])
def test_a_name_of_which_nothing_is_seen_is_refused(name):
    with pytest.raises(ConfigError, match="one of them visible"):
        Series(name)


def test_what_is_nested_deep_or_long_is_told_in_a_few_words():
    deep = []
    for _ in range(5000):
        deep = [deep]

    assert short(deep).startswith("[[[[")
    assert short({"b": 1, "a": [1, "x"]}) == "{'b': 1, 'a': [1, 'x']}"
    assert len(short({str(i): "x" * 1000 for i in range(1000)})) == 80
