"""Processes of ours: started, read, and ended by their ids.

CHARTSERVER_ASYNC_MODE goes through to them: the same tests hold for each async library.
"""

import os
import queue
import random
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from contextlib import suppress
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROGRAMS = ROOT / "tests" / "programs"
# As late as a machine may be that stalls; of those that are well none comes near.
START_LIMIT_S = 120.0
STOP_LIMIT_S = 120.0
LINE_LIMIT_S = 120.0
# Below those that the kernel gives to clients, which might have one that a server has left.
PORTS = range(20_000, 30_000)
LINES_KEPT = 5_000
# As text or as JSON.
URL = re.compile(r'(?:chartserver: |"message":")serving on (http://[^\s"]+)')


class Process:
    """A process whose lines are read as they come, so that it never blocks on a full pipe."""

    def __init__(self, arguments, *, env=None, stdin=subprocess.DEVNULL, **options):
        self.popen = subprocess.Popen(
            arguments,
            cwd=ROOT,
            env=environment(env),
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **options,
        )
        self.name = " ".join(str(argument) for argument in arguments[1:])
        self.stderr_lines = deque(maxlen=LINES_KEPT)
        self.stderr_count = 0
        self.has_traceback = False
        self._new = {"stdout": queue.Queue(), "stderr": queue.Queue()}
        self._readers = [
            threading.Thread(target=self._read, args=(stream,), daemon=True)
            for stream in ("stdout", "stderr")
        ]
        for reader in self._readers:
            reader.start()

    @property
    def pid(self):
        return self.popen.pid

    def line(self, stream="stdout", limit_s=LINE_LIMIT_S):
        """Return the next line that was not asked for yet, without its end; None at the end."""
        try:
            return self._new[stream].get(timeout=limit_s)
        except queue.Empty:
            pytest.fail(f"no line on {stream} of {self.name} in {limit_s:g} s{self.told()}")

    def lines_until(self, pattern, stream="stdout", limit_s=LINE_LIMIT_S):
        """Return the lines up to the first in which `pattern` is found, that one included."""
        deadline_s = time.monotonic() + limit_s
        lines = []
        while not (lines and re.search(pattern, lines[-1])):
            line = self.line(stream, max(0.01, deadline_s - time.monotonic()))
            if line is None:
                pytest.fail(f"{self.name} ended before {pattern!r} on {stream}{self.told()}")
            lines.append(line)
        return lines

    def rest(self, stream="stdout"):
        """Return the lines to the end of the stream; the process must be ending."""
        return list(iter(lambda: self.line(stream), None))

    def send_signal(self, number):
        self.popen.send_signal(number)

    def wait(self, limit_s=STOP_LIMIT_S):
        """Return the exit status; the test fails when the process does not end."""
        try:
            status = self.popen.wait(limit_s)
        except subprocess.TimeoutExpired:
            pytest.fail(f"{self.name} did not end in {limit_s:g} s{self.told()}")
        for reader in self._readers:
            reader.join(limit_s)
        return status

    def told(self):
        """Return what it said on stderr, for the message of a failed test."""
        return "; on stderr:\n" + "\n".join(self.stderr_lines)

    def kill(self):
        """End the process, whatever it does, and let go of its pipes."""
        if self.popen.poll() is None:
            self.popen.kill()
        self.popen.wait()
        for reader in self._readers:
            reader.join(STOP_LIMIT_S)
        for pipe in (self.popen.stdin, self.popen.stdout, self.popen.stderr):
            if pipe is not None and not pipe.closed:
                pipe.close()

    def _read(self, stream):
        for line in getattr(self.popen, stream):
            text = line.rstrip("\n")
            if stream == "stderr":
                self.stderr_lines.append(text)
                self.stderr_count += 1
                self.has_traceback = self.has_traceback or "Traceback" in text
            self._new[stream].put(text)
        self._new[stream].put(None)


class Server:
    """A running `chartserver serve`; `url` has no slash at its end."""

    def __init__(self, process, url):
        self.process = process
        self.url = url
        self._is_killed = False

    @property
    def port(self):
        return int(self.url.rpartition(":")[2])

    def kill(self):
        """End it with SIGKILL: a crash."""
        self._is_killed = True
        self.process.kill()

    def stop(self):
        """End it with SIGTERM, and check that it ends as it should; may be called again."""
        if self._is_killed:
            return
        if self.process.popen.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        status = self.process.wait()
        assert status == 0, f"{self.process.name} exited with {status}{self.process.told()}"


class Servers:
    """Servers that are started by `start`, and that must end well, at the end of `with` at last."""

    def __init__(self):
        self._processes = []
        self._servers = []

    def start(self, *arguments, env=None, **options):
        """Start `chartserver serve`, on any port unless `--port` is among the arguments."""
        port = () if "--port" in arguments else ("--port", "0")
        process = Process(command("serve", *port, *arguments), env=env, **options)
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


def environment(changes=None):
    """Return the environment for a process of ours: this one's, without settings but the mode.

    The sources in `programs/` are found by name.
    """
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("CHARTSERVER_") or name == "CHARTSERVER_ASYNC_MODE"
    }
    for name in ("PORT", "REDIS_URL"):
        kept.pop(name, None)
    return {**kept, "PYTHONUNBUFFERED": "1", "PYTHONPATH": f"{ROOT}:{PROGRAMS}", **(changes or {})}


def free_port():
    """Return a port that nobody listens at, and that nobody is given unasked.

    One that is to be listened at again after its server has ended is of these.
    """
    for port in random.sample(PORTS, 100):
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    return pytest.fail(f"no port from {PORTS[0]} to {PORTS[-1]} is free")


def command(*arguments):
    """Return the command line of chartserver, as a list."""
    return [sys.executable, "-m", "chartserver", *map(str, arguments)]
