"""A Redis of the tests: on a free port of this machine, with a folder of its own.

It can be killed, frozen and started again, with what it has kept or without.
"""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import redis
from processes import free_port
from redis.backoff import NoBackoff
from redis.retry import Retry

START_S = 60
PROGRAM = os.environ.get("REDIS_SERVER") or "redis-server"


class RedisServer:
    """A redis-server of our own.

    With `is_kept` all that was acknowledged survives `kill` (an append-only file that is written
    before the answer); otherwise nothing does. `options` are further ones, as `--name value`. With
    the `config` of a sentinel it is one.
    """

    def __init__(self, *options, is_kept=False, config=None):
        in_memory = Path("/dev/shm")
        self.folder = Path(tempfile.mkdtemp(dir=in_memory if in_memory.is_dir() else None))
        self.port = free_port()
        self.socket_path = self.folder / "socket"
        self._options = [*options, "--appendonly", "yes" if is_kept else "no"]
        self._first = ["--save", "", "--appendfsync", "no", "--daemonize", "no"]
        if config:
            self._first, self._options = [config, "--sentinel"], options
        self.process = None
        self.start()

    @property
    def url(self):
        """The URL for clients."""
        return f"redis://127.0.0.1:{self.port}/0"

    def client(self, **options):
        """Return a client of redis-py; close it."""
        at_once = Retry(NoBackoff(), 0)
        return redis.Redis(port=self.port, decode_responses=True, retry=at_once, **options)

    def start(self):
        """Start the server and wait until it answers."""
        with (self.folder / "log").open("a") as log:
            self.process = subprocess.Popen(
                [
                    *(PROGRAM, *self._first, "--port", str(self.port), "--bind", "127.0.0.1"),
                    *("--unixsocket", str(self.socket_path), "--dir", str(self.folder)),
                    *self._options,
                ],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
            )
        deadline = time.monotonic() + START_S
        while not self.answers():
            assert self.process.poll() is None, (self.folder / "log").read_text()
            assert time.monotonic() < deadline, (self.folder / "log").read_text()
            time.sleep(0.02)

    def answers(self):
        """Return whether the server answers and has loaded what it kept."""
        with self.client(socket_timeout=0.5) as client:
            try:
                return client.ping()
            except redis.RedisError:
                return False

    def kill(self):
        """End the server as a crash does."""
        self.process.send_signal(signal.SIGCONT)
        self.process.kill()
        self.process.wait(START_S)

    def restart(self, *, is_empty=False):
        """Kill the server and start it again; with `is_empty` without what it had kept."""
        self.kill()
        if is_empty:
            self.lose()
        self.start()

    def lose(self):
        """Remove all that the server, which is not running, has kept."""
        shutil.rmtree(self.folder / "appendonlydir", ignore_errors=True)
        (self.folder / "dump.rdb").unlink(missing_ok=True)

    def freeze(self):
        """Stop the server in its tracks: connections stay, nothing is answered."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self):
        """Let a frozen server go on."""
        self.process.send_signal(signal.SIGCONT)

    def remove(self):
        """End the server and remove what it has kept."""
        if self.process.poll() is None:
            self.kill()
        shutil.rmtree(self.folder)
