"""Viewers of every kind, who come at different times, hold the same series."""

import json
import shutil
from pathlib import Path

import pytest
from processes import Process
from recorder import LIMIT_S, Recorder, add

JS = Path(__file__).parent / "js"
WALK = "fx=walk?interval_s=0.05&series=EURUSD,USDJPY"


class NodeViewer:
    """The JavaScript client in a process of its own."""

    def __init__(self, url, auth, *transports):
        node = shutil.which("node")
        assert node, "node is not installed; expected Node 18 or newer"
        assert (JS / "node_modules").is_dir(), f"run: npm ci --prefix {JS}"
        self.process = Process([node, JS / "viewer.mjs", url, json.dumps(auth), *transports])
        self.events = []

    def read_until(self, n):
        """Read until it has so many ticks, and return its events: (name, payload)."""
        while len(series_of(self.events)) < n:
            line = json.loads(self.process.line())
            self.events.append((line["event"], line.get("payload")))
        return self.events


@pytest.fixture
def node():
    started = []

    def start(url, auth=None, *transports):
        started.append(NodeViewer(url, auth or {}, *(transports or ["websocket"])))
        return started[-1]

    yield start
    for viewer in started:
        viewer.process.kill()


def series_of(events):
    """Return the series that these events make, as a Recorder holds it."""
    series = {}
    for name, payload in events:
        if name in ("snapshot", "backfill", "tick"):
            add(series, payload)
    return series


def test_viewers_who_join_at_different_times_hold_the_same_series_bit_for_bit(serve, node):
    server = serve("--chart", WALK)
    early = Recorder(server.url, transports=["websocket"])
    early.wait(lambda: len(early.series) >= 20, "20 ticks")
    in_node = node(server.url, {"chart": "fx"})
    polling_node = node(server.url, {}, "polling")
    upgrading = Recorder(server.url)
    upgrading.wait(lambda: len(upgrading.series) >= 40, "40 ticks")
    polling = Recorder(server.url, transports=["polling"])
    late = Recorder(f"{server.url}", auth={"chart": "fx"}, transports=["websocket"])
    late.wait(lambda: len(late.series) >= 80, "80 ticks")
    polling.wait(lambda: len(polling.series) >= 80, "80 ticks")
    events, polling_events = in_node.read_until(60), polling_node.read_until(60)
    for viewer in (early, upgrading, polling, late):
        viewer.close()

    held = [one.series for one in (early, upgrading, polling, late)]
    held += [series_of(events), series_of(polling_events)]

    assert events[0] == ("connect", "websocket")
    assert polling_events[0] == ("connect", "polling")
    # Of what each tick is they hold the same; some hold more of them.
    longest = max(held, key=len)
    for series in held:
        offsets = [offset for _, _, offset in series]
        # From the first tick on, each offset once and in order, whoever looks and since when.
        assert offsets == list(range(1, len(series) + 1))
        assert len(series) >= 60
        assert {place: longest[place] for place in series} == series


def test_one_connection_carries_several_charts(serve):
    server = serve("--chart", WALK, "--chart", "lab=random?interval_s=0.05")
    viewer = Recorder(server.url, auth={"chart": "fx"}, transports=["websocket"])
    viewer.wait_for("snapshot")

    assert viewer.ask("subscribe", {"chart": "lab"})["ok"] is True
    viewer.wait(
        lambda: {"fx", "lab"} <= {tick["chart"] for tick in viewer.of("tick")}, "ticks of both"
    )
    assert viewer.ask("unsubscribe", {"chart": "fx"}) == {"ok": True}
    seen = len(viewer.of("tick"))
    viewer.wait_for("tick", seen + 10)
    viewer.close()

    assert {tick["chart"] for tick in viewer.of("tick")[seen:]} == {"lab"}
    assert [one["chart"] for one in viewer.of("snapshot")] == ["fx", "lab"]


def test_the_raw_websocket_of_the_original_shows_the_same_series(serve):
    import websocket

    server = serve("--chart", "random=random?interval_s=0.05")
    viewer = Recorder(server.url)
    viewer.wait_for("tick")
    raw = websocket.create_connection(
        server.url.replace("http", "ws") + "/publish", timeout=LIMIT_S
    )
    raw.send("hello")  # is ignored
    messages = [json.loads(raw.recv()) for _ in range(30)]
    raw.shutdown()
    told = [
        (tuple({one["time"] for one in message}), tuple(repr(one["y"]) for one in message))
        for message in messages
    ]
    assert all(isinstance(time_s, int) for (time_s, *_), _ in told)
    viewer.wait(lambda: told[-1] in ticks_of(viewer), "the last of them")
    viewer.close()
    wanted = ticks_of(viewer)
    first = wanted.index(told[0])
    assert told == wanted[first : first + 30]


def ticks_of(viewer):
    """Return the ticks in their order, as `/publish` tells them."""
    ticks = sorted(viewer.series.items(), key=lambda item: item[0][2])
    return [((int(float(time_ms) // 1000),), values) for _, (time_ms, values) in ticks]
