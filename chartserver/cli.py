"""The command line: `chartserver`, `chartserver serve`, `chartserver watch`."""

import difflib
import os
import sys
from collections.abc import Sequence
from dataclasses import fields
from typing import Any, NoReturn

import click

from chartserver.chart_list import open_charts
from chartserver.config import load
from chartserver.errors import ChartServerError, ConfigError
from chartserver.logs import start_logging
from chartserver.server import ChartServer
from chartserver.settings import Settings, default_of, option_of, variable_of
from chartserver.sources.registry import kinds
from chartserver.version import VERSION
from chartserver.watch import watch

USAGE_STATUS = 2
INTERRUPTED_STATUS = 130

EXAMPLES = """\b
Examples:
  chartserver                                  the demo on http://127.0.0.1:8000
  vmstat -n 1 | chartserver serve --chart -    anything that prints numbers, shared
  chartserver serve --chart host=system --chart 'fx=replay:ecb?speed=86400'
  chartserver serve --chart lab=python:lab:read --interval-s 0.5 --host 0.0.0.0
  chartserver watch http://127.0.0.1:8000/fx   the same chart in the terminal
"""


def main() -> None:
    """Run the command line; every fault is one line on stderr and exit status 2."""
    arguments = sys.argv[1:] or ["serve"]
    if arguments[0].startswith("-") and arguments[0] not in ("--help", "-h", "--version"):
        # `chartserver --port 9000` means `chartserver serve --port 9000`.
        arguments = ["serve", *arguments]
    try:
        commands.main(arguments, prog_name="chartserver", standalone_mode=False)
    except ConfigError as error:
        _fail(error.faults)
    except ChartServerError as error:
        _fail([str(error)])
    except click.ClickException as error:
        _fail([error.format_message()])
    except (click.Abort, KeyboardInterrupt):
        sys.exit(INTERRUPTED_STATUS)


@click.group(
    epilog=EXAMPLES,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(VERSION, prog_name="chartserver", message="%(prog)s %(version)s")
def commands() -> None:
    """A live chart that many people watch together.

    Without a command, `serve` is run.
    """


def _settings_options(command: Any) -> Any:
    """Give `command` an option for each setting, as text: `config` checks them all at once."""
    for one in reversed(fields(Settings)):
        default = default_of(one)
        shown = " ".join(default) if one.metadata["is_many"] else default
        variables = ", ".join(filter(None, [variable_of(one), one.metadata["also"]]))
        command = click.option(
            option_of(one),
            one.name,
            multiple=one.metadata["is_many"],
            metavar=one.metadata["metavar"],
            help=f"{one.metadata['help']}  [{variables}; default: {shown or 'none'}]",
        )(command)
    return command


SERVE_HELP = f"""Serve charts to browsers; without --chart the demo.

SOURCE is kind[:target][?option=value&...], kind one of {", ".join(kinds())};
docs/sources.md tells of each. Every option may be given as an environment variable instead.
"""


@commands.command(
    help=SERVE_HELP,
    epilog=EXAMPLES,
    context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
)
@_settings_options
@click.pass_context
def serve(context: click.Context, /, **options: Any) -> None:
    """Serve charts; see SERVE_HELP."""
    faults: list[str] = list(_unknown(context.args, [option_of(one) for one in fields(Settings)]))
    settings, opened = Settings(), []
    try:
        settings = load(options, os.environ)
    except ConfigError as error:
        faults += error.faults
    try:
        # Not from the settings: the faults of charts are told beside those of settings.
        texts = options["chart"] or os.environ.get("CHARTSERVER_CHARTS", "").split()
        texts = [text.strip() for text in texts if text.strip()]
        opened = list(open_charts(texts, {"interval_s": str(settings.interval_s)}))
    except ConfigError as error:
        faults += error.faults
    if faults:
        raise ConfigError(*faults)
    start_logging(settings.log_format)
    server = ChartServer(settings)
    for name, source in opened:
        server.add(name, source)
    server.run()


commands.add_command(watch)


def _unknown(arguments: Sequence[str], known: Sequence[str]) -> Sequence[str]:
    """Return a fault for each argument that is no option; the word after one is its value."""
    faults = []
    before = ""
    for argument in arguments:
        name = argument.partition("=")[0]
        if name.startswith("-"):
            near = difflib.get_close_matches(name, known, 1)
            hint = f"; did you mean {near[0]}?" if near else ""
            faults.append(f"got {name}; expected one of {', '.join(known)}{hint}")
        elif not before.startswith("-"):
            example = argument if argument in kinds() else "random"
            faults.append(f"got {argument!r}; expected options only, such as --chart {example}")
        before = argument
    return faults


def _fail(faults: Sequence[str]) -> NoReturn:
    for fault in faults:
        print(f"chartserver: {fault}", file=sys.stderr)
    sys.exit(USAGE_STATUS)
