"""What this machine lets one process have: memory and descriptors."""

import os
import resource
from dataclasses import dataclass
from pathlib import Path

# Where Linux tells what a container may have; `max`, or more than there is, is no limit.
CONTAINER_LIMITS = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)
UNLIMITED = 1 << 62


@dataclass(frozen=True)
class Machine:
    """Limits of a process: `memory_bytes` of its memory, `descriptors` of its open files."""

    memory_bytes: int
    descriptors: int

    @classmethod
    def here(cls) -> "Machine":
        """Return the limits of this process; of descriptors, the one to which it may raise its own.

        Of the limits of memory the lowest counts: the machine's, the container's, the process's.
        """
        container = [_number(path) for path in CONTAINER_LIMITS]
        memory = [_physical_bytes(), *container, _most(resource.RLIMIT_AS)]
        return cls(min(memory), _most(resource.RLIMIT_NOFILE))


def _physical_bytes() -> int:
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def _most(kind: int) -> int:
    most = resource.getrlimit(kind)[1]
    return UNLIMITED if most == resource.RLIM_INFINITY else most


def _number(path: Path) -> int:
    try:
        return int(path.read_text())
    except (OSError, ValueError):
        return UNLIMITED
