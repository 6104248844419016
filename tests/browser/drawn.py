"""What a page has drawn: values that uPlot was given, and the lines that came onto the canvas."""

import json

import pytest

# Keeps of each canvas the line that was stroked last in each color, as points in px of the canvas.
RECORD = """
const points = new WeakMap();
for (const name of ["moveTo", "lineTo"]) {
  const act = Path2D.prototype[name];
  Path2D.prototype[name] = function (x, y) {
    if (!points.has(this)) points.set(this, []);
    points.get(this).push([x, y]);
    return act.call(this, x, y);
  };
}
const { stroke } = CanvasRenderingContext2D.prototype;
CanvasRenderingContext2D.prototype.stroke = function (path) {
  if (points.has(path)) (this.canvas.lines ??= {})[this.strokeStyle] = points.get(path);
  return path ? stroke.call(this, path) : stroke.call(this);
};
"""
# For each pane what it says that it has drawn; `line` is what was stroked, in the series' color.
DRAWN = """() => {
  let held;
  const detail = { reply: (answer) => { held = answer; } };
  document.querySelector("main").dispatchEvent(new CustomEvent("chartserver:dump", { detail }));
  const canvases = document.querySelectorAll(".pane canvas");
  const panes = held.drawn().map((pane, i) => {
    const { width, height, lines } = canvases[i];
    return { ...pane, width, height, lines: Object.values(lines ?? {}) };
  });
  return JSON.stringify({ epoch: held.epoch, offset: held.offset, panes });
}"""
NEAR_PX = 0.01
BEYOND = 2


def drawn(page):
    """Return what a page or tab has drawn, pane by pane, each of one series; see `RECORD`."""
    return json.loads(page.evaluate(f"({DRAWN})()"))["panes"]


def check_line(pane):
    """Check that the line on the canvas goes through the places of all values, and no others.

    A point or two more at either end are those of ticks before or after what is in view.
    """
    places = list(zip(pane["x_px"], pane["y_px"][0], strict=True))
    [line] = pane["lines"]
    assert len(places) <= len(line) <= len(places) + 2 * BEYOND
    begin = line[: BEYOND + 1]
    before = next((i for i, point in enumerate(begin) if is_near(point, places[0])), None)
    assert before is not None, f"the line begins with {begin}, the values at {places[0]}"
    for place, point in zip(places, line[before:], strict=False):
        assert is_near(place, point)
    assert len(line) - before >= len(places)
    width, height = pane["width"], pane["height"]
    assert all(0 <= x <= width and 0 <= y <= height for x, y in places)


def is_near(one, other):
    return one == pytest.approx(other, abs=NEAR_PX)


def ticks_drawn(panes):
    """Return by time the values of all panes, which are drawn side by side."""
    times = panes[0]["t"]
    assert all(pane["t"] == times for pane in panes)
    return dict(zip(times, zip(*(pane["y"][0] for pane in panes), strict=True), strict=True))
