"""Servers for the tests of the page: started, fed, and ended."""

import json
import subprocess
from pathlib import Path

from processes import ROOT, START_LIMIT_S, URL, Process, Server, command

HERE = Path(__file__).parent


class Servers:
    """Servers that are started by `start`, and that must end well, at the end of `with` at last."""

    def __init__(self):
        self._processes = []
        self._servers = []

    def start(self, *arguments, **options):
        """Start `chartserver serve` with these arguments, on any port unless it is named."""
        port = () if "--port" in arguments else ("--port", "0")
        # Our sources are found by name.
        paths = {"PYTHONPATH": f"{ROOT}:{HERE}"}
        process = Process(command("serve", *port, *arguments), env=paths, **options)
        self._processes.append(process)
        said = process.lines_until(URL, "stderr", START_LIMIT_S)
        self._servers.append(Server(process, URL.search(said[-1])[1]))
        return self._servers[-1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            for server in self._servers:
                server.stop()
        finally:
            for process in self._processes:
                process.kill()


class Fed:
    """A server whose chart `lab` shows what `tick` is given."""

    def __init__(self, servers, options):
        server = servers.start("--chart", f"lab=python:feeds:told{options}", stdin=subprocess.PIPE)
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
