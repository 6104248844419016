"""The last step of a platform's build: the C helper, or a word why not."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from program import ROOT

HELD_BY = ("chartserver", "script", "bin")
IMPORT = (
    "from chartserver.broadcast.sockets import NativeSockets, best_sockets; print(best_sockets())"
)


@pytest.fixture
def built(tmp_path):
    """Return what builds a copy of the checkout, `built(CC=...)`: the folder, and what was said."""
    for name in HELD_BY:
        ignored = shutil.ignore_patterns("__pycache__", "*.so")
        shutil.copytree(ROOT / name, tmp_path / name, ignore=ignored)

    def build(**changes):
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        ran = subprocess.run(
            [tmp_path / "bin" / "post_compile"],
            cwd=tmp_path,
            env={**os.environ, "PATH": path, **changes},
            capture_output=True,
            text=True,
            timeout=110,
            check=True,
        )
        return tmp_path, ran.stderr

    return build


def sockets_of(folder):
    """Return which implementation the server in `folder` takes."""
    environ = {**os.environ, "PYTHONPATH": str(folder)}
    return subprocess.run(
        [sys.executable, "-c", IMPORT],
        cwd=folder,
        env=environ,
        capture_output=True,
        text=True,
        timeout=110,
        check=True,
    ).stdout


def test_the_helper_is_built_and_used(built):
    folder, said = built()

    assert said == "post_compile: the C helper is built\n"
    assert "NativeSockets" in sockets_of(folder)


def test_without_a_compiler_the_build_goes_on_without_it(built):
    folder, said = built(CC="no-such-compiler")

    assert "not built (no compiler)" in said
    assert "PythonSockets" in sockets_of(folder)
