"""Processor time of a drawn frame: 20 series of 10,000 ticks, which go on at 20 a second."""

import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.page.browser import Chromium, Tab
from benchmarks.page.part import EPOCH, OURS, STACKED, Run
from benchmarks.page.room import epoch_size_px
from benchmarks.page.site import Site, site
from benchmarks.page.sources import Plan
from benchmarks.processes import RunFailed
from benchmarks.results import Sample

N_SERIES, TICKS, INTERVAL_S = 20, 10_000, 0.05
PANELS = {OURS: "single", STACKED: "stacked"}
HELD = """(() => {
  let held;
  const detail = { reply: (answer) => { held = answer; } };
  document.querySelector("main").dispatchEvent(new CustomEvent("chartserver:dump", { detail }));
  return [held.t.length, held.y.length, held.exactFrom];
})()"""


def measure(run: Run) -> Iterator[Sample]:
    """Yield a sample of each page, one after another: each has a server and a browser to itself."""
    size_px = epoch_size_px(run.folder)
    for name in run.turn([OURS, EPOCH, STACKED]):
        run.tell(name)
        folder = run.folder / name
        folder.mkdir()
        go = folder / "go"
        plan = Plan(n_series=N_SERIES, history_ticks=TICKS, interval_s=INTERVAL_S, go=str(go))
        with site(plan, folder) as place, Chromium(folder) as chromium:
            if name == EPOCH:
                tab = _epoch(place, chromium, go, size_px)
            else:
                tab = _ours(place, chromium, go, PANELS[name])
            time.sleep(run.pace.settle_s)
            yield _sample(run, name, tab, chromium)


def _ours(place: Site, chromium: Chromium, go: Path, panels: str) -> Tab:
    """Open our page before the first tick: so it is sent each of them, and holds them all."""
    tab = chromium.open(f"{place.ours}?window=500s&panels={panels}")
    tab.wait("document.querySelector('main')?.dataset.state === 'waiting'")
    go.touch()
    tab.wait_past("drawnOffset", TICKS)
    points, series, exact_from = tab.evaluate(HELD)
    if points < TICKS or series != N_SERIES or exact_from != 0:
        raise RunFailed(f"our page holds {series} series of {points} ticks, exact {exact_from}")
    return tab


def _epoch(place: Site, chromium: Chromium, go: Path, size_px: tuple[int, int]) -> Tab:
    """Open Epoch when the ticks are there: it fetches them all."""
    go.touch()
    place.wait_for(TICKS)
    tab = chromium.open(place.epoch(size_px))
    tab.wait_past("drawnOffset", TICKS)
    return tab


def _sample(run: Run, name: str, tab: Tab, chromium: Chromium) -> Sample:
    before, began_s, begin_cpu_s = _seen(tab), time.monotonic(), chromium.cpu_s()
    time.sleep(run.pace.frame_window_s)
    cpu_s, window_s, after = chromium.cpu_s() - begin_cpu_s, time.monotonic() - began_s, _seen(tab)
    frames, strokes = (b - a for a, b in zip(before, after, strict=True))
    drawn = drawn_frames(name, frames, strokes)
    figures = {
        "cpu_ms_per_frame": cpu_s / drawn * 1000 if drawn else None,
        "frames_per_s": drawn / window_s,
        "cpu_share": cpu_s / window_s,
    }
    fault = "; ".join(chromium.complaints) or ("" if drawn else "no frame was drawn")
    return run.sample("frame", name, figures, fault, frames=frames, strokes=strokes)


def drawn_frames(name: str, frames: float, strokes: float) -> float:
    """Return how many frames count as drawn.

    Epoch draws by a timer, perhaps twice in a frame of the screen: then each of its passes over
    all series counts, one line to each.
    """
    return max(frames, strokes / N_SERIES) if name == EPOCH else frames


def _seen(tab: Tab) -> tuple[float, float]:
    frames, strokes = tab.evaluate("[window.benchmark.seen.frames, window.benchmark.seen.strokes]")
    return frames, strokes
