"""All routes of a server's pages and of its HTTP interface, but those of viewers."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from flask import Blueprint

from chartserver.access.doorkeeper import Doorkeeper
from chartserver.access.origins import Origins
from chartserver.chart import Chart
from chartserver.entrance.proxies import Proxies
from chartserver.refusals import Refusals
from chartserver.settings import Settings
from chartserver.stack.offload import Offload
from chartserver.store.store import Store
from chartserver.web.api import make_api
from chartserver.web.denied import make_denied
from chartserver.web.digest import make_digest
from chartserver.web.docs_page import make_docs
from chartserver.web.first_ticks import FirstTicks
from chartserver.web.pages import make_pages
from chartserver.web.pictures import make_pictures
from chartserver.web.push_desk import PushedCharts
from chartserver.web.push_routes import make_push_routes
from chartserver.web.refused import make_refused
from chartserver.web.sign_in import make_sign_in
from chartserver.web.ticks_out import make_ticks_out


def make_routes(
    settings: Settings,
    charts: Mapping[str, Chart],
    pushed: PushedCharts,
    doorkeeper: Doorkeeper,
    origins: Origins,
    refusals: Refusals,
    offload: Offload,
    wait: Callable[[], Any],
    store: Store | None,
) -> Iterator[Blueprint]:
    """Yield them; `wait` gives others a turn."""
    is_open, is_free = doorkeeper.access.is_open, Proxies(settings.proxies).is_free
    yield make_api(charts, doorkeeper.permit, is_open=is_open)
    yield make_ticks_out(charts, doorkeeper, refusals, offload, wait, is_free, store)
    yield make_pages(charts, doorkeeper, settings.frame_ancestors, FirstTicks(offload).of)
    yield make_docs(is_open)
    yield make_digest(charts, doorkeeper, offload)
    yield make_pictures(charts, doorkeeper, offload)
    yield make_sign_in(doorkeeper, origins)
    yield make_denied(doorkeeper)
    yield make_refused(refusals)
    yield from make_push_routes(settings, doorkeeper, offload, pushed, refusals)
