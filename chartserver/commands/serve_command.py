"""`chartserver serve`: one process that serves, or a supervisor and its workers."""

import logging
import sys
from collections.abc import Callable, Sequence
from typing import Any

import click

from chartserver.chart_plan import ChartPlan
from chartserver.commands.options import CHECKED_BY_US, settings_and_charts, settings_options
from chartserver.entrance.listener import reserve, url_of
from chartserver.operation import process
from chartserver.operation.lifeline import Lifeline
from chartserver.operation.logs import say, start_logging
from chartserver.operation.workers import Workers
from chartserver.server import ChartServer
from chartserver.settings import Settings, secrets_of
from chartserver.sources.registry import kinds

SERVE_HELP = f"""Serve charts to browsers; without --chart and --config the demo.

SOURCE is kind[:target][?option=value&...], kind one of {", ".join(kinds())};
docs/sources.md tells of each. A file of charts (--config) also has titles, units, colors and
limits; see docs/charts-file.md. Every option may be given as an environment variable instead.
"""
EXAMPLES = """\b
Examples:
  chartserver serve --chart host=system --chart 'fx=replay:ecb?speed=86400'
  vmstat -n 1 | chartserver serve --chart -    anything that prints numbers, shared
  chartserver serve --config charts.toml       charts with titles, units, colors and limits
  chartserver serve --workers auto --redis-url redis://127.0.0.1:6379/0    on all cores
"""

log = logging.getLogger(__name__)


@click.command(help=SERVE_HELP, epilog=EXAMPLES, context_settings=CHECKED_BY_US)
@click.option("--worker", "lifeline", hidden=True, metavar="NUMBER:DESCRIPTOR")
@settings_options
@click.pass_context
def serve(context: click.Context, /, lifeline: str | None, **options: Any) -> None:
    """Serve charts; see SERVE_HELP."""
    settings, charts = settings_and_charts(context, options)
    line = Lifeline.parse(lifeline) if lifeline else None
    worker = line.number if line else 0
    start_logging(settings.log_format, settings.log_level, secrets_of(settings), worker)
    if settings.workers > 1 and not line:
        sys.exit(supervise(settings))
    serve_alone(settings, charts, line)


def serve_alone(settings: Settings, charts: Sequence[ChartPlan], line: Lifeline | None) -> None:
    """Serve from this process, until a signal or the supervisor, if there is one, ends it."""
    server = ChartServer(settings, worker=line.number if line else 0)
    for plan in charts:
        server.open(plan)
        if plan.note and (line is None or line.number == 1):
            log.info("%s", plan.note)
    if line is None:
        server.run()
        return
    line.watch(lambda: process.end_in_time(server.stop))
    server.run(on_listening=line.tell_serving)


def supervise(settings: Settings) -> int:
    """Keep the workers alive that share the port of `settings`; return the exit status.

    Raises:
        ConfigError: the port cannot be had.
    """
    with reserve(settings.host, settings.port) as sock:
        port, url = sock.getsockname()[1], url_of(sock.getsockname())
        return Workers(
            settings.workers,
            worker_command(sys.argv, port),
            lambda: say(f"serving on {url} with {settings.workers} workers"),
        ).run()


def worker_command(argv: Sequence[str], port: int) -> Callable[[str], Sequence[str]]:
    """Return what makes the command line of a worker: that of this process, and a little more."""
    spec = sys.modules["__main__"].__spec__
    program = ["-m", "chartserver"] if spec is not None else [argv[0]]
    given = list(argv[1:])
    if not given or given[0].startswith("-"):
        given = ["serve", *given]  # as `chartserver` alone means it
    shared = [*given, "--port", str(port), "--worker"]
    return lambda lifeline: [sys.executable, *program, *shared, lifeline]
