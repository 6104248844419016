"""What our page has promised, judged by the medians."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from benchmarks.checklist import Check
from benchmarks.page.folder import median
from benchmarks.page.hidden import RATES_HZ, measure_name
from benchmarks.page.part import BARE, BLANK, CLASSIC, EPOCH, HIDDEN, OURS
from benchmarks.results import Results

Parts = Mapping[str, Results]
HEAP_GROWTH_MAX = 1.2
HIDDEN_MAX = 0.1
SHARE = "% of a core"
DRAWN = "from navigation to the drawn history, 2 series of 100,000 ticks, against Epoch"


class Ratio(NamedTuple):
    """A figure of a page, divided by that of another; `scale` brings it to `unit`."""

    promise: str
    part: str
    measure: str
    figure: str
    ours: str
    theirs: str
    limit: float
    scale: float
    unit: str


RATIOS = (
    Ratio(
        "processor time of all browser processes, 2 series at 1 Hz, against the Epoch page",
        *("cpu", "cpu", "cpu_share"),
        ours=OURS,
        theirs=CLASSIC,
        limit=0.5,
        scale=100,
        unit=SHARE,
    ),
    Ratio(
        "processor time of a drawn frame, 20 series of 10,000 ticks, against Epoch",
        *("frame", "frame", "cpu_ms_per_frame"),
        ours=OURS,
        theirs=EPOCH,
        limit=0.1,
        scale=1,
        unit="ms",
    ),
    *(
        Ratio(
            promise,
            *("load", "load", "drawn_ms"),
            ours=OURS,
            theirs=theirs,
            limit=0.35,
            scale=1,
            unit="ms",
        )
        for promise, theirs in (
            (DRAWN, EPOCH),
            ("the same against Epoch without the headers of our pages", BARE),
        )
    ),
    Ratio(
        "bytes over the wire of the first load, against the Epoch page",
        *("bytes", "first-load", "down_bytes"),
        ours=OURS,
        theirs=CLASSIC,
        limit=0.6,
        scale=1e-3,
        unit="kB",
    ),
    *(
        Ratio(
            f"processor time of a hidden tab against a visible one, {rate_hz} Hz",
            *("hidden", measure_name(rate_hz), "cpu_share"),
            ours=HIDDEN,
            theirs=OURS,
            limit=HIDDEN_MAX,
            scale=100,
            unit=SHARE,
        )
        for rate_hz in RATES_HZ
    ),
)


def check_all(parts: Parts) -> list[Check]:
    """Return every promise, judged."""
    return [*(_ratio(parts, ratio) for ratio in RATIOS), *_hidden(parts), *_heap(parts)]


def _ratio(parts: Parts, ratio: Ratio) -> Check:
    def of(peer: str) -> float | None:
        return median(parts.get(ratio.part), ratio.measure, peer, ratio.figure)

    ours, theirs = of(ratio.ours), of(ratio.theirs)
    return judged(ratio.promise, ours, theirs, ratio.limit, ratio.scale, ratio.unit)


def _hidden(parts: Parts) -> Iterator[Check]:
    """Yield the same of a tab by itself: a Chromium that shows nothing is taken off both."""
    for rate_hz in RATES_HZ:
        hidden, seen, blank = (
            median(parts.get("hidden"), measure_name(rate_hz), name, "cpu_share")
            for name in (HIDDEN, OURS, BLANK)
        )
        promise = f"the same at {rate_hz} Hz, without what Chromium takes with blank tabs"
        if hidden is None or seen is None or blank is None:
            yield judged(promise, None, None, HIDDEN_MAX, 100, SHARE)
        else:
            ours = max(0.0, hidden - blank)
            yield judged(promise, ours, seen - blank, HIDDEN_MAX, 100, SHARE)


def judged(
    promise: str,
    ours: float | None,
    theirs: float | None,
    limit: float,
    scale: float,
    unit: str,
) -> Check:
    """Return whether `ours` is at most `limit` times `theirs`."""
    wanted = f"at most {limit:g} times"
    if ours is None or not theirs:
        return Check(promise, "not measured", wanted, None)
    times = ours / theirs
    said = f"{times:.2f} times ({ours * scale:,.4g} : {theirs * scale:,.4g} {unit})"
    return Check(promise, said, wanted, times <= limit)


def heap_minutes(results: Results) -> list[float]:
    """Return the minutes of which there are looks, rising."""
    return sorted({sample["result"]["minute"] for sample in results.samples})


def _heap(parts: Parts) -> Iterator[Check]:
    results = parts.get("heap")
    minutes = heap_minutes(results) if results else []
    early, end = (minutes[0], minutes[-1]) if minutes else (1, 60)
    for figure, what in (("heap_mb", "heap"), ("objects_mb", "of it, objects of JavaScript")):
        promise = f"{what} after {end:g} minutes at 20 Hz, against that after {early:g}"
        before, after = (
            median(results, f"heap-{minute:g}", OURS, figure) for minute in (early, end)
        )
        yield judged(promise, after, before, HEAP_GROWTH_MAX, 1, "MB")
