"""Processor time of a process and all that it has started."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

# Of what follows the name in /proc/PID/stat: utime, stime, cutime, cstime.
TIMES = slice(11, 15)
PARENT = 1


class Process(NamedTuple):
    """One process: who started it, and the time of it and of those it has seen the end of."""

    pid: int
    parent: int
    cpu_s: float


def tree_cpu_s(root: int) -> float:
    """Return user and system time of the whole tree, of processes that have ended, too."""
    return total_s(root, processes())


def total_s(root: int, all_processes: Iterable[Process]) -> float:
    """Return the time of `root` and of all that descend from it."""
    return sum(one.cpu_s for one in tree(root, all_processes))


def tree(root: int, all_processes: Iterable[Process]) -> list[Process]:
    """Return `root` and all that descend from it."""
    by_parent: dict[int, list[Process]] = {}
    found, waiting = [], []
    for one in all_processes:
        by_parent.setdefault(one.parent, []).append(one)
        if one.pid == root:
            waiting.append(one)
    while waiting:
        one = waiting.pop()
        found.append(one)
        waiting.extend(by_parent.get(one.pid, []))
    return found


def processes() -> Iterator[Process]:
    """Yield all processes of the machine; those that end meanwhile are left out."""
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                text = (folder / "stat").read_text(errors="replace")
            except OSError:
                continue
            yield parse(text, os.sysconf("SC_CLK_TCK"))


def parse(stat: str, ticks_per_s: int) -> Process:
    """Return what a line of /proc/PID/stat says. The name may hold blanks and brackets."""
    head, _, tail = stat.rpartition(")")
    fields = tail.split()
    cpu = sum(int(field) for field in fields[TIMES])
    return Process(int(head.split()[0]), int(fields[PARENT]), cpu / ticks_per_s)
