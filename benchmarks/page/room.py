"""How much room our page gives to its lines: Epoch is given as much for its own."""

from pathlib import Path

from benchmarks.page.browser import Chromium
from benchmarks.page.site import site
from benchmarks.page.sources import Plan

PLAN = Plan(n_series=2, history_ticks=60, interval_s=1.0)
SIZE = """(() => {
  const { width, height } = document.querySelector(".u-over").getBoundingClientRect();
  return [Math.round(width), Math.round(height)];
})()"""
# What Epoch keeps free around its lines, with axes at the left, the right and the bottom.
MARGINS_PX = (100, 31)


def epoch_size_px(folder: Path) -> tuple[int, int]:
    """Return the width and height for Epoch, as the page with one panel has them for its lines."""
    place_folder = folder / "room"
    place_folder.mkdir()
    with site(PLAN, place_folder) as place, Chromium(place_folder) as chromium:
        tab = chromium.open(f"{place.ours}?panels=single")
        tab.wait_past("drawnOffset", PLAN.history_ticks)
        width_px, height_px = tab.evaluate(SIZE)
    return width_px + MARGINS_PX[0], height_px + MARGINS_PX[1]
