"""The command `python -m benchmarks.shared`: measures, then writes results and report."""

import signal
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import click

from benchmarks.machine import describe, raise_file_limit
from benchmarks.peers.peer import BUILD, ROOT, CannotMeasure
from benchmarks.processes import RunFailed
from benchmarks.results import Results, Sample
from benchmarks.run import build_load_client
from benchmarks.shared.redis_process import redis_version
from benchmarks.shared.report import check_all, markdown
from benchmarks.shared.runs import ALL_TITLES, MEASURES, REDIS, Run, plan
from chartserver.version import VERSION

NAME = "shared-benchmarks"


@click.command(context_settings={"show_default": True})
@click.option("--quick", is_flag=True, help="Short windows, one round.")
@click.option("--measure", "measures", multiple=True, type=click.Choice(MEASURES))
@click.option("--rounds", type=click.IntRange(1, 99), help="Rounds.  [default: 3; quick: 1]")
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder to write to.  [default: docs; quick: benchmarks/build]",
)
@click.option("--resume", is_flag=True, help="Go on with what the output folder already holds.")
@click.option("--report-only", is_flag=True, help="Measure nothing; write the report anew.")
def main(
    quick: bool,
    measures: tuple[str, ...],
    rounds: int | None,
    output: Path | None,
    resume: bool,
    report_only: bool,
) -> None:
    """Measure what a Redis in the path costs, and what several processes bring.

    Takes a quarter of an hour, on a machine that does nothing else. The status is 1 when a promise
    is not kept.
    """
    # A run that is told to end must still end what it has started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    folder = output or (BUILD if quick else ROOT / "docs")
    raw = folder / f"{NAME}.json"
    if (resume or report_only) and not raw.exists():
        raise click.UsageError(f"--output holds no {raw.name}; expected the results of a run")
    results = Results.load(raw) if resume or report_only else _begin(quick)
    if not report_only:
        _prepare(results)
        _measure(plan(rounds or (1 if quick else 3), measures), results, raw)
    report = folder / f"{NAME}.md"
    report.write_text(markdown(results), encoding="utf-8")
    checks = check_all(results)
    for check in checks:
        click.echo(check.line())
    click.echo(f"written: {report}, {raw}; python -m benchmarks.scaling brings scaling.md up to it")
    sys.exit(1 if any(check.passed is False for check in checks) else 0)


def _begin(quick: bool) -> Results:
    started = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    return Results(machine=describe(), started=started, is_quick=quick, titles=dict(ALL_TITLES))


def _prepare(results: Results) -> None:
    raise_file_limit()
    try:
        build_load_client()
        results.versions = {"chartserver": f"chartserver {VERSION}"}
        results.versions[REDIS] = f"Redis {redis_version()}"
    except CannotMeasure as reason:
        raise click.ClickException(f"cannot measure: {reason}") from None


def _measure(rows: list[tuple[int, str, str, int, Run]], results: Results, raw: Path) -> None:
    began_s = time.monotonic()
    for place, (number, measure, peer, viewers, run) in enumerate(rows, 1):
        if results.has((number, measure, viewers, peer)):
            continue
        samples = _run(run, measure, peer, viewers, results.is_quick)
        results.samples += [{"round": number, **sample} for sample in samples]
        results.save(raw)
        spent_s = time.monotonic() - began_s
        for sample in samples:
            click.echo(
                f"[{place}/{len(rows)} {spent_s:5.0f} s] {number} {sample['measure']}"
                f" {sample['viewers']} {peer}: {_brief(sample)} {sample['fault']}"
            )


def _run(run: Run, measure: str, peer: str, viewers: int, quick: bool) -> list[Sample]:
    """Return the samples; a run that fails says why in its only one."""
    try:
        return run(quick)
    except RunFailed as failure:
        blank = {"peer": peer, "measure": measure, "viewers": viewers}
        return [{**blank, "fault": str(failure), "figures": {}, "result": {}}]


def _brief(sample: Sample) -> str:
    figures = sample["figures"].items()
    return " ".join(f"{name}={value:.4g}" for name, value in figures if value is not None)


if __name__ == "__main__":
    sys.exit(main())
