"""Who runs a source: one process at a time, and after it the next, whatever becomes of it.

A file is played of which each row is a number: what viewers have is told from what was played.
"""

import time
from contextlib import closing

import pytest
import requests
from fleet import Fleet, wait_until
from processes import Process, command
from raw_viewer import RawViewer

CHART = "fx"
# Long enough that no busy machine loses it by being busy, where nobody is to lose it.
LONG_S = 60
SHORT_S = 2
# Of what a viewer shows another.
VIEW = {"span_ms": 60_000}


@pytest.fixture(scope="module")
def fleet(server, tmp_path_factory):
    """Processes that play 50 rows a second of a file; the number of each row is in it."""
    path = tmp_path_factory.mktemp("rows") / "rows.csv"
    lines = [f"{1_700_000_000 + number},{number}" for number in range(100_000)]
    path.write_text("\n".join(["time,number", *lines]))
    chart = f"{CHART}=replay:{path}?speed=50"
    with Fleet(server.url, "--chart", chart, "--lease-s", str(SHORT_S)) as fleet:
        yield fleet


@pytest.fixture(scope="module")
def webs(fleet):
    return fleet.start_all(2)


@pytest.fixture
def start_ticker(fleet, webs):
    """Return a function that starts a ticker, to which both leave the source; it is killed."""
    started = []

    def start(lease_s):
        ticker = fleet.start("--lease-s", str(lease_s), "--port", "0", command_name="ticker")
        started.append(ticker)
        said = ticker.process.lines_until("its source runs here", "stderr", 60.0)
        [told] = [line for line in said if "serving nobody" in line]
        ticker.probes_url = told.rpartition(" ")[2].removesuffix("/readyz")
        return ticker

    yield start
    for ticker in started:
        ticker.kill()
    holder_of(webs)


def asked(member, path=""):
    return requests.get(f"{member.url}/api/charts/{CHART}{path}", timeout=60).json()


def offset(member):
    return asked(member)["offset"]


def plays_on(member, rows=10):
    """Wait until more rows have come."""
    until = offset(member) + rows
    wait_until(lambda: offset(member) >= until, f"rows up to {until}")


def metric(member, name):
    """Return a metric, of which there is one."""
    url = getattr(member, "probes_url", "") or member.url
    text = requests.get(f"{url}/metrics", timeout=60).text
    [value] = [
        float(line.rpartition(" ")[2])
        for line in text.splitlines()
        if line.partition("{")[0].partition(" ")[0] == f"chartserver_{name}"
    ]
    return value


def counted(member):
    """Return how many viewers watch here, and elsewhere."""
    return metric(member, "viewers"), metric(member, "viewers_elsewhere")


def holder_of(members):
    """Return the member that runs the source, once one does, and then the others."""
    held = {}

    def is_found():
        held.update((one, metric(one, "lease_held")) for one in members)
        return sum(held.values()) == 1

    wait_until(is_found, lambda: f"one that holds the lease: {held.values()}")
    return sorted(members, key=held.get, reverse=True)


def check_rows(*members):
    """Fail unless all have the same, each row of the file once, in order."""
    seen = set()
    for member in members:
        frame = asked(member, "/ticks")
        numbers = frame["y"][0]
        assert numbers == list(range(len(numbers)))
        assert frame["offset"] == len(numbers)
        seen.add(frame["epoch"])
    assert len(seen) == 1


def check_serves_nobody(url):
    """Fail unless a process tells how it is, and that alone."""
    assert requests.get(f"{url}/healthz", timeout=60).json() == {"status": "ok"}
    for path in ("/", "/fx", "/api/charts", "/socket.io/?EIO=4&transport=polling"):
        assert requests.get(f"{url}{path}", timeout=60).status_code == 404


def test_viewers_of_all_processes_are_counted(webs):
    one, other = webs
    with closing(RawViewer(one.url)) as viewer:
        viewer.event("snapshot")

        wait_until(lambda: [asked(web)["viewers"] for web in webs] == [1, 1], "told by both")
        for web, wanted in ((one, (1, 0)), (other, (0, 1))):
            # A machine that stalls may have them miss one another for a moment.
            wait_until(lambda web=web, wanted=wanted: counted(web) == wanted, "who is where")

    wait_until(lambda: asked(other)["viewers"] == 0, "nobody watches any more")


def test_who_presents_at_one_process_is_followed_at_the_other(webs):
    one, other = webs
    presenter, follower = RawViewer(one.url), RawViewer(other.url)
    with closing(presenter), closing(follower):
        who = presenter.ask("present", {"chart": CHART, "view": VIEW})
        answers = []

        def is_followed():
            answers.append(follower.ask("follow", {"id": who["id"]}))
            return answers[-1].get("ok")

        wait_until(is_followed, lambda: answers[-1])
        assert answers[-1]["view"] == VIEW
        presenter.ask("present", {"chart": CHART, "view": {"span_ms": 1_000}})
        assert follower.event("presented")[1]["view"] == {"span_ms": 1_000}
        presenter.ask("present", {"chart": CHART, "view": None})
        assert follower.event("presented")[1]["view"] is None


def test_sources_are_left_to_a_ticker_and_taken_back_when_it_is_killed(webs, start_ticker):
    holder_of(webs)

    ticker = start_ticker(SHORT_S)
    plays_on(webs[0])
    wait_until(lambda: metric(ticker, "lease_held"), "the ticker has the lease")
    stops = "its source stops here, for another process to run"
    wait_until(lambda: any(stops in web.process.told() for web in webs), "one leaves it")
    ticker.kill()
    plays_on(webs[0])

    holder_of(webs)
    check_rows(*webs)


def test_who_is_asked_to_end_hands_over_at_once(webs, start_ticker):
    ticker = start_ticker(LONG_S)
    plays_on(webs[0])
    check_serves_nobody(ticker.probes_url)

    began_s = time.monotonic()
    ticker.stop()
    holder_of(webs)

    # By far before its lease would have ended by itself.
    assert time.monotonic() - began_s < LONG_S / 2
    plays_on(webs[0])
    check_rows(*webs)


def test_one_that_was_frozen_cannot_write_when_it_wakes(webs):
    first, second = holder_of(webs)
    lost = metric(first, "leases_lost_total")

    first.freeze()
    wait_until(lambda: metric(second, "lease_held"), "the lease is taken over")
    plays_on(second)
    first.thaw()
    wait_until(lambda: metric(first, "leases_lost_total") > lost, "it knows that it has lost")
    plays_on(first)

    check_rows(*webs)


def test_a_ticker_without_a_redis_waits_to_be_stopped():
    process = Process(command("ticker", "--chart", "fx=walk"))
    try:
        process.lines_until("nothing to do without --redis-url", "stderr")
        assert process.popen.poll() is None
        process.popen.terminate()

        assert process.wait() == 0
        assert not process.has_traceback
    finally:
        process.kill()
