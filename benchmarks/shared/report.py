"""The report on several processes: Markdown with the figures and what they are held against."""

from collections.abc import Iterator

from benchmarks.checklist import COLUMNS, Check
from benchmarks.report import table
from benchmarks.results import Results, median_of
from benchmarks.shared.peers import ALONE, ONE_CORE, TWO_WORKERS, WITH_REDIS
from benchmarks.shared.runs import FOLLOWERS, LOG_FOLLOWERS, LOGS, REDIS, SERVERS, VIEWERS
from benchmarks.shared.takeover import LEASE_S

CPU_RISE_MAX, P50_RISE_MAX_MS = 0.10, 5.0
TIMES_ONE = 1.7
CORES_OF_WORKERS = 2

ABOUT = """\
Written by `python -m benchmarks.shared` ([benchmarks/README.md](../benchmarks/README.md) says how
everything is measured). Each figure is the median of the rounds; each run has a fresh server and a
fresh Redis. Absolute times are of this machine: trust the ratios.

What these figures come to for many more viewers is in [scaling.md](scaling.md)."""
PATH_COLUMNS = (
    ("cpu_us_per_tick", "CPU of a delivered tick, µs", "{:.2f}"),
    ("p50_ms", "p50 ms", "{:.1f}"),
    ("p99_ms", "p99 ms", "{:.1f}"),
    ("server_busy", "server's cores in use", "{:.0%}"),
    ("redis_cpu_us_per_append", "CPU of Redis for a tick, µs", "{:.0f}"),
    ("kb_per_viewer", "KB of a viewer", "{:.1f}"),
)
SATURATED_COLUMNS = (
    ("messages_per_s", "messages/s", "{:,.0f}"),
    ("messages_per_cpu_s", "messages for a second of the servers' CPU", "{:,.0f}"),
    ("server_busy", "servers' cores in use", "{:.2f}"),
    ("client_busy", "load client's core in use", "{:.2f}"),
    ("p99_ms", "p99 ms", "{:.1f}"),
)


def markdown(results: Results) -> str:
    """Return the whole report."""
    parts = [
        "# Several processes, one Redis",
        ABOUT,
        *_machine(results),
        "## Promises",
        _checklist(results),
        *_path(results),
        *_workers(results),
        *_takeover(results),
        *_log(results),
        *_joins(results),
        *_faults(results),
    ]
    return "\n\n".join(parts) + "\n"


def check_all(results: Results) -> list[Check]:
    """Return every promise, judged."""

    def median(measure: str, peer: str, figure: str) -> float | None:
        return results.median(measure, VIEWERS, peer, figure)

    return [
        _rise(
            "CPU of a delivered tick, 1,000 viewers at 10 Hz, with a Redis against without",
            median("fixed", ALONE, "cpu_us_per_tick"),
            median("fixed", WITH_REDIS, "cpu_us_per_tick"),
        ),
        _delay(median("fixed", ALONE, "p50_ms"), median("fixed", WITH_REDIS, "p50_ms")),
        _two_cores(
            median("saturated", ONE_CORE, "messages_per_s"),
            median("saturated", TWO_WORKERS, "messages_per_s"),
        ),
        _slowest_takeover(_took(results)),
        _integrity(results),
    ]


def _rise(promise: str, without: float | None, with_it: float | None) -> Check:
    wanted = f"less than {CPU_RISE_MAX:.0%} more"
    if not without or with_it is None:
        return Check(promise, "not measured", wanted, None)
    rise = with_it / without - 1
    return Check(promise, f"{rise:+.1%} ({with_it:.2f} : {without:.2f} µs)", wanted, rise < 0.1)


def _delay(without_ms: float | None, with_ms: float | None) -> Check:
    promise, wanted = "p50 of the latency, the same", f"less than {P50_RISE_MAX_MS:g} ms more"
    if without_ms is None or with_ms is None:
        return Check(promise, "not measured", wanted, None)
    rise_ms = with_ms - without_ms
    measured = f"{rise_ms:+.1f} ms ({with_ms:.1f} : {without_ms:.1f} ms)"
    return Check(promise, measured, wanted, rise_ms < P50_RISE_MAX_MS)


def _two_cores(one: float | None, two: float | None) -> Check:
    promise = (
        "messages a second of two workers on two cores, against one on one; load client and Redis"
        " on the same cores"
    )
    wanted = f"at least {TIMES_ONE:g} times"
    if not one or two is None:
        return Check(promise, "not measured", wanted, None)
    measured = f"{two / one:.2f} times ({two:,.0f} : {one:,.0f})"
    return Check(promise, measured, wanted, two / one >= TIMES_ONE)


def _slowest_takeover(took: list[float]) -> Check:
    limit_s = 2 * LEASE_S
    promise = f"takeover after SIGKILL, the slowest of {len(took)}"
    wanted = f"within two lease expiries, {limit_s:g} s"
    if not took:
        return Check("takeover after SIGKILL", "not measured", wanted, None)
    return Check(promise, f"{max(took):.2f} s", wanted, max(took) <= limit_s)


def _integrity(results: Results) -> Check:
    runs = [sample for sample in results.samples if sample["result"]]
    runs += [sample for sample in results.samples if sample["fault"] and not sample["result"]]
    well = sum(not sample["fault"] for sample in runs)
    return Check(
        "every viewer gets every tick once, in order, in every run",
        f"{well} of {len(runs)} runs",
        "all runs",
        well == len(runs) if runs else None,
    )


