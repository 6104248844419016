"""The command `python -m benchmarks`: measures, then writes results, report and plot."""

import signal
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path

import click

from benchmarks.line_up import PEERS
from benchmarks.machine import Cores, describe, raise_file_limit
from benchmarks.measures import FULL, MEASURES, QUICK, Measure
from benchmarks.peers.peer import BUILD, ROOT, CannotMeasure
from benchmarks.plot import draw
from benchmarks.report import markdown
from benchmarks.results import Results
from benchmarks.run import build_load_client, run

SIZES = (100, 1_000, 5_000, 10_000)
QUICK_SIZES = (100, 1_000)
NAME = "benchmarks"
Key = tuple[int, str, int, str]


@click.command(context_settings={"show_default": True})
@click.option("--quick", is_flag=True, help="Short windows, one round, at most 1,000 viewers.")
@click.option("--peer", "peers", multiple=True, type=click.Choice(list(PEERS)), help="Only these.")
@click.option(
    "--measure", "measures", multiple=True, type=click.Choice(list(MEASURES)), help="Only these."
)
@click.option("--viewers", "sizes", multiple=True, type=click.IntRange(1, 15_000))
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
    peers: tuple[str, ...],
    measures: tuple[str, ...],
    sizes: tuple[int, ...],
    rounds: int | None,
    output: Path | None,
    resume: bool,
    report_only: bool,
) -> None:
    """Measure chartserver and its peers in the same run.

    Servers are pinned to one core, the load to another, and taken in turn; rounds are
    interleaved. Every run is bounded, and ends the processes that it has started.
    """
    _check_plotter()
    # A run that is told to end must still end what it has started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    folder = output or (BUILD if quick else ROOT / "docs")
    raw = folder / f"{NAME}.json"
    if (resume or report_only) and not raw.exists():
        raise click.UsageError(f"--output holds no {raw.name}; expected the results of a run")
    results = Results.load(raw) if resume or report_only else _begin(quick)
    quick = results.is_quick  # samples of two paces have no median in common
    if not report_only:
        names = [name for name in PEERS if not peers or name in peers]
        chosen = [MEASURES[name] for name in MEASURES if not measures or name in measures]
        plan = list(
            order(
                rounds or (1 if quick else 3),
                chosen,
                sizes or (QUICK_SIZES if quick else SIZES),
                _prepare(names, results),
            )
        )
        _measure(plan, results, raw, quick)
    draw(results, folder / f"{NAME}.svg")
    report = folder / f"{NAME}.md"
    report.write_text(markdown(results, f"{NAME}.svg"), encoding="utf-8")
    click.echo(f"written: {report}, {raw}, {folder / NAME}.svg")


def order(
    rounds: int, measures: Sequence[Measure], sizes: Sequence[int], peers: Sequence[str]
) -> Iterator[Key]:
    """Yield (round, measure, viewers, peer): peers in turn within each size, rounds outermost."""
    for number in range(1, rounds + 1):
        for measure in measures:
            for viewers in measure.sizes or sizes:
                for peer in peers:
                    if measure.name in PEERS[peer].measures:
                        yield number, measure.name, viewers, peer


def _check_plotter() -> None:
    if not find_spec("matplotlib"):
        raise click.ClickException(
            "matplotlib, which draws the plot, is not installed; expected it, such as from:"
            " pip install 'chartserver[bench]'"
        )


def _begin(quick: bool) -> Results:
    titles = {name: peer.title for name, peer in PEERS.items()}
    started = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    return Results(machine=describe(), started=started, is_quick=quick, titles=titles)


def _prepare(names: Sequence[str], results: Results) -> list[str]:
    """Make peers ready; return the names of those that can be measured."""
    raise_file_limit()
    try:
        build_load_client()
    except CannotMeasure as reason:
        raise click.ClickException(f"the load client cannot be built: {reason}") from None
    ready = []
    for name in names:
        try:
            results.versions[name] = PEERS[name].prepare()
            results.missing.pop(name, None)
            ready.append(name)
        except CannotMeasure as reason:
            results.missing[name] = str(reason)
            click.echo(f"{name}: {reason}", err=True)
    return ready


def _measure(plan: Sequence[Key], results: Results, raw: Path, quick: bool) -> None:
    cores, pace = Cores.of_machine(), QUICK if quick else FULL
    began_s = time.monotonic()
    for place, key in enumerate(plan, 1):
        number, measure, viewers, peer = key
        if results.has(key):
            continue
        sample = run(PEERS[peer], MEASURES[measure], viewers, pace, cores)
        results.samples.append({"round": number, **sample})
        results.save(raw)
        spent_s = time.monotonic() - began_s
        click.echo(
            f"[{place}/{len(plan)} {spent_s:5.0f} s] {number} {measure} {viewers} {peer}:"
            f" {_brief(sample['figures'])} {sample['fault']}"
        )


def _brief(figures: dict[str, float | None]) -> str:
    return " ".join(f"{name}={value:.4g}" for name, value in figures.items() if value is not None)


if __name__ == "__main__":
    sys.exit(main())
