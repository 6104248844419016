"""The charts that `--chart` names, opened: a name and a source for each."""

import re
from collections.abc import Mapping, Sequence, Set
from pathlib import PurePath

from chartserver.chart_plan import ChartPlan
from chartserver.errors import ConfigError
from chartserver.sources.registry import MASK, SourceSpec, open_source, parse_spec
from chartserver.ticks import RESERVED_NAMES

DEMO = "random"


def open_charts(
    texts: Sequence[str], defaults: Mapping[str, str], taken: Sequence[str] = ()
) -> Sequence[ChartPlan]:
    """Open `[NAME=]SOURCE` texts; names are unique, and none of those that are `taken`.

    Raises:
        ConfigError: with the faults of all of them.
    """
    faults: list[str] = []
    specs: list[SourceSpec] = []
    for text in texts:
        try:
            specs.append(parse_spec(text))
        except ConfigError as error:
            faults += error.faults
    given = {spec.name for spec in specs} | set(taken)
    opened: dict[str, ChartPlan] = {}
    for spec in specs:
        try:
            name = spec.name or _free_name(spec, given | opened.keys())
            if name in opened or name in taken:
                where = " in the file of charts" if name in taken else ""
                raise ConfigError(
                    f"{spec.place}: the name {name!r} is taken{where}; expected a name of its own,"
                    f" such as '{name}-2={MASK(spec.text.removeprefix(name + '='))}'"
                )
            source = open_source(spec, defaults)
            opened[name] = ChartPlan(name=name, source=source, note=_note(spec, name))
        except ConfigError as error:
            faults += error.faults
    if faults:
        raise ConfigError(*faults)
    return list(opened.values())


def _note(spec: SourceSpec, name: str) -> str:
    """Return what is told of a chart whose name is another than its source would have given it."""
    if spec.name or name == _own_name(spec):
        return ""
    return (
        f"{spec.place} is at /{name}, as '{_own_name(spec)}' is taken;"
        f" give it a name of its own, such as 'name={MASK(spec.text)}'"
    )


def _free_name(spec: SourceSpec, taken: Set[str]) -> str:
    """Return a name for a chart that was given none: what its target is called, or its kind."""
    name = _own_name(spec)
    if name in RESERVED_NAMES or name in taken:
        number = 2
        while f"{name}-{number}" in taken:
            number += 1
        name = f"{name}-{number}"
    return name


def _own_name(spec: SourceSpec) -> str:
    last = PurePath(spec.target.rpartition(":")[2]).stem or spec.kind
    return re.sub(r"[^a-z0-9_-]+", "-", last.lower()).strip("-_")[:60] or "chart"
