"""What the machine is, and how its cores are shared out between server and load."""

import os
import platform
import resource
import shutil
import socket
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Cores:
    """The cores that processes are pinned to; None where there is nothing to share out."""

    server: int | None
    load: int | None

    @classmethod
    def of_machine(cls) -> "Cores":
        """Take the last core for the server and the first, where interrupts go, for the load."""
        allowed = sorted(os.sched_getaffinity(0))
        if len(allowed) < 2 or not shutil.which("taskset"):
            return cls(None, None)
        return cls(server=allowed[-1], load=allowed[0])


@dataclass(frozen=True)
class Machine:
    """What a figure depends on and a reader must know."""

    processor: str
    cores: int
    memory_gb: float
    kernel: str
    python: str
    files_max: int
    pinned: bool


def describe() -> dict[str, object]:
    """Return the machine as it stands in the report."""
    memory_bytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return asdict(
        Machine(
            processor=_processor(),
            cores=len(os.sched_getaffinity(0)),
            memory_gb=round(memory_bytes / 2**30, 1),
            kernel=f"{platform.system()} {platform.release()}",
            python=platform.python_version(),
            files_max=resource.getrlimit(resource.RLIMIT_NOFILE)[1],
            pinned=Cores.of_machine().server is not None,
        )
    )


def raise_file_limit() -> int:
    """Let this process and its children open as many files as the system allows."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def free_port() -> int:
    """Return a TCP port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
