"""The command `python -m benchmarks.soak`: soaks a server, then writes record, report and plot."""

import asyncio
import shutil
import signal
import sys
import tempfile
from datetime import UTC, datetime
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import click

from benchmarks.machine import describe, raise_file_limit
from benchmarks.peers.peer import BUILD, ROOT
from benchmarks.processes import RunFailed
from benchmarks.soak.course import Course, run_until_asked
from benchmarks.soak.plot import draw
from benchmarks.soak.promises import check_all
from benchmarks.soak.record import Record
from benchmarks.soak.report import markdown
from benchmarks.soak.watched_server import WatchedServer
from chartserver.version import VERSION

NAME = "soak"
MINUTES, QUICK_MINUTES = 60.0, 2.0
PACKAGES = ("eventlet", "greenlet", "Flask-SocketIO", "python-socketio", "python-engineio")


@click.command(context_settings={"show_default": True})
@click.option("--minutes", type=click.FloatRange(0.5, 1440), help="[default: 60; quick: 2]")
@click.option("--viewers", type=click.IntRange(4, 2_000), default=200, help="At a time, at most.")
@click.option("--seed", type=int, default=1, help="Of what is left to chance.")
@click.option("--quick", is_flag=True, help="Two minutes, for a first look.")
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder to write to.  [default: docs; quick: benchmarks/build]",
)
@click.option("--report-only", is_flag=True, help="Soak nothing; write the report anew.")
def main(
    minutes: float | None,
    viewers: int,
    seed: int,
    quick: bool,
    output: Path | None,
    report_only: bool,
) -> None:
    """Let viewers come, go, stall and misbehave for an hour; see that the server ends as it began.

    Loopback only, and well below one core. Half of the viewers are healthy and stay throughout.
    The status is 1 when a promise is not kept.
    """
    if not find_spec("matplotlib"):
        raise click.ClickException(
            "matplotlib, which draws the plot, is not installed; expected it, such as from:"
            " pip install 'chartserver[bench]'"
        )
    folder = output or (BUILD if quick else ROOT / "docs")
    raw = folder / f"{NAME}.json"
    if report_only:
        if not raw.exists():
            raise click.UsageError(f"--output holds no {raw.name}; expected the record of a soak")
        record = Record.load(raw)
    else:
        length = minutes or (QUICK_MINUTES if quick else MINUTES)
        record = _begin(length, viewers, seed, quick)
        raise_file_limit()
        _soak(record, raw)
    draw(record, folder / f"{NAME}.svg")
    report = folder / f"{NAME}.md"
    report.write_text(markdown(record, f"{NAME}.svg"), encoding="utf-8")
    broken = [check for check in check_all(record) if check.passed is not True]
    for check in broken:
        click.echo(f"not kept: {check.promise}: {check.measured}; wanted {check.wanted}")
    click.echo(f"written: {report}, {raw}, {folder / NAME}.svg")
    sys.exit(1 if broken else 0)


def _begin(minutes: float, viewers: int, seed: int, is_quick: bool) -> Record:
    return Record(
        machine=describe(),
        versions={
            "chartserver": VERSION,
            "Python": sys.version.split()[0],
            **{package: version(package) for package in PACKAGES},
        },
        command=f"python -m benchmarks.soak --minutes {minutes:g} --viewers {viewers}"
        f" --seed {seed}",
        started=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        minutes=minutes,
        viewers=viewers,
        seed=seed,
        is_quick=is_quick,
    )


def _soak(record: Record, raw: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        try:
            with WatchedServer(Path(folder)) as server:
                server.wait_until_ready()
                asyncio.run(_run(Course(server, record, lambda one: one.save(raw), click.echo)))
        except RunFailed as failure:
            raise click.ClickException(str(failure)) from None
        finally:
            _keep_log(Path(folder) / "server.log")


async def _run(course: Course) -> None:
    # A soak that is told to end must still end what it has started.
    is_asked, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, is_asked.set)
    await run_until_asked(course, is_asked)


def _keep_log(log: Path) -> None:
    """Keep the server's log in the build folder: for whoever wants to see what it had to say."""
    if log.exists():
        BUILD.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(log, BUILD / f"{NAME}.log")


if __name__ == "__main__":
    main()
