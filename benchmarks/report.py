"""The report: Markdown with the tables, the checklist, and what to know to read them."""

from collections.abc import Iterator

from benchmarks.checklist import COLUMNS, check_all
from benchmarks.measures import FIXED_MESSAGES_PER_S_MAX, FIXED_RATE_HZ, fixed_rate_hz
from benchmarks.results import Results

# measure, figure, heading, format
TABLES = (
    (
        "fixed",
        "cpu_us_per_tick",
        "Processor time of a delivered tick at a fixed rate, µs",
        "{:.1f}",
    ),
    ("saturated", "messages_per_s", "Saturated: messages a second, one core", "{:,.0f}"),
    ("saturated", "ticks_per_s", "Saturated: ticks a second, one core", "{:,.0f}"),
    ("saturated", "server_busy", "Saturated: share of the server's core in use", "{:.0%}"),
    ("saturated", "client_busy", "Saturated: share of the load client's core in use", "{:.0%}"),
    ("fixed", "p50_ms", "Delivery latency at the fixed rate, p50 in ms", "{:.1f}"),
    ("fixed", "p99_ms", "Delivery latency at the fixed rate, p99 in ms", "{:.1f}"),
    ("join", "join_s", "Time until all have joined and hold an hour of history, s", "{:.2f}"),
    ("fixed", "kb_per_viewer", "Memory of a viewer, KB", "{:.1f}"),
)
NOTES = {
    ("fixed", "cpu_us_per_tick"): (
        f"{FIXED_RATE_HZ:g} Hz, but at most {FIXED_MESSAGES_PER_S_MAX:,} messages a second in all,"
        " which the slowest can still deliver: {rates}. User and system time of the server's"
        " processes, divided by what reached the viewers."
    ),
    ("saturated", "messages_per_s"): (
        "Each tick a message of its own for as long as the server keeps up. chartserver is offered"
        " more ticks than can be sent and merges what it falls behind with; nginx, with several"
        " posts under way, puts several messages into one send. The others can do neither."
    ),
    ("fixed", "p50_ms"): (
        "From the moment at which a tick is due to that at which a viewer has it; for chartserver"
        " with the frame interval as it comes."
    ),
    ("join", "join_s"): (
        "3,600 ticks of two series to each, 200 handshakes under way at once, a tick a second"
        " meanwhile, of which nobody may miss one. The bare loops have no history."
    ),
    ("fixed", "kb_per_viewer"): (
        "The server's memory (PSS) with all viewers, less that before the first, divided by them."
        " The kernel's socket buffers are not in it."
    ),
}
MERGING_COLUMNS = (
    ("ticks_per_s", "delivered ticks/s", "{:,.0f}"),
    ("messages_per_s", "messages/s", "{:,.0f}"),
    ("p50_ms", "p50 ms", "{:.1f}"),
    ("p99_ms", "p99 ms", "{:.1f}"),
    ("server_busy", "core in use", "{:.0%}"),
)
SLOW_COLUMNS = (
    ("growth_mb", "growth MB", "{:.1f}"),
    ("kernel_tcp_mb", "kernel's socket memory MB", "{:.0f}"),
    ("p50_ms", "others' p50 ms", "{:.1f}"),
    ("p99_ms", "others' p99 ms", "{:.1f}"),
    ("silent_at_end", "of 100 silent ones with all history at the end", "{:.0f}"),
    ("pongers_at_end", "of 100 that send PONGs", "{:.0f}"),
)
ABOUT = """\
Written by `python -m benchmarks`, which also says how everything is measured
([benchmarks/README.md](../benchmarks/README.md)). Each figure is the median of the rounds; each
run has a fresh server. Absolute times are of this machine: trust the ratios between servers
measured in the same round.

What the page costs a browser is in [page-benchmarks.md](page-benchmarks.md)."""


