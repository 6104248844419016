"""What InfluxDB calls a measurement, fields and tags, as the names of a chart and of its series."""

import re
from collections.abc import Mapping

from chartserver.errors import BadPush
from chartserver.ticks import CHART_NAME, RESERVED_NAMES, short

NOT_OF_NAMES = re.compile(r"[^a-z0-9_-]+")


def chart_name(measurement: str) -> str:
    """Return the name of the chart of a measurement.

    In small letters, with a `-` for whatever a chart's name may not hold, none of them at its ends;
    what is a path of the server gets `-1`.

    Raises:
        BadPush: nothing is left, or more than a name may have.
    """
    name = NOT_OF_NAMES.sub("-", measurement.lower()).strip("-_")
    if name in RESERVED_NAMES:
        name += "-1"
    if not CHART_NAME.fullmatch(name):
        raise BadPush(
            f"measurement is {short(measurement)}; expected one that makes a chart's name,"
            " of 1 to 64 letters and digits, such as 'cpu'"
        )
    return name


def series_suffix(tags: Mapping[str, str]) -> str:
    """Return what the name of a series has behind its field: `{host=a,region=eu}`, by name."""
    if not tags:
        return ""
    return "{" + ",".join(f"{name}={text}" for name, text in sorted(tags.items())) + "}"


class Measurements:
    """Which measurement each chart is of, since the start: two that lead to one are not mixed."""

    def __init__(self) -> None:
        self._of_chart: dict[str, str] = {}

    def check(self, charts: Mapping[str, str]) -> None:
        """Raise BadPush when one of `charts`, with their measurements, is of another already."""
        for chart, measurement in charts.items():
            known = self._of_chart.get(chart, measurement)
            if known != measurement:
                raise collision(chart, known, measurement)

    def keep(self, charts: Mapping[str, str]) -> None:
        """Keep of which measurements charts are that have been pushed to."""
        self._of_chart.update(charts)


def collision(chart: str, known: str, measurement: str) -> BadPush:
    """Return the fault of a second measurement whose name leads to the same chart."""
    return BadPush(
        f"measurement {short(measurement)} would be chart {chart!r}, which is that of measurement"
        f" {short(known)}; expected names that differ in more than case and signs"
    )
