"""The contract of a peer: how to make it ready, start it, and speak with it."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from benchmarks.ticks import TickPlan

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "benchmarks" / "build"


class CannotMeasure(Exception):
    """A peer cannot be installed or built here; the text says why, for the report."""


@dataclass(frozen=True, kw_only=True)
class Job:
    """What a server is started for: `viewers` to come, `plan` of its ticks, a `folder` to use."""

    measure: str
    viewers: int
    plan: TickPlan
    port: int
    folder: Path


@dataclass(frozen=True, kw_only=True)
class Command:
    """A process to start. `environ` is added to this process's own."""

    argv: Sequence[str]
    environ: Mapping[str, str] = field(default_factory=dict)
    cwd: Path = ROOT

    def full_environ(self) -> dict[str, str]:
        """Return the whole environment of the process."""
        return {**os.environ, **self.environ}


class Peer(Protocol):
    """A server that sends the same ticks to all its viewers.

    Attributes:
        name: short, for options and files.
        title: for people.
        measures: the names of the measures that make sense for it.
    """

    name: str
    title: str
    measures: frozenset[str]

    def prepare(self) -> str:
        """Install or build what is needed and return the version, or raise CannotMeasure."""
        ...

    def server(self, job: Job) -> Command:
        """Return how to start the server."""
        ...

    def load_options(self, measure: str) -> Sequence[str]:
        """Return how the load client has to speak with the server."""
        ...

    def publisher(self, job: Job) -> Command | None:
        """Return a process on the load core that feeds the server, for one that cannot itself."""
        ...

    def is_ready(self, job: Job) -> bool:
        """Whether the server, which accepts connections, has its history and can be measured."""
        ...
