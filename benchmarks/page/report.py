"""The report on the page: Markdown with the figures and what they are held against."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from benchmarks.checklist import COLUMNS
from benchmarks.page.browser import WINDOW
from benchmarks.page.folder import median, spread
from benchmarks.page.part import (
    BARE,
    BLANK,
    CLASSIC,
    EPOCH,
    HIDDEN,
    OURS,
    REDUCED,
    STACKED,
    TITLES,
)
from benchmarks.page.promises import check_all, heap_minutes
from benchmarks.page.texts import ABOUT, HEADINGS, TEXTS
from benchmarks.report import table
from benchmarks.results import Results

# Heading, figure, what it is multiplied by, format.
Column = tuple[str, str, float, str]
CPU: Sequence[Column] = (
    ("% of a core", "cpu_share", 100, "{:.2f}"),
    ("frames a second", "frames_per_s", 1, "{:.1f}"),
)
FRAME: Sequence[Column] = (
    ("ms of processor time a frame", "cpu_ms_per_frame", 1, "{:.1f}"),
    ("frames a second", "frames_per_s", 1, "{:.1f}"),
    ("% of a core", "cpu_share", 100, "{:.1f}"),
)
LOAD: Sequence[Column] = (
    ("ms from navigation to drawn", "drawn_ms", 1, "{:.0f}"),
    ("ms until it goes on", "ready_ms", 1, "{:.0f}"),
    ("ticks in the page", "points", 1, "{:,.0f}"),
)
BYTES: Sequence[Column] = (
    ("kB to the browser", "down_bytes", 1e-3, "{:.1f}"),
    ("kB from it", "up_bytes", 1e-3, "{:.1f}"),
    ("answers", "requests", 1, "{:.0f}"),
    ("scripts", "Script_bytes", 1e-3, "{:.1f}"),
    ("style sheets", "Stylesheet_bytes", 1e-3, "{:.1f}"),
    ("page", "Document_bytes", 1e-3, "{:.1f}"),
    ("over the WebSocket", "WebSocket_bytes", 1e-3, "{:.1f}"),
)
# Part, measure, the pages in it, what is told of them; in the order of the report.
TABLES: Sequence[tuple[str, str, Sequence[str], Sequence[Column]]] = (
    ("cpu", "cpu", (OURS, CLASSIC), CPU),
    ("frame", "frame", (OURS, STACKED, EPOCH), FRAME),
    ("load", "load", (OURS, EPOCH, BARE, REDUCED), LOAD),
    ("bytes", "first-load", (OURS, CLASSIC, EPOCH), BYTES),
    ("hidden", "hidden-20hz", (OURS, HIDDEN, BLANK), CPU),
    ("hidden", "hidden-1hz", (OURS, HIDDEN, BLANK), CPU),
)
HEAP: Sequence[tuple[str, str]] = (
    ("heap MB", "heap_mb"),
    ("objects", "objects_mb"),
    ("of the DOM", "dom_mb"),
    ("buffers", "buffers_mb"),
    ("ticks held", "points"),
    ("nodes", "nodes"),
    ("listeners", "listeners"),
)


def markdown(parts: Mapping[str, Results]) -> str:
    """Return the whole report on the parts that there are."""
    blocks = [
        "# The page",
        ABOUT.format(window=WINDOW),
        *_runs(parts),
        "## Promises",
        _promises(parts),
        *_tables(parts),
        *_heap(parts.get("heap")),
        *_faults(parts),
    ]
    return "\n\n".join(blocks) + "\n"


def _runs(parts: Mapping[str, Results]) -> Iterator[str]:
    """Tell of which machine, browser and time the figures are."""
    lines = []
    for name, results in parts.items():
        machine = results.machine
        quick = (
            " **A quick run: short windows, for a first look only.**" if results.is_quick else ""
        )
        lines.append(
            f"- `{name}`: {results.started}, rounds: {results.rounds()};"
            f" {machine['processor']}, {machine['cores']} cores, {machine['memory_gb']} GB;"
            f" {machine['kernel']}; {', '.join(results.versions.values())}.{quick}"
        )
    yield "\n".join(lines)


def _promises(parts: Mapping[str, Results]) -> str:
    return table(COLUMNS, [one.row() for one in check_all(parts)])


def _tables(parts: Mapping[str, Results]) -> Iterator[str]:
    told = set()
    for part, measure, pages, columns in TABLES:
        if part not in parts:
            continue
        if part not in told:
            yield HEADINGS[part]
            yield TEXTS[part]
        told.add(part)
        heads = [measure, *(heading for heading, *_ in columns)]
        yield table(heads, list(_rows(parts[part], measure, pages, columns)))


def _rows(
    results: Results, measure: str, pages: Sequence[str], columns: Sequence[Column]
) -> Iterator[list[str]]:
    for page in pages:
        if spread(results, measure, page, columns[0][1]):
            yield [TITLES[page], *(_cell(results, measure, page, *one[1:]) for one in columns)]


def _cell(
    results: Results, measure: str, page: str, figure: str, scale: float, pattern: str
) -> str:
    """Return the median, and where there are several the least and the greatest."""
    value = median(results, measure, page, figure)
    if value is None:
        return "-"
    least, most = spread(results, measure, page, figure) or (value, value)
    said = [pattern.format(one * scale) for one in (value, least, most)]
    return said[0] if said[1] == said[2] else f"{said[0]} ({said[1]} – {said[2]})"


def _heap(results: Results | None) -> Iterator[str]:
    if results is None:
        return
    yield HEADINGS["heap"]
    yield TEXTS["heap"]
    of: Callable[[float, str], float | None] = lambda minute, figure: median(  # noqa: E731
        results, f"heap-{minute:g}", OURS, figure
    )
    rows = [
        [f"{minute:g}", *(_number(of(minute, figure), figure) for _, figure in HEAP)]
        for minute in heap_minutes(results)
    ]
    yield table(["minutes", *(heading for heading, _ in HEAP)], rows)


def _number(value: float | None, figure: str) -> str:
    if value is None:
        return "-"
    return f"{value:.2f}" if figure.endswith("_mb") else f"{value:,.0f}"


def _faults(parts: Mapping[str, Results]) -> Iterator[str]:
    yield "## What went wrong"
    lines = [
        f"- round {sample['round']}, {sample['measure']}, {TITLES[sample['peer']]}:"
        f" {sample['fault']}"
        for results in parts.values()
        for sample in results.faults()
    ]
    yield "\n".join(lines) or "Nothing: no page complained, none fell behind or showed less."
