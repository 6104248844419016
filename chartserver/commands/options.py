"""The settings of a server as options of a command, all checked at once, with the charts."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import click

from chartserver.chart_file import open_chart_file
from chartserver.chart_list import DEMO, open_charts
from chartserver.chart_plan import ChartPlan
from chartserver.config import load
from chartserver.errors import ConfigError
from chartserver.known_names import nearest
from chartserver.settings import Settings, default_of, option_of, variable_of
from chartserver.sources.registry import kinds

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
) -> tuple[Settings, Sequence[ChartPlan]]:
    """Return the settings that are given, and the charts, opened: the demo when none is given.

    Raises:
        ConfigError: with the faults of options, variables and charts, all of them.
    """
    own = [one for parameter in context.command.params for one in parameter.opts]
    faults: list[str] = list(_unknown(context.args, own, context.command_path))
    settings = Settings()
    try:
        settings = load(options, os.environ)
        faults += _workers_faults(settings)
    except ConfigError as error:
        faults += error.faults
    charts = _charts(options, {"interval_s": str(settings.interval_s)}, faults)
    if faults:
        raise ConfigError(*faults)
    return settings, charts


def _workers_faults(settings: Settings) -> Sequence[str]:
    """Return what is wrong with several workers that have nothing together."""
    if settings.workers == 1 or settings.redis_url:
        return []
    return [
        f"--workers is {settings.workers} without --redis-url; expected the Redis in which they"
        " have the charts together, such as redis://127.0.0.1:6379/0: each would else show another"
        " series"
    ]


def _charts(
    options: Mapping[str, Any], defaults: Mapping[str, str], faults: list[str]
) -> Sequence[ChartPlan]:
    """Return the charts of the file and those of `--chart`; what is wrong is put into `faults`."""
    # Not from the settings: the faults of charts are told beside those of settings.
    file = (options["config"] or os.environ.get("CHARTSERVER_CONFIG", "")).strip()
    texts = options["chart"] or os.environ.get("CHARTSERVER_CHARTS", "").split()
    texts = [text.strip() for text in texts if text.strip()]
    plans: Sequence[ChartPlan] = ()
    try:
        plans = open_chart_file(Path(file).expanduser(), defaults) if file else ()
    except ConfigError as error:
        faults += error.faults
    try:
        taken = [plan.name for plan in plans]
        added = open_charts(texts if texts or file else [DEMO], defaults, taken)
    except ConfigError as error:
        faults += error.faults
        return ()
    return [*plans, *added]


def _unknown(arguments: Sequence[str], known: Sequence[str], command: str) -> Sequence[str]:
    """Return a fault for each argument that is no option; the word after one is its value."""
    faults = []
    before = ""
    for argument in arguments:
        name = argument.partition("=")[0]
        if name.startswith("-"):
            wanted = nearest(name, known, "--") or "an option, such as --chart"
            faults.append(f"got {name}; expected {wanted}; all of them: {command} --help")
        elif not before.startswith("-"):
            example = argument if argument in kinds() else "random"
            faults.append(f"got {argument!r}; expected options only, such as --chart {example}")
        before = argument
    return faults
