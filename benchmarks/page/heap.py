"""The heap of our page, cleaned up, over an hour at 20 ticks a second."""

import time
from collections.abc import Iterator

from benchmarks.page.browser import Chromium, Tab
from benchmarks.page.part import OURS, Run
from benchmarks.page.site import site
from benchmarks.page.sources import Plan
from benchmarks.results import Sample

PLAN = Plan(n_series=2, history_ticks=1, interval_s=0.05)
METRICS = {"Nodes": "nodes", "JSEventListeners": "listeners", "Documents": "documents"}
MB = 1e6
LOOKS, PAUSE_S = 3, 1.0


def measure(run: Run) -> Iterator[Sample]:
    """Yield a sample for each look, the first after a minute."""
    with site(PLAN, run.folder) as place, Chromium(run.folder) as chromium:
        tab = chromium.open(place.ours)
        tab.wait_past("drawnOffset", 1)
        began_s = time.monotonic()
        for minute in minutes(run):
            time.sleep(max(0.0, began_s + 60 * minute - time.monotonic()))
            figures = _look(tab)
            passed_s = time.monotonic() - began_s
            run.tell(f"{minute:g} min of {run.minutes:g}: {figures['heap_mb']:.2f} MB")
            due, points = passed_s / PLAN.interval_s, figures["points"]
            fault = "; ".join(chromium.complaints)
            if points < 0.95 * due:
                fault += f"the page holds {points:,.0f} ticks; expected {due:,.0f}"
            yield run.sample(f"heap-{minute:g}", OURS, figures, fault, minute=minute)


def minutes(run: Run) -> list[float]:
    """Return when the heap is looked at, in minutes from the first draw, rising."""
    early, step = run.pace.heap_early_minutes, run.pace.heap_interval_minutes
    n_between = int((run.minutes - 0.01) // step)
    between = [step * i for i in range(1, n_between + 1) if step * i > early]
    return [early, *between, run.minutes]


def _look(tab: Tab) -> dict[str, float]:
    """Return what is alive, in MB: the least of some looks, for garbage may wait to be found."""
    looks = []
    for _ in range(LOOKS):
        tab.send("HeapProfiler.collectGarbage")
        looks.append(_alive(tab))
        time.sleep(PAUSE_S)
    tab.send("Performance.enable")
    told = {one["name"]: one["value"] for one in tab.send("Performance.getMetrics")["metrics"]}
    figures = min(looks, key=lambda look: look["heap_mb"]) | {"points": tab.number("points")}
    return figures | {name: told.get(key, 0.0) for key, name in METRICS.items()}


def _alive(tab: Tab) -> dict[str, float]:
    used = tab.send("Runtime.getHeapUsage")
    parts = {
        "objects_mb": used["usedSize"] / MB,
        "dom_mb": used.get("embedderHeapUsedSize", 0) / MB,
        "buffers_mb": used.get("backingStorageSize", 0) / MB,
    }
    return {"heap_mb": sum(parts.values()), **parts}
