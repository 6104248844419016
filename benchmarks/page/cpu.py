"""Processor time of both pages at a tick a second, as they come, beside each other."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from benchmarks.page.browser import Chromium, Tab
from benchmarks.page.part import CLASSIC, OURS, Run
from benchmarks.page.site import site
from benchmarks.page.sources import Plan
from benchmarks.results import Sample

PLAN = Plan(n_series=2, history_ticks=300, interval_s=1.0)
# Which attribute tells the newest tick that is on the canvas.
SHOWN = {OURS: "drawnOffset", CLASSIC: "shownOffset"}
# A tick may be on its way at either end of a window.
LATE_TICKS = 3


def measure(run: Run) -> Iterator[Sample]:
    """Yield a sample of each page for each window: both in the same minutes, at one server."""
    with ExitStack() as stack:
        place = stack.enter_context(site(PLAN, run.folder))
        urls = {OURS: place.ours, CLASSIC: place.classic}
        seen = {
            name: _opened(stack, run.folder / name, urls[name], SHOWN[name])
            for name in run.turn(list(urls))
        }
        time.sleep(run.pace.settle_s)
        for window in range(run.pace.cpu_windows):
            run.tell(f"window {window + 1} of {run.pace.cpu_windows}")
            before = {name: _state(*one, SHOWN[name]) for name, one in seen.items()}
            time.sleep(run.pace.cpu_window_s)
            for name, one in seen.items():
                after = _state(*one, SHOWN[name])
                yield _sample(run, window, name, before[name], after, one[0].complaints)


def _opened(stack: ExitStack, folder: Path, url: str, shown: str) -> tuple[Chromium, Tab]:
    folder.mkdir()
    chromium = stack.enter_context(Chromium(folder))
    tab = chromium.open(url)
    tab.wait_past(shown, PLAN.history_ticks)
    return chromium, tab


def _state(chromium: Chromium, tab: Tab, shown: str) -> tuple[float, float, float, float]:
    frames = tab.evaluate("window.benchmark.seen.frames")
    return chromium.cpu_s(), time.monotonic(), tab.number(shown), frames


def _sample(
    run: Run,
    window: int,
    name: str,
    before: tuple[float, float, float, float],
    after: tuple[float, float, float, float],
    complaints: list[str],
) -> Sample:
    cpu_s, window_s, ticks, frames = (b - a for a, b in zip(before, after, strict=True))
    due = window_s / PLAN.interval_s
    fault = "; ".join(complaints)
    if abs(ticks - due) > LATE_TICKS:
        fault += f"{ticks:.0f} ticks were shown in {window_s:.0f} s; expected {due:.0f}"
    figures = {"cpu_share": cpu_s / window_s, "frames_per_s": frames / window_s}
    return run.sample("cpu", name, figures, fault, window=window, window_s=window_s, ticks=ticks)
