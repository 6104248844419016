"""The command line: `chartserver` and its commands."""

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn

import click

from chartserver.commands.usage import in_our_words
from chartserver.errors import ChartServerError, ConfigError
from chartserver.operation import process
from chartserver.version import VERSION

USAGE_STATUS = 2
INTERRUPTED_STATUS = 130

# Each is imported when it is asked for: who pushes needs no server.
MODULES = {
    "check": "chartserver.commands.check",
    "link": "chartserver.commands.link_command",
    "push": "chartserver.commands.push_command",
    "serve": "chartserver.commands.serve_command",
    "ticker": "chartserver.commands.ticker_command",
    "watch": "chartserver.terminal.watch",
}

EXAMPLES = """\b
Examples:
  chartserver                                  the demo on http://127.0.0.1:8000
  vmstat -n 1 | chartserver serve --chart -    anything that prints numbers, shared
  chartserver serve --chart host=system --chart 'fx=replay:ecb?speed=86400'
  chartserver serve --chart lab=python:lab:read --interval-s 0.5 --host 0.0.0.0
  chartserver serve --config charts.toml       charts with titles, units, colors and limits
  chartserver watch http://127.0.0.1:8000/fx   the same chart in the terminal
  vmstat -n 1 | chartserver push http://127.0.0.1:8000/host    to a server that runs already
"""


def main() -> None:
    """Run the command line; every fault is one line on stderr and exit status 2."""
    process.keep_standard_descriptors()
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
        _fail([in_our_words(error)])
    except (click.Abort, KeyboardInterrupt):
        sys.exit(INTERRUPTED_STATUS)


class Commands(click.Group):
    """The commands by their names; each is what its module has of that name."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return all names, as they are told."""
        return list(MODULES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, None if there is none of that name."""
        if cmd_name not in MODULES:
            return None
        module = MODULES[cmd_name]
        if module not in sys.modules:
            with process.staying():
                import_module(module)
        command: click.Command = getattr(sys.modules[module], cmd_name)
        return command


@click.group(
    cls=Commands,
    epilog=EXAMPLES,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(VERSION, prog_name="chartserver", message="%(prog)s %(version)s")
def commands() -> None:
    """A live chart that many people watch together.

    Without a command, `serve` is run.
    """


def _fail(faults: Sequence[str]) -> NoReturn:
    for fault in faults:
        print(f"chartserver: {fault}", file=sys.stderr)
    sys.exit(USAGE_STATUS)
