"""What the settings let pushes do."""

from collections.abc import Iterable

from chartserver.chart import Chart
from chartserver.errors import UnknownChart
from chartserver.pushes import PushLimits
from chartserver.settings import Settings


def limits_of(settings: Settings) -> PushLimits:
    """Return what pushes may do to a chart."""
    return PushLimits(
        series=settings.push_series,
        ticks_per_s=settings.push_ticks_per_s,
        reorder_s=settings.reorder_s,
    )


def check_may_make(name: str, charts: Iterable[Chart], most: int) -> None:
    """Raise UnknownChart when pushes have made as many of the charts as they may."""
    made = sum(chart.is_pushed for chart in list(charts))
    if made >= most:
        may = f"pushes have made {made} charts and may make no more" if most else "pushes make none"
        raise UnknownChart(
            f"there is no chart {name!r}, and {may}; expected one that is there, or serve it as"
            f" '{name}=push'"
        )
