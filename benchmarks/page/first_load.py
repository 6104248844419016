"""Bytes over the wire of the first load of a page, from an empty cache, as a relay counts them."""

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from benchmarks.page.browser import Chromium
from benchmarks.page.part import CLASSIC, EPOCH, OURS, Run
from benchmarks.page.room import epoch_size_px
from benchmarks.page.site import Site, site
from benchmarks.page.sources import Plan
from benchmarks.results import Sample

PLAN = Plan(n_series=2, history_ticks=300, interval_s=1.0)
SHOWN = {OURS: "drawnOffset", CLASSIC: "shownOffset", EPOCH: "drawnOffset"}
# What a page fetches besides, it has asked for by then.
REST_S = 5.0


def measure(run: Run) -> Iterator[Sample]:
    """Yield what the loads of all pages in turn have cost the wire."""
    size_px = epoch_size_px(run.folder)
    with site(PLAN, run.folder) as place, Chromium(run.folder) as chromium:
        urls = {OURS: place.ours, CLASSIC: place.classic, EPOCH: place.epoch(size_px)}
        for i in range(run.pace.first_loads):
            for name in run.turn(list(urls), i):
                run.tell(f"{name}, load {i + 1} of {run.pace.first_loads}")
                yield _sample(run, name, place, chromium, urls[name])


def _sample(run: Run, name: str, place: Site, chromium: Chromium, url: str) -> Sample:
    place.relay.reset()
    chromium.events.clear()
    context = chromium.context()
    tab = chromium.open(url, context=context, watch=("Network",))
    tab.wait_past(SHOWN[name], PLAN.history_ticks)
    time.sleep(REST_S)
    down, up = place.relay.down_bytes, place.relay.up_bytes
    tab.evaluate("1")  # brings the events that have come meanwhile
    chromium.close_context(context)
    kinds, requests = by_kind(chromium.events)
    figures = {"down_bytes": down, "up_bytes": up, "requests": sum(requests.values())}
    figures |= {f"{kind}_bytes": size for kind, size in kinds.items()}
    return run.sample("first-load", name, figures, "; ".join(chromium.complaints), **requests)


def by_kind(events: Iterable[Mapping[str, Any]]) -> tuple[dict[str, int], dict[str, int]]:
    """Return the bytes of what was received, heads included, and the requests, each by kind.

    A kind is what the browser calls it, such as `Script`; of a WebSocket it counts what is in the
    messages.
    """
    kind_of: dict[str, str] = {}
    sizes, requests = Counter[str](), Counter[str]()
    for event in events:
        method, said = event["method"], event["params"]
        if method == "Network.responseReceived":
            kind_of[said["requestId"]] = said["type"]
            requests[said["type"]] += 1
        elif method == "Network.loadingFinished":
            sizes[kind_of.get(said["requestId"], "Other")] += int(said["encodedDataLength"])
        elif method == "Network.webSocketCreated":
            requests["WebSocket"] += 1
        elif method == "Network.webSocketFrameReceived":
            sizes["WebSocket"] += len(said["response"]["payloadData"].encode())
    return dict(sizes), dict(requests)
