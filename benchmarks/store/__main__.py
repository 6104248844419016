"""The command `python -m benchmarks.store`: measures, then writes the report."""

import shutil
import sys
import tempfile
from pathlib import Path

import click

from benchmarks.machine import describe
from benchmarks.peers.peer import BUILD, ROOT
from benchmarks.store.append import measure_append
from benchmarks.store.month import filled
from benchmarks.store.report import Measured, markdown
from benchmarks.store.windows import measure_at_random, measure_whole, measure_windows

TICKS_A_DAY = 86_400
DAYS = 30


@click.command()
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default=ROOT / "docs",
    help="Folder to write to.  [default: docs]",
)
def main(output: Path) -> None:
    """Measure what a store in SQLite costs: pictures of a month, and ticks appended.

    Takes less than a minute. The status is 1 when a promise is not kept.
    """
    BUILD.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=BUILD))
    try:
        measured = _measured(folder / "month.db")
    finally:
        shutil.rmtree(folder)
    output.mkdir(parents=True, exist_ok=True)
    (output / "store-benchmarks.md").write_text(markdown(measured))
    for text, is_kept in measured.promises().items():
        print("yes" if is_kept else "NO", text, sep="  ")
    sys.exit(0 if all(measured.promises().values()) else 1)


def _measured(file: Path) -> Measured:
    month = filled(f"sqlite:///{file}", DAYS * TICKS_A_DAY)
    try:
        return Measured(
            command="python -m benchmarks.store",
            machine=describe(),
            month=month,
            file_bytes=file.stat().st_size,
            whole_s=measure_whole(month),
            windows=list(measure_windows(month)),
            at_random_s=measure_at_random(month),
            append=measure_append(month.store),
        )
    finally:
        month.store.close(10)


if __name__ == "__main__":
    main()
