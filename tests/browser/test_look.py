"""Light and dark, narrow and wide; no page needs anything that is not ours."""

import pytest
from serving import Servers

PAGES = ["/", "/fx", "/lab", "/classic", "/classic?chart=lab", "/nope"]
MANY = ",".join(f"quite_a_long_name_of_a_series_{i}" for i in range(7))
CHARTS = ("--chart", "fx=walk?interval_s=0.1", "--chart", f"lab=walk?interval_s=0.1&series={MANY}")
LUMINANCE = """() => {
  const [red, green, blue] = getComputedStyle(document.body).backgroundColor.match(/[\\d.]+/g);
  return (0.2126 * red + 0.7152 * green + 0.0722 * blue) / 255;
}"""
COLOR = "() => getComputedStyle(document.documentElement).getPropertyValue('--series-2').trim()"
SET_BEFORE = "(color) => document.documentElement.style.setProperty('--before', color)"


@pytest.fixture(scope="module")
def server():
    """Start one server for all tests that only look."""
    with Servers() as servers:
        yield servers.start(*CHARTS)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_follows_the_system_s_colors(server, view, path):
    viewing = view(server.url + path, color_scheme="dark")
    viewing.allow("status of 404")

    dark = viewing.page.evaluate(LUMINANCE)
    viewing.page.emulate_media(color_scheme="light")
    light = viewing.page.evaluate(LUMINANCE)

    assert dark < 0.1
    assert light > 0.9


def test_the_chart_is_drawn_anew_when_the_system_s_colors_change(serve, view):
    server = serve("--chart", "fx=walk?interval_s=0.05&series=EURUSD,USDJPY")
    viewing = view(f"{server.url}/fx", color_scheme="dark")
    viewing.wait_past("drawnOffset", 10)
    # The second series: its dark color is none that its light one blends into.
    dark = viewing.page.evaluate(COLOR)
    assert any(viewing.ink(1, "--series-2"))

    viewing.page.emulate_media(color_scheme="light")
    viewing.wait_past("draws", viewing.number("draws") + 2)

    assert viewing.page.evaluate(COLOR) != dark
    assert any(viewing.ink(1, "--series-2"))
    viewing.page.evaluate(SET_BEFORE, dark)
    assert not any(viewing.ink(1, "--before"))


@pytest.mark.parametrize("path", PAGES)
def test_a_page_of_360_px_is_not_wider_than_the_screen(server, view, path):
    viewing = view(server.url + path, viewport={"width": 360, "height": 740})
    viewing.allow("status of 404")
    if path not in ("/", "/nope"):
        viewing.wait_for(state="live")
        viewing.wait_past("offset", 10)

    wide_px = viewing.page.evaluate("() => document.scrollingElement.scrollWidth")

    assert wide_px == 360
