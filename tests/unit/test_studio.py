"""The process that draws, and what becomes of one that does not."""

import struct
import sys
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from test_picture_scene import START_MS, make_chart

from chartserver.pictures.scene import make_scene
from chartserver.pictures.studio import NotPainted, Studio
from chartserver.pictures.wish import Wish
from chartserver.ticks import EARLIEST_MS, LATEST_MS, Limit, Series

HUNG = (sys.executable, "-c", "import time; time.sleep(60)")
GONE = (sys.executable, "-c", "")
# Answers each scene with the number of those that it has had, and ends after two.
COUNTING = (
    sys.executable,
    "-c",
    """
import struct, sys
for n in b"12":
    size = struct.unpack("!cI", sys.stdin.buffer.read(5))[1]
    sys.stdin.buffer.read(size)
    sys.stdout.buffer.write(struct.pack("!cI", b"p", 1) + bytes([n]))
    sys.stdout.buffer.flush()
""",
)


@pytest.fixture
def open_studio():
    """Open studios that are closed at the end."""
    studios = []

    def open_one(*arguments):
        studios.append(Studio(*arguments))
        return studios[-1]

    yield open_one
    for studio in studios:
        studio.close()


@pytest.fixture(scope="module")
def studio():
    """Open the real one."""
    made = Studio()
    yield made
    made.close()


def texts(picture):
    return {
        "".join(one.itertext()).strip()
        for one in ET.fromstring(picture).iter()
        if "text" in one.tag
    }


def size_of(png):
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    return struct.unpack("!II", png[16:24])


def scene_of(*, form="svg", **options):
    series = [
        Series("EURUSD", unit="USD", limits=[Limit(above=2.0)]),
        Series("USDJPY", label="Yen $x_1$ <&> \u5186"),
    ]
    chart = make_chart(
        [[1.0, 1.5, 1.2], [150.0, 149.0, 151.0]], series=series, title="\u70ba\u66ff & <FX>"
    )
    return make_scene(chart, Wish(form, **options))


def test_an_svg_has_its_texts_as_texts(studio):
    picture = studio.paint(scene_of())

    assert {
        "\u70ba\u66ff & <FX>",
        "EURUSD  1.2000 USD",
        "Yen $x_1$ <&> \u5186  151.00",
        "Live \N{MIDDLE DOT} as of 2026-11-22 17:30:41 UTC",
    } <= texts(picture)
    root = ET.fromstring(picture)
    # 1 pt is 4/3 px.
    assert float(root.get("width").removesuffix("pt")) * 4 / 3 == pytest.approx(800, abs=0.1)
    assert b"<script" not in picture


def test_the_same_scene_is_the_same_picture(studio):
    assert studio.paint(scene_of()) == studio.paint(scene_of())
    assert studio.paint(scene_of(form="png")) == studio.paint(scene_of(form="png"))


@pytest.mark.parametrize("size", [(200, 120), (333, 777), (2_000, 1_500)])
def test_a_png_has_the_size_asked_for(studio, size):
    picture = studio.paint(scene_of(form="png", width_px=size[0], height_px=size[1], theme="dark"))

    assert size_of(picture) == size


@pytest.mark.parametrize("values", [[[]], [[1.0]], [[None, None]], [[0.0, 0.0]]])
def test_what_hardly_is_there_is_drawn_too(studio, values):
    rows = [[float("nan") if v is None else v for v in row] for row in values]

    assert ET.fromstring(studio.paint(make_scene(make_chart(rows), Wish("svg")))).tag.endswith(
        "svg"
    )


def test_what_cannot_be_drawn_is_told_and_the_next_can(studio):
    with pytest.raises(NotPainted, match="could not be drawn"):
        studio.paint({**scene_of(), "theme": {}})

    assert studio.paint(scene_of())


def test_one_that_hangs_is_ended(open_studio):
    studio = open_studio(HUNG, 0.2, 0.2)

    with pytest.raises(NotPainted, match="too long"):
        studio.paint({})
    assert studio._process is None


def test_one_that_has_ended_is_started_again(open_studio):
    studio = open_studio(COUNTING)

    assert [studio.paint({}) for _ in range(3)] == [b"1", b"2", b"1"]


def test_one_that_always_ends_is_not_started_for_ever(open_studio):
    with pytest.raises(NotPainted, match="has ended"):
        open_studio(GONE).paint({})


@pytest.mark.parametrize("values", [[1.7e308, -1.7e308], [1.7e308, 1.6e308], [5e-324, -5e-324]])
@pytest.mark.parametrize(
    ("first_ms", "zone"),
    [(EARLIEST_MS, "Pacific/Niue"), (LATEST_MS - 60_000.0, "Pacific/Kiritimati")],
)
def test_what_is_out_of_all_bounds_is_drawn_at_the_bounds(studio, values, first_ms, zone):
    chart = make_chart([values], (np.array([0.0, 60_000.0]) + first_ms - START_MS) / 1_000)

    picture = studio.paint(make_scene(chart, Wish("svg", zone=zone)))

    assert ET.fromstring(picture).tag.endswith("svg")
