"""A chart as it is to be: what is said of it before its first tick, and what feeds it."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from chartserver.errors import ConfigError
from chartserver.sources.source import Source
from chartserver.ticks import Series, some_of

PANELS = ("auto", "single", "stacked")


class Retention(NamedTuple):
    """For how many days a store keeps each tick, and the roll-ups; None: as the settings say."""

    ticks_days: float | None = None
    minutes_days: float | None = None
    hours_days: float | None = None
    days_days: float | None = None


AS_SET = Retention()


@dataclass(frozen=True, kw_only=True)
class ChartPlan:
    """What is planned for one chart; what is left open is the source's, or the settings', to say.

    `series` stand in the order of the chart's values. `interval_s` are the seconds between ticks
    of a source that has no beat of its own, `history` the ticks kept in memory, `panels` one of
    `PANELS`; `note` is told in the log when the chart is served.
    """

    name: str
    source: Source
    title: str = ""
    series: Sequence[Series] = ()
    interval_s: float | None = None
    history: int | None = None
    panels: str = "auto"
    retention: Retention = AS_SET
    note: str = ""


def series_with(source: Source, said: Sequence[Series]) -> Sequence[Series]:
    """Return the series of a chart of which `said` is what its users say.

    In the order of the source; in that of `said` where the source leaves its series open.

    Raises:
        ConfigError: one of them is none of the source's.
    """
    names = [series.name for series in source.series]
    faults = []
    for one in said:
        if names and one.name not in names:
            near = difflib.get_close_matches(one.name, names, 1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            faults.append(
                f"series {one.name!r} is none of the source's;"
                f" expected one of {some_of(names)}{hint}"
            )
    if faults:
        raise ConfigError(*faults)
    by_name = {one.name: one for one in said}
    if not names:
        return list(by_name.values())
    return [by_name.get(one.name, one).completed(one) for one in source.series]