def markdown(results: Results, plot_name: str) -> str:
    """Return the whole report; `plot_name` is the file beside it that shows the curves."""
    parts = [
        "# Benchmarks",
        ABOUT,
        *_machine(results),
        f"![curves over the number of viewers]({plot_name})",
        "## Promises",
        _checklist(results),
        *_size_tables(results),
        *_one_size_table(results, "merging", MERGING_COLUMNS, MERGING_TEXT),
        *_one_size_table(results, "slow", SLOW_COLUMNS, SLOW_TEXT),
        *_one_size_table(results, "slow-without", SLOW_COLUMNS[2:4], SLOW_WITHOUT_TEXT),
        *_faults(results),
    ]
    return "\n\n".join(parts) + "\n"


MERGING_TEXT = """\
## Merging

A source of 2,000 ticks a second, 1,000 viewers, the frame interval as it comes (50 ms)."""
SLOW_TEXT = """\
## Viewers that do not read

100 Hz of 4 KB to 100 viewers that read and 200 that do not; half of the 200 send PONGs all the
while. Growth is of the server's memory (PSS), from the moment when all had joined to the end."""
SLOW_WITHOUT_TEXT = "The same ticks and the same 100 readers without the 200:"


def _machine(results: Results) -> Iterator[str]:
    machine = results.machine
    pinned = "server on one core, load on another" if machine["pinned"] else "NOT pinned to cores"
    yield (
        f"{results.started}; {machine['processor']}, {machine['cores']} cores,"
        f" {machine['memory_gb']} GB; {machine['kernel']}; {pinned}; rounds: {results.rounds()}."
    )
    if results.is_quick:
        yield "**A quick run: short windows, for a first look only.**"
    yield "\n".join(f"- {results.titles[name]}: {said}" for name, said in results.versions.items())
    if results.missing:
        lines = (f"- {results.titles[name]}: {why}" for name, why in results.missing.items())
        yield "Not measured, because it could not be installed here:\n\n" + "\n".join(lines)


def _checklist(results: Results) -> str:
    return table(COLUMNS, [check.row() for check in check_all(results)])


def _size_tables(results: Results) -> Iterator[str]:
    for measure, figure, heading, pattern in TABLES:
        sizes = results.sizes(measure)
        if not sizes:
            continue
        yield f"## {heading}"
        if (measure, figure) in NOTES:
            rates = ", ".join(f"{fixed_rate_hz(n):g} Hz at {n:,}" for n in sizes)
            yield NOTES[measure, figure].format(rates=rates)
        rows = [
            [
                results.titles[peer],
                *(_cell(results, measure, n, peer, figure, pattern) for n in sizes),
            ]
            for peer in results.peers()
            if any(results.median(measure, n, peer, figure) is not None for n in sizes)
        ]
        yield table(["", *(f"{n:,} viewers" for n in sizes)], rows)


def _one_size_table(
    results: Results, measure: str, columns: tuple[tuple[str, str, str], ...], text: str
) -> Iterator[str]:
    for viewers in results.sizes(measure):
        rows = [
            [
                results.titles[peer],
                *(_cell(results, measure, viewers, peer, name, form) for name, _, form in columns),
            ]
            for peer in results.peers()
            if any(results.median(measure, viewers, peer, name) is not None for name, *_ in columns)
        ]
        yield text
        yield table(["", *(heading for _, heading, _ in columns)], rows)


def _faults(results: Results) -> Iterator[str]:
    yield "## What went wrong"
    lines = [
        f"- round {sample['round']}, {sample['measure']}, {sample['viewers']:,} viewers,"
        f" {results.titles[sample['peer']]}: {sample['fault']}"
        for sample in results.faults()
    ]
    yield "\n".join(lines) or "Nothing: no gap, no repeat, no bad frame, no lost viewer."


def _cell(
    results: Results, measure: str, viewers: int, peer: str, figure: str, pattern: str
) -> str:
    value = results.median(measure, viewers, peer, figure)
    return "-" if value is None else pattern.format(value)


def table(heads: list[str], rows: list[list[str]]) -> str:
    """Return a Markdown table: the first column left, the others right."""
    lines = [heads, [":--", *["--:"] * (len(heads) - 1)], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
