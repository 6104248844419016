"""Two web processes and a ticker, as the Procfile has them, behind nginx: seen by real browsers."""

import os
import re
import signal
import socket
import sys
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from random import Random

import pytest
import requests
from balancer import Nginx
from processes import Process
from recorder import Recorder, until
from redis_server import RedisServer
from viewing import NO_LINK, NO_WEBSOCKET

BIN = Path(sys.executable).parent
START_LIMIT_S = 60.0
LIMIT_S = 40.0
ROWS_PER_S, N_ROWS = 20, 20_000
TICKER = 100
TOKEN = "reads-figures-0123456789"
STARTED = re.compile(r"(\w+\.\d+) started \(pid=(\d+)\)")


@pytest.fixture(scope="module")
def server():
    server = RedisServer()
    yield server
    server.remove()


@pytest.fixture(scope="module")
def port():
    """The first of the ports that honcho gives away, which no client is given: those are above."""
    for port in Random().sample(range(20_000, 30_000), 200):
        with suppress(OSError), ExitStack() as held:
            for each in (port, port + 1, port + 2, port + 3, port + TICKER):
                held.enter_context(socket.create_server(("0.0.0.0", each)))
            return port
    return pytest.fail("no ports in a row are free from 20000 to 30000")


class Honcho:
    """`honcho start` with two web processes and a ticker."""

    def __init__(self, port, redis_url, rows):
        settings = {
            "PORT": str(port),
            "REDIS_URL": redis_url,
            "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
            "CHARTSERVER_CHARTS": f"rows=replay:{rows}?speed={ROWS_PER_S}",
            "CHARTSERVER_PROXIES": "127.0.0.1/32",
            "CHARTSERVER_METRICS_TOKENS": TOKEN,
            "CHARTSERVER_LEASE_S": "1",
            "CHARTSERVER_RETURN_WITHIN_S": "0.5",
        }
        arguments = [BIN / "honcho", "start", "-c", "web=2,ticker=1"]
        self.process = Process(arguments, env=settings)
        self.pids = {}

    def runs(self):
        """Wait until all run, and the ticker has the source."""
        wanted = {"web.1", "web.2", "the source"}
        said = []
        while wanted:
            line = self.process.line("stdout", START_LIMIT_S)
            said.append(line)
            assert line is not None, "\n".join(filter(None, said))
            if found := STARTED.search(line):
                self.pids[found[1]] = int(found[2])
            if "serving on" in line:
                wanted -= {name for name in wanted if name in line}
            if "its source runs here" in line and "ticker.1" in line:
                wanted.discard("the source")

    def kill(self, *names):
        """End processes as a crash does."""
        for name in names:
            os.kill(self.pids[name], signal.SIGKILL)

    def ended(self):
        """Wait until it has ended all that it had started; return what it said."""
        self.process.wait(LIMIT_S)
        return "\n".join(self.process.rest())

    def close(self):
        if self.process.popen.poll() is None:
            self.process.popen.terminate()
            with suppress(BaseException):
                self.process.wait(LIMIT_S)
        for pid in self.pids.values():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.kill()


@pytest.fixture
def start(server, port, tmp_path):
    """Start honcho, as often as wanted one after the other."""
    rows = tmp_path / "rows.csv"
    lines = [f"{1_700_000_000 + number},{number}" for number in range(1, N_ROWS + 1)]
    rows.write_text("\n".join(["time,number", *lines]))
    started = []

    def run():
        started.append(Honcho(port, server.url, rows))
        started[-1].runs()
        return started[-1]

    yield run
    for honcho in started:
        honcho.close()


def only_polling(page):
    page.add_init_script(NO_WEBSOCKET)


def viewers_at(port):
    headers = {"Authorization": f"Bearer {TOKEN}"}
    answer = requests.get(f"http://127.0.0.1:{port}/metrics", headers=headers, timeout=LIMIT_S)
    [count] = re.findall(r"^chartserver_viewers(?:\{[^}]*\})? (\S+)", answer.text, re.M)
    return float(count)


def has_all(viewing, epoch):
    """Check that a page has each row, once and in order."""
    held = viewing.held()
    assert held["epoch"] == epoch
    assert held["y"] == [list(range(1, held["offset"] + 1))]
    # It was never loaded again.
    assert viewing.page.evaluate("() => window.isTheSame")


def test_pages_and_who_polls_survive_the_end_of_processes(start, port, tmp_path, view):
    honcho = start()
    with closing(Nginx(tmp_path, [port, port + 1], [port + 2, port + 3])) as nginx:
        one, other = (f"{url}/rows" for url in nginx.urls)
        viewings = [view(one), view(other), view(one, only_polling)]
        polling = Recorder(nginx.urls[1], auth={"chart": "rows"}, transports=["polling"])
        with closing(polling):
            for viewing, transport in zip(viewings, ("websocket",) * 2 + ("polling",), strict=True):
                viewing.allow(NO_LINK)
                viewing.wait_for(state="live")
                viewing.wait_for_text("[data-text=transport]", transport)
                viewing.page.evaluate("() => { window.isTheSame = true; }")
            until(lambda: [viewers_at(port), viewers_at(port + 1)] == [2, 2], "two viewers each")
            assert requests.get(f"{nginx.urls[0]}/metrics", timeout=LIMIT_S).status_code == 404
            epoch = viewings[0].data("epoch")

            # Honcho ends all when one has ended; a platform starts them again.
            honcho.kill("web.1", "ticker.1")
            assert "web.2 stopped" in honcho.ended()
            for viewing in viewings:
                viewing.wait_for(state="reconnecting")
            known = max(viewing.number("offset") for viewing in viewings)
            start()
            for viewing in viewings:
                viewing.wait_for(state="live")
                viewing.wait_past("drawnOffset", known + 10)
                has_all(viewing, epoch)

            place = ("rows", epoch, known + 10)
            polling.wait(lambda: place in polling.series, "who polls has come back", LIMIT_S)
            # As they are now: more come while this looks.
            known = polling.series.copy()
            assert sorted(known) == [("rows", epoch, i + 1) for i in range(len(known))]