def _machine(results: Results) -> Iterator[str]:
    machine = results.machine
    yield (
        f"{results.started}; {machine['processor']}, {machine['cores']} cores,"
        f" {machine['memory_gb']} GB; {machine['kernel']}; rounds: {results.rounds()}."
        f" {', '.join(results.versions.values())}."
    )
    if results.is_quick:
        yield "**A quick run: short windows, for a first look only.**"


def _checklist(results: Results) -> str:
    return table(COLUMNS, [check.row() for check in check_all(results)])


def _rows(
    results: Results,
    measure: str,
    peers: tuple[str, ...],
    columns: tuple[tuple[str, str, str], ...],
) -> str:
    rows = []
    for peer in peers:
        values = [results.median(measure, VIEWERS, peer, name) for name, *_ in columns]
        cells = [
            "-" if value is None else form.format(value)
            for value, (*_, form) in zip(values, columns, strict=True)
        ]
        rows.append([results.titles[peer], *cells])
    return table(["", *(heading for _, heading, _ in columns)], rows)


def _path(results: Results) -> Iterator[str]:
    yield "## A Redis in the path"
    yield (
        "10 ticks a second to 1,000 viewers, each a frame of its own. The server has one core;"
        " Redis, whose own processor time is told beside, shares the other with the load client."
    )
    yield _rows(results, "fixed", (ALONE, WITH_REDIS), PATH_COLUMNS)


def _workers(results: Results) -> Iterator[str]:
    yield "## Two workers"
    yield (
        "As fast as the servers can, to 1,000 viewers. Two workers have both cores of the machine,"
        " and so have Redis and the load client, which takes much of one. What they are held"
        " against has all of that on one core; so each core has its share of the load client."
    )
    peers = (WITH_REDIS, ONE_CORE, TWO_WORKERS)
    yield _rows(results, "saturated", peers, SATURATED_COLUMNS)
    one, two = (
        results.median("saturated", VIEWERS, peer, "messages_per_cpu_s")
        for peer in (WITH_REDIS, TWO_WORKERS)
    )
    if one and two is not None:
        times = CORES_OF_WORKERS * two / one
        yield (
            "A process with a core to itself, in the first row, shares no caches with the load"
            " client. By a second of the servers' own CPU two workers deliver, on two such cores,"
            f" {times:.2f} times as much."
        )


def _takeover(results: Results) -> Iterator[str]:
    took = sorted(_took(results))
    if not took:
        return
    yield "## When the process that runs a source is killed"
    yield (
        f"Three processes, a lease of {LEASE_S:g} s, a source of 50 ticks a second. From SIGKILL,"
        " at a random moment, until a viewer at another process gets the first tick that was made"
        " after it; a tick that waits for the frame included."
    )
    yield table(
        ["", "fastest", "median", "slowest", "times"],
        [
            [
                "s without a tick",
                f"{took[0]:.2f}",
                f"{median_of(took):.2f}",
                f"{took[-1]:.2f}",
                f"{len(took)}",
            ]
        ],
    )


def _log(results: Results) -> Iterator[str]:
    def figure(measure: str, followers: int, name: str) -> float | None:
        return results.median(measure, followers, REDIS, name)

    rows = []
    for measure, followers, logs in [
        *(("log", n, 1) for n in FOLLOWERS),
        *((f"{n}-logs", LOG_FOLLOWERS, n) for n in LOGS),
    ]:
        cpu_us = figure(measure, followers, "cpu_us_per_append")
        if cpu_us is not None:
            until_ms = figure(measure, followers, "until_all_have_it_ms")
            read_bytes = figure(measure, followers, "bytes_per_read")
            rows.append(
                [f"{followers}", f"{logs}", f"{cpu_us:.0f}", f"{until_ms:.2f}", f"{read_bytes:.0f}"]
            )
    if rows:
        yield "## What a log takes of Redis"
        yield (
            "An entry of two series is appended, and all followers, each of which waits behind all"
            " logs with one XREAD, get it, before the next."
        )
        yield table(
            ["followers", "logs", "CPU of Redis, µs", "until all have it, ms", "bytes to each"],
            rows,
        )


def _joins(results: Results) -> Iterator[str]:
    rows = []
    for measure, what in (
        ("join", "all join, each getting an hour of history"),
        ("rejoin", "all come back with their position"),
    ):
        for viewers in results.sizes(measure):
            join_s = results.median(measure, viewers, ALONE, "join_s")
            if join_s is not None:
                us = f"{join_s / viewers * 1e6:.0f}"
                rows.append([what, f"{viewers:,}", f"{join_s:.2f}", us])
    if rows:
        yield "## Joins"
        yield "One process, one core, 200 handshakes under way at once."
        yield table(["", "viewers", "s", "µs for each"], rows)


def _faults(results: Results) -> Iterator[str]:
    yield "## What went wrong"
    lines = [
        f"- round {sample['round']}, {sample['measure']}, {sample['viewers']:,} viewers,"
        f" {results.titles[sample['peer']]}: {sample['fault']}"
        for sample in results.faults()
    ]
    yield "\n".join(lines) or "Nothing: no gap, no repeat, no bad frame, no lost viewer."


def _took(results: Results) -> list[float]:
    return [
        sample["figures"]["took_s"]
        for sample in results.samples
        if sample["measure"] == "takeover" and sample["peer"] == SERVERS and sample["figures"]
    ]
