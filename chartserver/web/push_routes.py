"""All routes by which ticks are pushed, made of the settings."""

from collections.abc import Sequence

from flask import Blueprint

from chartserver.access.doorkeeper import Doorkeeper
from chartserver.refusals import Refusals
from chartserver.settings import Settings
from chartserver.stack.offload import Offload
from chartserver.web.influx import make_influx
from chartserver.web.push import make_push
from chartserver.web.push_desk import PushDesk, PushedCharts


def make_push_routes(
    settings: Settings,
    doorkeeper: Doorkeeper,
    offload: Offload,
    charts: PushedCharts,
    refusals: Refusals,
) -> Sequence[Blueprint]:
    """Return the routes, which push to `charts`."""
    desk = PushDesk(
        doorkeeper.check_push,
        offload,
        most_bytes=settings.push_bytes,
        most_series=settings.push_series,
        wait_s=settings.request_timeout_s,
    )
    return [make_push(desk, charts, refusals), make_influx(desk, charts, refusals)]
