"""The settings of a server as options of a command, all checked at once, with the charts."""

import difflib
import os
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

import click

from chartserver.chart_list import open_charts
from chartserver.config import load
from chartserver.errors import ConfigError
from chartserver.settings import Settings, default_of, option_of, variable_of
from chartserver.sources.registry import kinds
from chartserver.sources.source import Source

# What click does not know is told by us, beside all other faults.
CHECKED_BY_US = {"ignore_unknown_options": True, "allow_extra_args": True}


def settings_options(command: Any) -> Any:
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


def settings_and_charts(
    context: click.Context, options: Mapping[str, Any]
) -> tuple[Settings, Sequence[tuple[str, Source]]]:
    """Return the settings that are given, and the charts, opened: a name and a source for each.

    Raises:
        ConfigError: with the faults of options, variables and charts, all of them.
    """
    own = [one for parameter in context.command.params for one in parameter.opts]
    faults: list[str] = list(_unknown(context.args, own))
    settings, charts = Settings(), []
    try:
        settings = load(options, os.environ)
    except ConfigError as error:
        faults += error.faults
    try:
        # Not from the settings: the faults of charts are told beside those of settings.
        texts = options["chart"] or os.environ.get("CHARTSERVER_CHARTS", "").split()
        texts = [text.strip() for text in texts if text.strip()]
        charts = list(open_charts(texts, {"interval_s": str(settings.interval_s)}))
    except ConfigError as error:
        faults += error.faults
    if faults:
        raise ConfigError(*faults)
    return settings, charts


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
