"""Processor time of our page in a hidden tab, against one that is seen, at two rates of ticks."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from benchmarks.page.browser import Chromium, Tab
from benchmarks.page.part import BLANK, HIDDEN, OURS, Run
from benchmarks.page.site import Site, site
from benchmarks.page.sources import Plan
from benchmarks.results import Sample

RATES_HZ = (20, 1)
HISTORY_S = 300
RETURN_S = 1.0


def measure_name(rate_hz: int) -> str:
    """Return the name of the measure at that rate."""
    return f"hidden-{rate_hz}hz"


def measure(run: Run) -> Iterator[Sample]:
    """Yield a sample of each for each rate: all in the same minute, at one server.

    A Chromium that shows nothing is told beside: what its own housekeeping costs.
    """
    for rate_hz in RATES_HZ:
        run.tell(f"{rate_hz} Hz")
        folder = run.folder / str(rate_hz)
        folder.mkdir()
        plan = Plan(n_series=2, history_ticks=HISTORY_S * rate_hz, interval_s=1 / rate_hz)
        with ExitStack() as stack:
            place = stack.enter_context(site(plan, folder))
            seen = {
                name: _opened(stack, folder / name, place.ours, plan)
                for name in run.turn([OURS, HIDDEN])
            }
            chromium, tab = seen[HIDDEN]
            chromium.open("about:blank").show()
            tab.wait("document.hidden")
            seen[BLANK] = _blank(stack, folder / BLANK)
            place.wait_for_viewers(1)
            time.sleep(run.pace.settle_s)
            yield from _samples(run, measure_name(rate_hz), seen, place)


def _opened(stack: ExitStack, folder: Path, url: str, plan: Plan) -> tuple[Chromium, Tab]:
    folder.mkdir()
    chromium = stack.enter_context(Chromium(folder))
    tab = chromium.open(url)
    tab.wait_past("drawnOffset", plan.history_ticks)
    return chromium, tab


def _blank(stack: ExitStack, folder: Path) -> tuple[Chromium, Tab]:
    folder.mkdir()
    chromium = stack.enter_context(Chromium(folder))
    tab = chromium.open("about:blank")
    chromium.open("about:blank").show()
    return chromium, tab


def _samples(
    run: Run, measure: str, seen: dict[str, tuple[Chromium, Tab]], place: Site
) -> Iterator[Sample]:
    before = {name: _state(*one) for name, one in seen.items()}
    time.sleep(run.pace.hidden_window_s)
    for name, one in seen.items():
        after = _state(*one)
        cpu_s, window_s, ticks, frames = (b - a for a, b in zip(before[name], after, strict=True))
        fault = "; ".join(one[0].complaints) or ("" if ticks or name != OURS else "no tick arrived")
        if name == HIDDEN and frames + ticks:
            fault += f"a hidden page took {ticks:.0f} ticks and drew {frames:.0f} frames"
        figures = {"cpu_share": cpu_s / window_s, "frames_per_s": frames / window_s}
        if name == HIDDEN:
            figures |= _returned(one[1], place)
            fault += "it is behind after its return" if figures["behind"] else ""
        yield run.sample(measure, name, figures, fault, window_s=window_s, ticks=ticks)


def _returned(tab: Tab, place: Site) -> dict[str, float]:
    """Show a page that was hidden; return how far it is behind, a second after its return."""
    tab.show()
    tab.wait("!document.hidden")
    time.sleep(RETURN_S)
    newest = place.number("offset")
    shown = tab.evaluate("({ ...document.querySelector('main').dataset })")
    return {
        "behind": max(0.0, newest - float(shown["offset"])),
        "backfills": float(shown["backfills"]),
    }


def _state(chromium: Chromium, tab: Tab) -> tuple[float, float, float, float]:
    frames = tab.evaluate("window.benchmark.seen.frames")
    offset = tab.evaluate("Number(document.querySelector('main')?.dataset.offset ?? 0)")
    return chromium.cpu_s(), time.monotonic(), offset, frames
