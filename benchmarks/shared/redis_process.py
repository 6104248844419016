"""A Redis of a run: in memory alone, on a port of its own, gone with the `with` block."""

import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from benchmarks.machine import free_port
from benchmarks.peers.peer import CannotMeasure, Command
from benchmarks.processes import Process

START_LIMIT_S = 10.0


class RedisProcess:
    """A redis-server that keeps nothing on the disk, pinned to `core`."""

    def __init__(self, core: int | None) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._core = core

    def __enter__(self) -> "RedisProcess":
        self._folder = Path(tempfile.mkdtemp(prefix="benchmark-redis-"))
        self._process = Process(
            Command(
                argv=[
                    *(redis_server(), "--port", str(self.port), "--bind", "127.0.0.1"),
                    *("--save", "", "--appendonly", "no", "--dir", str(self._folder)),
                ]
            ),
            self._core,
            self._folder / "log",
        )
        self._process.wait_until(self._answers, START_LIMIT_S, "Redis answers")
        return self

    def __exit__(self, *_: object) -> None:
        self._process.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def cpu_s(self) -> float:
        """The processor time that it has taken, of all its threads, in seconds."""
        return cpu_s(self._process.pids)

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as sock:
                sock.sendall(b"PING\r\n")
                return sock.recv(16).startswith(b"+PONG")
        except OSError:
            time.sleep(0.01)
            return False


def redis_server() -> str:
    """Return the program, or raise CannotMeasure."""
    found = shutil.which("redis-server") or shutil.which("valkey-server")
    if not found:
        raise CannotMeasure("redis-server is not installed; expected Debian's package redis-server")
    return found


def redis_version() -> str:
    """Return the version as the program tells it."""
    said = subprocess.run([redis_server(), "--version"], capture_output=True, text=True, check=True)
    return next(word[2:] for word in said.stdout.split() if word.startswith("v="))


def cpu_s(pids: list[int]) -> float:
    """Return the processor time of processes, of all their threads, in seconds."""
    ran_ns = 0
    for pid in pids:
        for task in Path(f"/proc/{pid}/task").glob("*/schedstat"):
            try:
                ran_ns += int(task.read_text(encoding="ascii").split()[0])
            except OSError:
                continue  # a thread that has just ended
    return ran_ns / 1e9
