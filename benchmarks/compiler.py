"""Builds the C programs into the build folder, once for each state of their sources."""

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from benchmarks.peers.peer import BUILD, CannotMeasure

FLAGS = ("-O2", "-std=gnu11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror")
LIMIT_S = 120


def build_program(name: str, sources: Sequence[Path], libraries: Sequence[str] = ()) -> Path:
    """Return the program `name`, compiled when one of its sources is newer than it.

    Raises:
        CannotMeasure: there is no compiler, or a source does not compile.
    """
    program = BUILD / name
    parts = {part for source in sources for part in (source, *source.parent.glob("*.h"))}
    if program.exists() and program.stat().st_mtime > max(p.stat().st_mtime for p in parts):
        return program
    if not shutil.which("cc"):
        raise CannotMeasure("there is no C compiler; expected cc, such as from: apt install gcc")
    BUILD.mkdir(parents=True, exist_ok=True)
    argv = ["cc", *FLAGS, "-o", str(program), *map(str, sources), *libraries]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=LIMIT_S)
    if done.returncode:
        faults = [line for line in done.stderr.splitlines() if "error" in line] or ["no message"]
        raise CannotMeasure(f"{name} does not compile: {faults[0]}")
    return program
