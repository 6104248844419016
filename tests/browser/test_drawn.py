"""What stands on the canvas is what the server has: every value, at its place, on every page."""

import json
import time
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from drawn import DRAWN, RECORD, check_line

SPIKE, TICKS, SPACING_MS = 211, 280, 1_000
# In what column and row of the canvas a color is found highest.
PEAK = """([variable, tolerance]) => {
  const canvas = document.querySelector(".pane canvas");
  const { width, height } = canvas;
  const right = document.querySelector(".u-over").offsetLeft * devicePixelRatio
    + document.querySelector(".u-over").offsetWidth * devicePixelRatio;
  const copy = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  copy.drawImage(canvas, 0, 0);
  const { data } = copy.getImageData(0, 0, width, height);
  const hex = getComputedStyle(document.documentElement).getPropertyValue(variable).trim();
  const color = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
  for (let y = 0; y < height; y += 1) {
    const found = [];
    for (let x = 0; x < right - 8; x += 1) {
      const at = 4 * (y * width + x);
      const isNear = color.every((part, i) => Math.abs(part - data[at + i]) < tolerance);
      if (isNear && data[at + 3] > 100) found.push(x);
    }
    if (found.length) return [(found[0] + found.at(-1)) / 2, y];
  }
  return null;
}"""
# Both of one moment, once the line is there.
SEEN = f"""(asked) => {{
  const peak = ({PEAK})(asked);
  return peak && JSON.stringify({{ peak, panes: JSON.parse(({DRAWN})()).panes }});
}}"""


@pytest.fixture
def spiked(serve_fed, fetch):
    """A chart that is flat but for one tick, which all can find on a canvas."""
    fed = serve_fed("?series=a")
    first_ms = round(time.time() * 1000) - TICKS * SPACING_MS
    for i in range(TICKS):
        value = 50 if i == SPIKE else -20 if i == 0 else 1
        fed.tick(value, time_ms=first_ms + i * SPACING_MS)
    while fetch(f"{fed.url}/api/charts/lab")["offset"] < TICKS:
        time.sleep(0.02)
    return fed


def test_a_spike_stands_where_its_time_and_value_are(spiked, view, fetch):
    kept = fetch(f"{spiked.url}/api/charts/lab/ticks")
    # A view that is live would move on with the silence after the last tick.
    begin, end = (f"{datetime.fromtimestamp(kept['t'][i] / 1_000, UTC):%FT%T.%fZ}" for i in (0, -1))
    for width, ratio in ((1280, 1), (420, 2)):
        viewing = view(
            f"{spiked.url}/lab?from={begin}&to={end}",
            lambda page: page.add_init_script(RECORD),
            viewport={"width": width, "height": 800},
            device_scale_factor=ratio,
        )
        viewing.wait_past("drawnOffset", TICKS)

        seen = json.loads(viewing.wait_for_value(SEEN, ["--series-1", 60]))
        [pane], (x, y) = seen["panes"], seen["peak"]

        assert pane["t"] == kept["t"]
        assert pane["y"] == kept["y"]
        check_line(pane)
        # The line is 1.5 px wide, and pointed.
        assert abs(x - pane["x_px"][SPIKE]) <= 2 * ratio
        assert abs(y - pane["y_px"][0][SPIKE]) <= 6 * ratio
        left, right = pane["x_px"][0], pane["x_px"][-1]
        share = (kept["t"][SPIKE] - kept["t"][0]) / (kept["t"][-1] - kept["t"][0])
        assert (pane["x_px"][SPIKE] - left) / (right - left) == pytest.approx(share, abs=1e-6)


def test_between_two_ticks_the_line_from_one_to_the_other_is_seen(serve_fed, view):
    fed = serve_fed("?series=a")
    for i in range(5):
        fed.tick(10.0 * i, time_ms=1_700_000_000_000 + 1_000 * i)
    viewing = view(
        f"{fed.url}/lab?from=2023-11-14T22:13:22.200Z&to=2023-11-14T22:13:22.230Z",
        lambda page: page.add_init_script(RECORD),
    )
    viewing.wait_past("drawnOffset", 5)

    [pane] = json.loads(viewing.wait_for_value(SEEN, ["--series-1", 60]))["panes"]
    [line], width, height = pane["lines"], pane["width"], pane["height"]

    [((x1, y1), (x2, y2))] = [
        (one, other) for one, other in pairwise(line) if one[0] < 0 and other[0] > width
    ]
    at_left, at_right = (y1 + (y2 - y1) * (x - x1) / (x2 - x1) for x in (0, width))
    assert 0 < at_right < at_left < height
    assert viewing.page.locator("[data-empty]").is_hidden()
