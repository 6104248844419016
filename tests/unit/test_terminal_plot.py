import re

import numpy as np
import pytest

from chartserver.clients.viewer import SeenTick
from chartserver.terminal.plot import TerminalPlot, gaps
from chartserver.terminal.text import clip, color_of, format_time, format_value, width

STYLE = re.compile(r"\x1b\[[0-9;]*m")


def ticks(values, *, epoch="9f2c41aa", spacing_ms=1000.0, start=1):
    return [
        SeenTick(start + i, i * spacing_ms, dict(value), epoch, "fx")
        for i, value in enumerate(values)
    ]


def described(*names, **more):
    return {"series": [{"name": name} for name in names], "interval_ms": 1000, **more}


def picture(plot, description, columns=80, rows=20):
    return [STYLE.sub("", line) for line in plot.lines(description, "live", columns, rows)]


def dots(lines):
    """Return for each column whether a dot of a line is in it, without axes and labels."""
    canvas = [line.partition("│")[2] or line.partition("┤")[2] for line in lines]
    wide = max(map(len, canvas))
    return [any(len(line) > i and "⠀" < line[i] <= "⣿" for line in canvas) for i in range(wide)]


def test_the_picture_has_status_last_values_and_a_line():
    plot = TerminalPlot()
    plot.add(ticks([{"a": i, "b": 10.0 - i} for i in range(11)]))

    lines = picture(plot, described("a", "b"))

    assert lines[0] == "live"
    assert lines[1] == "■ a 10   ■ b 0"
    assert sum(dots(lines)) > 50


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (200, 60), (40, 12), (24, 7)])
def test_the_picture_keeps_within_its_size(columns, rows):
    plot = TerminalPlot()
    plot.add(ticks([{"a": i, "b": 1e9 * i} for i in range(5000)]))

    lines = picture(plot, described("a", "b"), columns, rows)

    assert len(lines) <= rows
    assert max(map(width, lines)) <= columns


@pytest.mark.parametrize(("columns", "rows"), [(1, 1), (10, 3), (23, 50), (80, 4)])
def test_a_terminal_that_is_too_small_is_told_so_and_never_overrun(columns, rows):
    plot = TerminalPlot()
    plot.add(ticks([{"a": 1}]))

    lines = picture(plot, described("a"), columns, rows)

    assert len(lines) <= rows
    assert max(map(width, lines)) <= columns


def test_before_the_first_tick_it_says_that_it_waits():
    assert "waiting for the first tick" in picture(TerminalPlot(), described("a"))


def test_a_missing_value_is_a_gap():
    plot = TerminalPlot()
    values = [{"a": 1.0 if i < 20 or i > 40 else None} for i in range(61)]
    plot.add(ticks(values))

    shown = dots(picture(plot, described("a")))

    drawn = [i for i, is_dot in enumerate(shown) if is_dot]
    assert max(np.diff(drawn)) > 15


def test_a_pause_of_many_intervals_is_a_gap():
    plot = TerminalPlot()
    plot.add(ticks([{"a": 1.0}] * 20))
    plot.add(
        [SeenTick(21 + i, 40_000.0 + i * 1000, {"a": 1.0}, "9f2c41aa", "fx") for i in range(20)]
    )

    drawn = [i for i, is_dot in enumerate(dots(picture(plot, described("a")))) if is_dot]

    assert max(np.diff(drawn)) > 15


def test_spacing_within_a_reduced_run_is_no_gap():
    times = np.array([0.0, 1000.0, 90_000.0, 91_000.0])

    assert gaps(times, [1, 2, None, 4], {"interval_ms": 1000}).tolist() == [0, 0, 0, 0]
    assert gaps(times, [1, 2, 3, 4], {"interval_ms": 1000}).tolist() == [0, 0, 1, 0]


def test_a_new_epoch_takes_the_place_of_the_old_one():
    plot = TerminalPlot()
    plot.add(ticks([{"a": 1.0}] * 5))
    plot.add(ticks([{"a": 7.0}], epoch="0badcafe"))

    lines = picture(plot, described("a"))

    assert lines[1] == "■ a 7"
    assert sum(dots(lines)) <= 2


def test_a_window_shows_only_its_ticks():
    plot = TerminalPlot(window_ms=10_000.0)
    plot.add(ticks([{"a": 1000.0 if i < 50 else 1.0 + i % 2} for i in range(100)]))

    assert "1000" not in "".join(picture(plot, described("a"))[2:])


def test_a_series_that_never_had_a_value_is_named_all_the_same():
    plot = TerminalPlot()
    plot.add(ticks([{"a": 1.0}]))

    assert picture(plot, described("a", "b"))[1] == "■ a 1   ■ b –"


def test_series_that_share_no_scale_have_panels_of_their_own():
    plot = TerminalPlot()
    plot.add(ticks([{"EURUSD": 1.08 + i % 2 / 100, "USDJPY": 149.0 + i % 3} for i in range(50)]))

    lines = picture(plot, described("EURUSD", "USDJPY"), 80, 24)

    assert sum(line.lstrip().startswith("┌") for line in lines) == 2
    assert len({line.index("┌") for line in lines if "┌" in line}) == 1
    assert len(lines) <= 24


def test_with_too_few_rows_all_series_share_one_panel():
    plot = TerminalPlot()
    plot.add(ticks([{"a": 1e4 ** (i % 2), "b": 1e9 + 1e8 * (i % 2)} for i in range(50)]))

    tall, low = (picture(plot, described("a", "b"), 80, rows) for rows in (20, 10))

    assert sum("┌" in line for line in tall) == 2
    assert sum("┌" in line for line in low) == 1


def test_series_of_one_scale_share_a_panel_beside_another():
    plot = TerminalPlot()
    values = [
        {"a": 1.0 + i % 3, "b": 2.0 + i % 3, "c": 900.0 + i % 3, "d": None} for i in range(50)
    ]
    plot.add(ticks(values))

    lines = picture(plot, described("a", "b", "c", "d"), 80, 24)

    assert sum("┌" in line for line in lines) == 2


def test_what_a_server_says_cannot_move_the_cursor():
    plot = TerminalPlot()
    plot.add(ticks([{"a": 1.0}]))
    described_badly = {"series": [{"name": "a", "label": "\x1b[2Jboo\n", "unit": "\x07"}]}

    text = "".join(plot.lines(described_badly, "live \x1b[5;5H", 80, 20))

    assert "\x1b[2J" not in text
    assert "\x1b[5;5H" not in text
    assert "\n" not in text
    assert "\x07" not in text


def test_wide_characters_take_two_cells():
    assert width("気温a") == 5
    assert clip("気温気温", 5) == "気温…" or width(clip("気温気温", 5)) <= 5
    assert clip("short", 10) == "short"


def test_a_color_of_its_own_goes_before_the_palette():
    assert color_of({"color": "#ff8000"}, 0) == (255, 128, 0)
    assert color_of({"color": "tomato"}, 1) == color_of({}, 1)


def test_values_show_the_digits_they_were_given():
    assert format_value(1.5, 3) == "1.500"
    assert format_value(149.8300001, None) == "149.83"


def test_times_are_as_fine_as_the_span_needs():
    assert format_time(0.0, 40 * 86_400_000.0) == "1970-01-01"
    assert re.fullmatch(r"\d\d:\d\d:\d\d", format_time(0.0, 60_000.0))
    assert format_time(-62_135_596_800_000.0, 60_000.0) == "00:00:00" or "0" in format_time(
        0.0, 1.0
    )
