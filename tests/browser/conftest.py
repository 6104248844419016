"""Fixtures of the tests of the page: real servers, and a real Chromium."""

import json
from pathlib import Path
from urllib.request import urlopen

import pytest
from chromium import ARGUMENTS, find_chromium
from playwright.sync_api import sync_playwright
from serving import Fed, Servers
from tabs import Tabs
from viewing import LIMIT_MS, opened

HERE = Path(__file__).parent
# Of many waits, each of which may take as long as a machine stalls.
TEST_LIMIT_S = 400


def pytest_collection_modifyitems(items):
    """Give each test of the page time, whatever else the machine does."""
    for item in items:
        if HERE in item.path.parents and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(TEST_LIMIT_S))


@pytest.fixture
def servers():
    """Return what starts servers and ends them with the test."""
    with Servers() as servers:
        yield servers


@pytest.fixture
def serve(servers):
    """Start a server, `serve("--chart", "fx=walk")`."""
    return servers.start


@pytest.fixture(scope="session")
def shared():
    """Start one server for all tests that only look at it: its history is of any length.

    Its charts are `fx`, two series at 20 ticks a second; `many`, seven of them; and `demo`, the
    original's random numbers at 10 ticks a second.
    """
    many = ",".join(f"quite_a_long_name_of_a_series_{i}" for i in range(7))
    sources = {
        "fx": "walk?interval_s=0.05&series=EURUSD,USDJPY",
        "many": f"walk?interval_s=0.1&series={many}",
        "demo": "random?interval_s=0.1",
    }
    with Servers() as servers:
        charts = (f"--chart={name}={source}" for name, source in sources.items())
        yield servers.start(*charts)


@pytest.fixture
def serve_fed(servers):
    """Start a server whose ticks the test gives, `serve_fed("?series=a,b", "--history", "9")`."""
    fed = []

    def start(options="", *arguments):
        fed.append(Fed(servers, options, *arguments))
        return fed[-1]

    yield start
    # A source that waits for a line would hold up the server's end.
    for one in fed:
        one.end()


@pytest.fixture(scope="session")
def browser():
    """Start one Chromium for all tests."""
    path = find_chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(autouse=True)
def complaints():
    """Fail a test in which any page complained: each kind is a function that returns what it has.

    That is a message on the console, an error thrown, a request to another origin, a report of
    what is against the policy.
    """
    found = []
    yield found
    assert [text for look in found for text in look()] == []


@pytest.fixture
def view(browser, complaints):
    """Open pages, each in a browser of its own: `view(f"{server.url}/fx")`."""
    with opened(browser, complaints) as open_page:
        yield open_page


@pytest.fixture(scope="session")
def raw_chromium(tmp_path_factory):
    """Start one Chromium whose tabs can be hidden."""
    with Tabs(find_chromium(), tmp_path_factory.mktemp("chromium")) as tabs:
        yield tabs


@pytest.fixture
def tabs(raw_chromium, complaints):
    """Open tabs that can be hidden."""
    complaints.append(raw_chromium.take_complaints)
    yield raw_chromium
    raw_chromium.close_all()


@pytest.fixture
def fetch():
    """Return what the server answers as JSON, `fetch(f"{server.url}/api/charts/fx")`."""

    def get(url):
        with urlopen(url, timeout=LIMIT_MS / 1_000) as answer:
            return json.load(answer)

    return get
