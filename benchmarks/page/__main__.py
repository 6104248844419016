"""The command `python -m benchmarks.page`: measures, then writes the report."""

import signal
import sys
from collections.abc import Mapping
from pathlib import Path

import click

from benchmarks.page import cpu, first_load, frame, heap, hidden, load
from benchmarks.page.folder import Folder
from benchmarks.page.part import FULL, QUICK, Part
from benchmarks.page.promises import check_all
from benchmarks.page.report import markdown
from benchmarks.page.rounds import Rounds
from benchmarks.peers.peer import BUILD, ROOT
from benchmarks.processes import RunFailed

PARTS: Mapping[str, Part] = {
    "bytes": first_load.measure,
    "load": load.measure,
    "frame": frame.measure,
    "hidden": hidden.measure,
    "cpu": cpu.measure,
    "heap": heap.measure,
}
# It takes an hour, and its figures do not depend on what else happens.
ONCE = ("heap",)
Chosen = tuple[str, ...]


def _chosen(_context: object, _option: object, value: str | None) -> Chosen:
    names = tuple(PARTS) if value is None else tuple(value.split(","))
    if unknown := [name for name in names if name not in PARTS]:
        raise click.BadParameter(f"got {unknown[0]!r}; expected some of {','.join(PARTS)}")
    return names


@click.command()
@click.option("--only", "parts", callback=_chosen, help=f"Only these, of {','.join(PARTS)}.")
@click.option("--rounds", type=click.IntRange(1, 99), default=3, show_default=True)
@click.option("--minutes", type=float, default=60.0, show_default=True, help="Of the heap.")
@click.option("--quick", is_flag=True, help="Short windows, to see that all works.")
@click.option("--resume", is_flag=True, help="Go on with the results that there are.")
@click.option("--report-only", is_flag=True, help="Measure nothing; write the report anew.")
@click.option(
    "--results",
    "kept",
    type=click.Path(file_okay=False, path_type=Path),
    default=BUILD / "page",
    help="Folder of the results.  [default: benchmarks/build/page]",
)
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder to write the report to.  [default: docs; quick: that of the results]",
)
def main(
    parts: Chosen,
    rounds: int,
    minutes: float,
    quick: bool,
    resume: bool,
    report_only: bool,
    kept: Path,
    output: Path | None,
) -> None:
    """Measure our page against the Epoch page, in Chromium, on the same ticks.

    All but the heap takes about 20 minutes a round, the heap an hour, once. The status is 1 when a
    promise that was measured is not kept.
    """
    # A run that is told to end must still end what it has started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    folder = Folder(kept)
    pace = QUICK if quick else FULL
    if not report_only:
        for name in parts:
            results = folder.begin(name, is_quick=quick, goes_on=resume)
            is_long = name in ONCE
            going = Rounds(name, PARTS[name], pace, minutes, is_long)
            try:
                going.measure(results, 1 if is_long else rounds, folder.file(name))
            except RunFailed as failure:
                raise click.ClickException(f"{name}: {failure}") from None
    there = folder.load(list(PARTS) if resume or report_only else list(parts))
    target = output or (kept if quick else ROOT / "docs")
    target.mkdir(parents=True, exist_ok=True)
    report = target / "page-benchmarks.md"
    report.write_text(markdown(there), encoding="utf-8")
    checks = check_all(there)
    for check in checks:
        click.echo(check.line())
    click.echo(f"written: {report}")
    sys.exit(1 if any(check.passed is False for check in checks) else 0)


if __name__ == "__main__":
    main()
