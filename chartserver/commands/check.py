"""`chartserver check`: the settings as they hold, and what is unsafe about them."""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any

import click

from chartserver.broadcast.sockets import NativeSockets, best_sockets
from chartserver.chart_plan import ChartPlan
from chartserver.commands.options import CHECKED_BY_US, settings_and_charts, settings_options
from chartserver.config import where_given
from chartserver.operation import findings_access, findings_load, findings_redis
from chartserver.operation.finding import Finding, Setup
from chartserver.operation.machine import Machine
from chartserver.operation.masking import HIDDEN, Mask
from chartserver.operation.redis_state import RedisState
from chartserver.settings import Settings
from chartserver.terminal.text import printable
from chartserver.version import VERSION

UNSAFE_STATUS = 1
MASKED = HIDDEN
MASK = Mask()
CHECKS = {
    check.__name__: check
    for of in (findings_access, findings_load, findings_redis)
    for check in of.CHECKS
}

EXAMPLES = """\b
Examples:
  chartserver check --host 0.0.0.0 --chart host=system
  chartserver check --strict --allow open_viewing      in a deployment: warnings are failures
  chartserver check --json | jq .findings
"""


@click.command(epilog=EXAMPLES, context_settings=CHECKED_BY_US)
@click.option("--json", "is_json", is_flag=True, help="print the same as JSON, for machines")
@click.option("--strict", "is_strict", is_flag=True, help="exit with status 1 on a warning")
@click.option(
    "--allow",
    "allowed",
    multiple=True,
    type=click.Choice(list(CHECKS)),
    metavar="FINDING",
    help="a finding that is meant to be so; may be given several times",
)
@settings_options
@click.pass_context
def check(
    context: click.Context,
    /,
    is_json: bool,
    is_strict: bool,
    allowed: Sequence[str],
    **options: Any,
) -> None:
    """Print the settings that `serve` would run with, and what is unsafe about them.

    Takes the options and variables of `serve`, finds the same faults in them, opens the charts
    and asks the Redis, but serves nothing. Tokens and keys are masked.
    """
    settings, charts = settings_and_charts(context, options)
    places = where_given(options, os.environ)
    setup = Setup(
        settings=settings,
        places=places,
        environ=os.environ,
        n_series={plan.name: len(plan.series or plan.source.series) for plan in charts},
        machine=Machine.here(),
        has_helper=best_sockets() is NativeSockets,
        redis=redis_of(settings),
    )
    findings = [
        {"name": name, **asdict(finding), **({"level": "allowed"} if name in allowed else {})}
        for name, finding in find(setup).items()
    ]
    content = {
        "version": VERSION,
        "settings": describe_settings(settings, places),
        "charts": [describe_chart(plan) for plan in charts],
        "findings": findings,
    }
    print(json.dumps(content, indent=2) if is_json else as_text(content))
    if is_strict and any(one["level"] == "warning" for one in findings):
        sys.exit(UNSAFE_STATUS)


def redis_of(settings: Settings) -> RedisState | None:
    """Return what the Redis says that is set; None where none is."""
    if not settings.redis_url:
        return None
    try:
        from chartserver.shared.health import ask_state
    except ImportError:
        return RedisState("", "needs a library: run pip install 'chartserver[redis]'")
    return ask_state(settings.redis_url, settings.redis_certificates)


def find(setup: Setup) -> Mapping[str, Finding]:
    """Return what is unsafe about a setup, by name: the warnings first."""
    found = {name: finding for name, each in CHECKS.items() if (finding := each(setup))}
    return dict(sorted(found.items(), key=lambda item: item[1].level, reverse=True))


def describe_settings(
    settings: Settings, places: Mapping[str, str]
) -> Mapping[str, Mapping[str, Any]]:
    """Return the value of each setting and where it is given, `default` when nowhere."""
    described = {}
    for one in fields(Settings):
        value = getattr(settings, one.name)
        if one.metadata["is_many"]:
            value = [MASKED] * len(value) if one.metadata["is_secret"] else list(map(MASK, value))
        elif isinstance(value, str):
            value = MASK(value)  # an address may have a password or a token in it
        described[one.name] = {"value": value, "from": places.get(one.name, "default")}
    return described


def describe_chart(plan: ChartPlan) -> Mapping[str, Any]:
    """Return what is known of a chart before its first tick."""
    return {
        "name": plan.name,
        "title": plan.title or plan.source.title or plan.name,
        "series": [one.describe() for one in plan.series or plan.source.series],
        "interval_s": plan.source.interval_s or plan.interval_s,
        "panels": plan.panels,
        "history": plan.history,
        "retention": plan.retention._asdict(),
    }


def as_text(content: Mapping[str, Any]) -> str:
    """Return the findings and what they are about, for people."""
    settings = [
        (name, _value_text(one["value"]), one["from"]) for name, one in content["settings"].items()
    ]
    charts = [
        (one["name"], one["title"], _series_text(one["series"]), _beat_text(one))
        for one in content["charts"]
    ]
    findings = [
        f"{one['level']}: {one['name']}: {one['what']}; {one['remedy']}"
        for one in content["findings"]
    ]
    return "\n".join(
        printable(line)
        for line in [
            *_table(("setting", "value", "from"), settings),
            "",
            *_table(("chart", "title", "series", "beat"), charts),
            "",
            *(findings or ["nothing is unsafe"]),
        ]
    )


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Sequence[str]:
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in [head, *rows]
    ]


def _value_text(value: Any) -> str:
    if isinstance(value, list):
        # How many secrets there are tells whether a change of them is under way.
        return f"{MASKED} ({len(value)})" if MASKED in value else " ".join(value) or "none"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _series_text(series: Sequence[Mapping[str, Any]]) -> str:
    return ", ".join(one["name"] for one in series) or "named by the first tick"


def _beat_text(chart: Mapping[str, Any]) -> str:
    interval_s = chart["interval_s"]
    return "none" if interval_s is None else f"{interval_s:g} s"
