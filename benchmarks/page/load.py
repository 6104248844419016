"""From navigation to the drawn history of two series of 100,000 ticks."""

import time
from collections.abc import Iterator

from benchmarks.page.browser import Chromium, Tab
from benchmarks.page.part import BARE, EPOCH, OURS, REDUCED, Run
from benchmarks.page.room import MARGINS_PX, epoch_size_px
from benchmarks.page.site import Site, site
from benchmarks.page.sources import Plan
from benchmarks.results import Sample

PLAN = Plan(n_series=2, history_ticks=100_000, interval_s=1.0)
INKED_MIN = 0.98
PAUSE_S = 0.5
# When the history can be seen, and when the page goes on with it.
MARKS = "drawn", "ready"
# The plotted area of our first panel, and that of Epoch; and the colors of two series.
OURS_INK = """(() => {
  const over = document.querySelector(".u-over");
  const box = [over.offsetLeft, over.offsetTop, over.clientWidth, over.clientHeight];
  const style = getComputedStyle(document.documentElement);
  const colors = ["--series-1", "--series-2"].map((name) => style.getPropertyValue(name).trim());
  return window.benchmark.inked(window.benchmark.seen.drawn, box, colors);
})()"""
EPOCH_INK = """(() => {
  const { drawn } = window.benchmark.seen;
  return window.benchmark.inked(drawn, [0, 0, drawn.width, drawn.height], ["#1f77b4", "#aec7e8"]);
})()"""


def measure(run: Run) -> Iterator[Sample]:
    """Yield the times of all pages in turn: one server, one browser, nothing kept from before."""
    size_px = epoch_size_px(run.folder)
    with site(PLAN, run.folder) as place, Chromium(run.folder) as chromium:
        urls = _urls(place, size_px)
        for url in urls.values():
            # The browser's own first steps are no page's fault.
            chromium.close_context(_load(chromium, url)[1])
        for i in range(run.pace.loads):
            for name in run.turn(list(urls), i):
                yield _sample(run, i, name, chromium, urls[name])
            run.tell(f"load {i + 1} of {run.pace.loads}")


def _urls(place: Site, size_px: tuple[int, int]) -> dict[str, str]:
    # As many as our page asks for, which fill the width twice.
    points = 2 * (size_px[0] - MARGINS_PX[0])
    return {
        OURS: f"{place.ours}?window=all&panels=single",
        EPOCH: place.epoch(size_px),
        BARE: place.epoch(size_px, "&bare"),
        REDUCED: place.epoch(size_px, f"&points={points}"),
    }


def _load(chromium: Chromium, url: str) -> tuple[Tab, str]:
    context = chromium.context()
    tab = chromium.open(url, wanted=PLAN.history_ticks, context=context)
    tab.wait("window.benchmark?.seen?.ready_ms")
    return tab, context


def _sample(run: Run, i: int, name: str, chromium: Chromium, url: str) -> Sample:
    time.sleep(PAUSE_S)
    tab, context = _load(chromium, url)
    drawn_ms, ready_ms = (tab.evaluate(f"window.benchmark.seen.{it}_ms") for it in MARKS)
    points = tab.number("points")
    inked = tab.evaluate(OURS_INK if name == OURS else EPOCH_INK)
    chromium.close_context(context)
    fault = "; ".join(chromium.complaints)
    if inked < INKED_MIN:
        fault += f"a line is on {inked:.0%} of the plot; expected all of it"
    if name in (EPOCH, BARE) and points < PLAN.history_ticks:
        fault += f"Epoch was given {points:,.0f} ticks"
    figures = {"drawn_ms": drawn_ms, "ready_ms": ready_ms, "points": points, "inked": inked}
    return run.sample("load", name, figures, fault, load=i)
