"""The thresholds that the project has set itself, judged by the medians."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from benchmarks.results import Results

OURS = "chartserver"
FRAME_INTERVAL_MS = 50.0
GROWTH_MB_MAX = 10.0
COLUMNS = ["promise", "measured", "wanted", "kept"]


class Check(NamedTuple):
    """One promise: what was measured against what was wanted. `passed` None: not measured."""

    promise: str
    measured: str
    wanted: str
    passed: bool | None

    def row(self) -> list[str]:
        """Return the check as a row of a report, whose columns are `COLUMNS`."""
        mark = {True: "yes", False: "**no**", None: "?"}[self.passed]
        return [self.promise, self.measured, self.wanted, mark]

    def line(self) -> str:
        """Return the check as a line of a terminal."""
        mark = {True: "yes", False: "NO", None: "?"}[self.passed]
        return f"{mark:4}{self.promise}: {self.measured}; wanted: {self.wanted}"


class Ratio(NamedTuple):
    """A figure of ours, divided by a peer's, at a number of viewers."""

    promise: str
    measure: str
    viewers: int
    figure: str
    peer: str
    limit: float
    at_most: bool


RATIOS = (
    Ratio(
        "CPU per delivered tick", "fixed", 1000, "cpu_us_per_tick", "flask-socketio", 1 / 3, True
    ),
    Ratio(
        *("CPU per delivered tick", "fixed", 1000, "cpu_us_per_tick"),
        *("flask-socketio-deflate", 1 / 5, True),
    ),
    Ratio("CPU per delivered tick", "fixed", 1000, "cpu_us_per_tick", "c-loop", 1.3, True),
    *(
        Ratio("saturated messages/s", "saturated", viewers, "messages_per_s", peer, limit, False)
        for viewers in (1000, 5000)
        for peer, limit in (("flask-socketio", 6.0), ("node", 1.3), ("nchan", 0.9))
    ),
    Ratio("latency p99", "fixed", 1000, "p99_ms", "flask-socketio", 0.5, True),
    Ratio("time for all to join", "join", 5000, "join_s", "flask-socketio", 0.25, True),
    Ratio("memory of a viewer", "fixed", 5000, "kb_per_viewer", "flask-socketio", 2 / 3, True),
)


def check_all(results: Results) -> list[Check]:
    """Return every promise, judged."""
    return [
        *(_ratio(results, ratio) for ratio in RATIOS),
        *_merging(results),
        *_slow(results),
        _integrity(results),
    ]


def _ratio(results: Results, ratio: Ratio) -> Check:
    ours = results.median(ratio.measure, ratio.viewers, OURS, ratio.figure)
    theirs = results.median(ratio.measure, ratio.viewers, ratio.peer, ratio.figure)
    bound = "at most" if ratio.at_most else "at least"
    title = results.titles.get(ratio.peer, ratio.peer)
    promise = f"{ratio.promise}, {ratio.viewers:,} viewers, against {title}"
    wanted = f"{bound} {ratio.limit:.2f} times"
    if ours is None or not theirs:
        return Check(promise, "not measured", wanted, None)
    measured = ours / theirs
    passed = measured <= ratio.limit if ratio.at_most else measured >= ratio.limit
    return Check(promise, f"{measured:.2f} times ({ours:,.4g} : {theirs:,.4g})", wanted, passed)


def _merging(results: Results) -> Iterator[Check]:
    def median(figure: str) -> float | None:
        return results.median("merging", 1000, OURS, figure)

    yield _judge(
        "2,000 ticks/s reach 1,000 viewers",
        median("ticks_per_s"),
        "{:,.0f} ticks/s",
        "2,000,000, less 1 %",
        lambda value: value >= 1_980_000,
    )
    flooded = results.median("saturated", 1000, "nchan-flooded", "ticks_per_s")
    merged = median("ticks_per_s")
    yield _judge(
        "ticks/s while merging, 1,000 viewers, against Nchan with 8 posts at once",
        merged / flooded if merged is not None and flooded else None,
        "{:.2f} times",
        "at least 0.90 times",
        lambda value: value >= 0.9,
    )
    p50_ms, p99_ms = median("p50_ms"), median("p99_ms")
    spread_ms = None if p50_ms is None or p99_ms is None else p99_ms - p50_ms
    yield _judge(
        "p99 beyond p50 while merging",
        spread_ms,
        "{:.0f} ms",
        f"at most two frame intervals, {2 * FRAME_INTERVAL_MS:.0f} ms",
        lambda value: value <= 2 * FRAME_INTERVAL_MS,
    )


def _slow(results: Results) -> Iterator[Check]:
    def median(measure: str, figure: str) -> float | None:
        return results.median(measure, 100, OURS, figure)

    yield _judge(
        "growth of the server with 200 viewers that do not read",
        median("slow", "growth_mb"),
        "{:.1f} MB",
        f"less than {GROWTH_MB_MAX:.0f} MB",
        lambda value: value < GROWTH_MB_MAX,
    )
    beside, alone = median("slow", "p99_ms"), median("slow-without", "p99_ms")
    yield _judge(
        "p99 of the others beside them, against without them",
        beside / alone if beside is not None and alone else None,
        "{:.2f} times",
        "at most 1.5 times",
        lambda value: value <= 1.5,
    )
    yield _judge(
        "those that had not read end with the same history",
        median("slow", "stalled_at_end"),
        "{:.0f} of 200",
        "200 of 200",
        lambda value: value == 200,
    )


def _judge(
    promise: str,
    value: float | None,
    pattern: str,
    wanted: str,
    is_kept: Callable[[float], bool],
) -> Check:
    if value is None:
        return Check(promise, "not measured", wanted, None)
    return Check(promise, pattern.format(value), wanted, is_kept(value))


def _integrity(results: Results) -> Check:
    ours = [sample for sample in results.samples if sample["peer"] == OURS]
    wrong = [sample for sample in ours if sample["fault"]]
    return Check(
        "every viewer gets every tick once, in order, in every run",
        f"{len(ours) - len(wrong)} of {len(ours)} runs",
        "all runs",
        not wrong if ours else None,
    )
