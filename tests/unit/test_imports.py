"""What it costs to name the package: not what nobody asked for."""

import subprocess
import sys

from chartserver import VERSION


def imported_by(statement):
    """Return the modules that a statement imports."""
    code = f"{statement}; import sys; print(*sys.modules)"
    return set(subprocess.check_output([sys.executable, "-c", code], text=True).split())


def test_the_package_imports_neither_server_nor_client_before_they_are_asked_for():
    found = imported_by("import chartserver")

    assert not found & {"socketio", "flask", "eventlet", "requests", "pandas"}


def test_who_serves_without_a_redis_loads_nothing_that_talks_to_one():
    found = imported_by("from chartserver import ChartServer; ChartServer(redis_url='')")

    assert "chartserver.shared.keeper" in found
    assert not found & {"chartserver.shared.link", "chartserver.shared.store", "psycopg"}


def test_who_connects_imports_no_server():
    found = imported_by("from chartserver import connect")

    assert "socketio" in found
    assert not found & {"flask", "eventlet", "pandas"}


def test_no_garbage_is_looked_for_while_the_command_line_is_imported():
    code = """
import gc, sys
from chartserver.__main__ import main
gc.callbacks.append(lambda phase, info: print(phase, info["generation"]))
sys.argv = ["chartserver", "--version"]
main()
"""
    lines = subprocess.check_output([sys.executable, "-c", code], text=True).splitlines()
    before = lines.index(f"chartserver {VERSION}")

    # As words are read and printed the youngest may be looked through.
    assert set(lines[:before]) <= {"start 0", "stop 0"}
    assert before < 10
