"""The command `python -m benchmarks.scaling`: writes the tables of docs/scaling.md anew."""

import re
import sys
from collections.abc import Collection
from pathlib import Path

import click

from benchmarks.peers.peer import ROOT
from benchmarks.scaling.measured import Measured, NotMeasured
from benchmarks.scaling.tables import TABLES

PAGE = ROOT / "docs" / "scaling.md"
PLACE = re.compile(r"(<!-- (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


@click.command()
@click.option("--check", is_flag=True, help="Write nothing; exit with status 1 if it would change.")
def main(check: bool) -> None:
    """Compute and simulate what many viewers take, from the results in docs; takes seconds.

    Run it after `python -m benchmarks` or `python -m benchmarks.shared` have measured anew.
    """
    before = PAGE.read_text(encoding="utf-8")
    try:
        after = filled(before, Measured.load(ROOT / "docs"))
    except NotMeasured as missing:
        raise click.ClickException(f"{missing}; run: python -m benchmarks.shared") from None
    if check:
        sys.exit(0 if after == before else 1)
    PAGE.write_text(after, encoding="utf-8")
    click.echo(f"written: {Path(PAGE).relative_to(ROOT)}")


def filled(page: str, measured: Measured, names: Collection[str] = TABLES) -> str:
    """Return the page with its tables of these names made anew."""

    def made(found: re.Match[str]) -> str:
        if found[2] not in names:
            return found[0]
        return f"{found[1]}{TABLES[found[2]](measured)}\n{found[3]}"

    return PLACE.sub(made, page)


if __name__ == "__main__":
    main()
