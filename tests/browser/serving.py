"""Servers for the tests of the page: started, fed, and ended."""

import json
import subprocess
from pathlib import Path
from urllib.request import Request, urlopen

import processes
from processes import ROOT
from recorder import LIMIT_S

HERE = Path(__file__).parent
PUSH_TOKEN = "secret-secret-secret"


def push(server, chart, values):
    """Push a tick to a server that takes `PUSH_TOKEN`; a chart that it does not have it makes."""
    request = Request(
        f"{server.url}/api/charts/{chart}/ticks",
        json.dumps(values).encode(),
        {"Authorization": f"Bearer {PUSH_TOKEN}", "Content-Type": "application/json"},
    )
    urlopen(request, timeout=LIMIT_S).close()


class Servers(processes.Servers):
    """Servers that find the sources that lie here by name."""

    def start(self, *arguments, **options):
        """Start `chartserver serve` with these arguments, on any port unless it is named."""
        return super().start(*arguments, env={"PYTHONPATH": f"{ROOT}:{HERE}"}, **options)


class Fed:
    """A server whose chart `lab` shows what `tick` is given."""

    def __init__(self, servers, options, *arguments):
        chart = f"lab=python:feeds:told{options}"
        server = servers.start("--chart", chart, *arguments, stdin=subprocess.PIPE)
        self.url = server.url
        self._stdin = server.process.popen.stdin

    def tick(self, *values, time_ms=None):
        self._tell({"values": values, "time_ms": time_ms})

    def fail(self, reason):
        """Let the source raise."""
        self._tell({"failure": reason})

    def end(self):
        """Let the source come to its end."""
        self._stdin.close()

    def _tell(self, message):
        self._stdin.write(json.dumps(message) + "\n")
        self._stdin.flush()
