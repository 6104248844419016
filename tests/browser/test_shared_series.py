"""Whoever looks, whenever they joined, sees the same series."""

import pytest
import socketio
from tabs import LIMIT_S, wait_until

FAST = "fx=walk?interval_s=0.05&series=EURUSD,USDJPY"


class Program:
    """A python-socketio client that keeps the frames as they come."""

    def __init__(self, url, chart):
        self.frames = []
        self._client = socketio.Client(reconnection=False)
        for event in ("snapshot", "tick"):
            self._client.on(event, self.frames.append)
        self._client.connect(url, auth={"chart": chart}, wait_timeout=LIMIT_S)

    def ticks(self):
        """Return offset, time and values of each tick that has come."""
        return sorted(tick for frame in list(self.frames) for tick in ticks_of(frame))

    def offsets(self):
        return {offset for offset, *_ in self.ticks()}

    def close(self):
        self._client.disconnect()


def ticks_of(frame):
    """Return offset, time and values of each tick of a frame, or of what a page holds."""
    first = frame["offset"] - len(frame["t"]) + 1
    return [
        (first + i, time_ms, *(row[i] for row in frame["y"]))
        for i, time_ms in enumerate(frame["t"])
    ]


@pytest.fixture
def program_of():
    """Start programs that follow a chart, `program_of(server.url, "fx")`."""
    programs = []

    def start(url, chart):
        programs.append(Program(url, chart))
        return programs[-1]

    yield start
    for program in programs:
        program.close()


def test_two_browsers_and_a_program_hold_the_same_series_bit_for_bit(
    serve, view, fetch, program_of
):
    server = serve("--chart", FAST)
    first = view(f"{server.url}/fx")
    first.wait_past("offset", 15)
    program = program_of(server.url, "fx")
    first.wait_past("offset", 30)
    second = view(f"{server.url}/fx")
    last = 60
    for viewing in (first, second):
        viewing.wait_past("offset", last)
    # Each frame is taken by a thread of its own: they may overtake one another.
    wait_until(lambda: {*range(1, last + 1)} <= program.offsets(), "the program's ticks")

    kept = fetch(f"{server.url}/api/charts/fx/ticks")
    everybody = [ticks_of(first.held()), ticks_of(second.held()), program.ticks()]

    shared = ticks_of(kept)[:last]
    assert [tick[0] for tick in shared] == list(range(1, last + 1))
    # Floats compare by value, and none of these is NaN or a zero with a sign.
    for ticks in everybody:
        assert ticks[:last] == shared
    assert {viewing.held()["epoch"] for viewing in (first, second)} == {kept["epoch"]}


def test_missing_values_and_all_digits_come_through(serve_fed, view, fetch):
    fed = serve_fed("?series=a,b")
    fed.tick(0.1 + 0.2, None, time_ms=1_700_000_000_000.25)
    fed.tick(-1.7976931348623157e308, 5e-324, time_ms=1_700_000_000_001)
    fed.tick(None, 123456789.12345679, time_ms=1_700_000_000_001)

    viewing = view(f"{fed.url}/lab")
    viewing.wait_past("offset", 3)
    held = viewing.held()

    assert held["t"] == [1_700_000_000_000.25, 1_700_000_000_001, 1_700_000_000_001]
    assert held["y"] == [
        [0.30000000000000004, -1.7976931348623157e308, None],
        [None, 5e-324, 123456789.12345679],
    ]
    assert held["y"] == fetch(f"{fed.url}/api/charts/lab/ticks")["y"]


def test_the_page_and_the_original_page_hold_the_same(serve, view):
    server = serve("--chart", FAST)
    chart, classic = view(f"{server.url}/fx"), view(f"{server.url}/classic")

    for viewing in (chart, classic):
        viewing.wait_past("offset", 30)

    assert ticks_of(chart.held())[:30] == ticks_of(classic.held())[:30]
