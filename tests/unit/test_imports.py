"""What it costs to name the package: not what nobody asked for."""

import subprocess
import sys


def imported_by(statement):
    """Return the modules that a statement imports."""
    code = f"{statement}\nimport sys; print(*sys.modules)"
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


def test_no_garbage_is_looked_for_while_a_command_is_imported():
    code = """
import gc, sys
from chartserver.__main__ import main
sys.argv = ["chartserver", "serve", "--help"]
gc.callbacks.append(lambda phase, info: print("generation", info["generation"]))
main()
"""
    text = subprocess.check_output([sys.executable, "-c", code], text=True)
    before = text.partition("Usage: ")[0].splitlines()

    # As words are read and made the youngest may be looked through.
    assert set(before) <= {"generation 0"}
    assert len(before) < 20


def test_who_pushes_imports_no_server():
    found = imported_by(command("push", "--help"))

    assert "requests" in found
    assert not found & {"socketio", "flask", "eventlet"}


def test_who_watches_imports_no_server():
    found = imported_by(command("watch", "--help"))

    assert "socketio" in found
    assert not found & {"flask", "eventlet"}


def test_who_serves_imports_nothing_to_look_names_up_with():
    found = imported_by(command("--version") + "import eventlet")

    assert "eventlet" in found
    assert not found & {"eventlet.support.greendns", "dns"}


def command(*arguments):
    """Return the statements that run a command line and end well."""
    return f"""
import contextlib, io, sys
from chartserver.__main__ import main
sys.argv = ["chartserver", *{arguments}]
with contextlib.redirect_stdout(io.StringIO()):
    main()
"""
