"""The report of a soak: Markdown with the promises, the figures, and what was done."""

import re
from collections.abc import Iterator

from benchmarks.checklist import COLUMNS
from benchmarks.report import table
from benchmarks.soak.promises import check_all
from benchmarks.soak.record import Record
from benchmarks.soak.sources import BUSY_HZ, CALM_HZ, HISTORY_TICKS
from benchmarks.soak.steady import POLLING_SHARE
from benchmarks.soak.watched_server import EVICT_AFTER_S

REST_ROWS = (
    ("at, s after the beginning", lambda rest: f"{rest.at_s:,.0f}"),
    ("memory (RSS), MB", lambda rest: f"{rest.rss_mb:.1f}"),
    ("descriptors", lambda rest: f"{rest.descriptors}"),
    ("greenlets", lambda rest: f"{rest.greenlets}"),
    ("threads", lambda rest: f"{rest.threads}"),
    ("objects that the collector knows", lambda rest: f"{rest.objects:,}"),
    ("viewers", lambda rest: f"{rest.viewers}"),
    ("s until the others were gone", lambda rest: f"{rest.settled_in_s:.0f}"),
)
REST_NAMES = {"start": "start", "early": "early rest", "end": "end"}
COUNTER = re.compile(r"_total(\{|$)")


def markdown(record: Record, plot_name: str) -> str:
    """Return the whole report; `plot_name` is the file beside it that shows the course."""
    parts = [
        "# Soak",
        _about(record),
        *_machine(record),
        f"![memory, viewers, descriptors and greenlets over time]({plot_name})",
        "## Promises",
        _checks(record),
        "## At rest",
        REST_TEXT,
        _rests(record),
        "## Under load",
        _steady(record),
        "## What the others did",
        _tally(record),
        *_own_figures(record),
        "## What went wrong",
        _faults(record),
    ]
    return "\n\n".join(parts) + "\n"


REST_TEXT = """\
Only the healthy viewers are there. *Start* is before anybody else came, *end* before the server
was told to stop."""


def _about(record: Record) -> str:
    steady, others = record.steady.get("viewers", 0), record.viewers // 2
    return f"""\
Written by `{record.command}`.

One `chartserver serve` with its fast path, with a chart of {CALM_HZ:g} ticks a second and two
series and one of {BUSY_HZ:g} ticks a second; {HISTORY_TICKS:,} ticks are kept of each.
{steady} healthy viewers stay from beginning to end and must receive every tick; one of
{POLLING_SHARE} polls. {others} places are held by others, by chance but with a seed:
they come and go, properly or not, come back with their position, poll, upgrade, stall for a while
or for longer than the {EVICT_AFTER_S:g} s that the server bears here, ask for pages, data and CSV,
send rubbish, and flood. Twice all of these are sent home, and the server is looked at."""


def _machine(record: Record) -> Iterator[str]:
    machine = record.machine
    yield (
        f"{record.started}; {record.minutes:g} minutes; seed {record.seed};"
        f" {machine['processor']}, {machine['cores']} cores, {machine['memory_gb']} GB;"
        f" {machine['kernel']}; shared with other work."
    )
    if record.is_quick:
        yield "**A quick run, for a first look only.**"
    yield ", ".join(f"{name} {version}" for name, version in record.versions.items()) + "."


def _checks(record: Record) -> str:
    return table(COLUMNS, [check.row() for check in check_all(record)])


def _rests(record: Record) -> str:
    heads = [REST_NAMES.get(rest.name, rest.name) for rest in record.rests]
    rows = [[name, *(tell(rest) for rest in record.rests)] for name, tell in REST_ROWS]
    return table(["", *heads], rows)


def _steady(record: Record) -> str:
    steady, samples = record.steady, record.samples
    shares = [record.cpu_share("server"), record.cpu_share("load")]
    cores = ", ".join("-" if share is None else f"{share:.0%}" for share in shares)
    most = max((sample.look.rss_mb for sample in samples), default=0.0)
    rows = [
        ["frames to healthy viewers with a WebSocket", f"{steady.get('frames', 0):,}"],
        [
            "from when its oldest tick was due until a frame was read, p50, p99, p99.9, longest",
            ", ".join(
                f"{steady[name]} ms" if steady.get(name) is not None else "-"
                for name in ("p50_ms", "p99_ms", "p999_ms", "longest_delay_ms")
            ),
        ],
        ["frames that took longer than 250 ms", f"{steady.get('frames_above_250_ms', 0):,}"],
        ["longest wait for the next tick", f"{steady.get('longest_wait_ms', 0):.0f} ms"],
        ["longest in which the load itself did not read", f"{steady.get('load_lag_ms', 0):.0f} ms"],
        ["share of a core, server and load", cores],
        ["most memory under load (RSS)", f"{most:.1f} MB"],
        ["written to the server's log", f"{samples[-1].look.log_bytes if samples else 0:,} bytes"],
    ]
    return table(["", ""], rows)


def _tally(record: Record) -> str:
    return table(["", "times"], [[name, f"{n:,}"] for name, n in record.tally.items()])


def _own_figures(record: Record) -> Iterator[str]:
    """Yield what the server itself has counted from the start to the end."""
    before, after = record.metrics.get("start", {}), record.metrics.get("end", {})
    rows = [
        [f"`{name}`", f"{value - before.get(name, 0.0):,.0f}"]
        for name, value in sorted(after.items())
        if COUNTER.search(name) and value != before.get(name, 0.0)
    ]
    if rows:
        yield "The server's own counts, from the start to the end (`/metrics`):"
        yield table(["", "counted"], rows)


def _faults(record: Record) -> str:
    lines = [f"- {n:,} times: {fault}" for fault, n in record.faults.items()]
    return "\n".join(lines) or "Nothing."
