"""Holds the package to the rows and the libraries of docs/architecture.md."""

import ast
import functools
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "chartserver"
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text()
NAME = re.compile(r"`([\w.]+)`")


def table(heading):
    """Return the cells of the rows of the first table below a heading."""
    section = ARCHITECTURE.split(f"## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def module_name(path):
    """Return the name of a module as the table has it: without the package, but for itself."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    name = ".".join(part for part in parts if part != "__init__")
    return name or "chartserver"


def is_empty_package(path):
    """Return whether a module is an `__init__` that holds nothing but its docstring."""
    body = ast.parse(path.read_text()).body
    return path.name == "__init__.py" and all(
        isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) for node in body
    )


ROWS = {name: int(row) for row, names, _ in table("Rows") for name in NAME.findall(names)}
PYTHON = {
    module_name(path): path for path in sorted(PACKAGE.rglob("*.py")) if not is_empty_package(path)
}
# Those in C import nothing of ours.
MODULES = PYTHON | {module_name(path): path for path in sorted(PACKAGE.rglob("*.c"))}
IS_MODULE = {f"chartserver.{name}" for name in MODULES}


@functools.cache
def imported(source):
    """Return the absolute names that a module imports, wherever in it: of modules where it can."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: a relative import; expected absolute ones"
            inside = {f"{node.module}.{alias.name}" for alias in node.names}
            modules = inside & IS_MODULE
            found |= modules
            if inside - modules:
                found.add(node.module)
    return found


def ours(name):
    """Return the name in the table of what `imported` gives, None for a library."""
    if name == "chartserver":
        return name
    return name.removeprefix("chartserver.") if name.startswith("chartserver.") else None


def test_the_rows_are_numbered_from_0_and_name_each_module_once():
    rows = table("Rows")
    named = [name for _, names, _ in rows for name in NAME.findall(names)]

    assert [int(row) for row, *_ in rows] == list(range(len(rows)))
    assert len(named) == len(set(named))
    assert set(named) == set(MODULES)


@pytest.mark.parametrize("name", PYTHON)
def test_a_module_imports_only_from_rows_above_its_own(name):
    imports = {ours(found) for found in imported(PYTHON[name].read_text())} - {None}

    wrong = {other for other in imports if ROWS[other] >= ROWS[name]}

    assert not wrong, f"{name} (row {ROWS[name]}) imports {sorted(wrong)}"


@pytest.mark.parametrize(("library", "who"), table("Libraries"))
def test_a_library_is_imported_only_where_it_may_be(library, who):
    library = library.strip("`")
    allowed = set(NAME.findall(who))
    if first := re.search(r"row (\d+) on", who):
        allowed |= {name for name, row in ROWS.items() if row >= int(first[1])}

    users = {
        name
        for name, path in PYTHON.items()
        if library in {found.partition(".")[0] for found in imported(path.read_text())}
    }

    assert users, f"nobody imports {library}; expected it to be taken out of the table"
    assert users <= allowed


def test_imports_are_found_wherever_they_stand():
    source = "import a.b\nfrom chartserver import frames\ndef f():\n    from eventlet import wsgi\n"

    assert imported(source) == {"a.b", "chartserver.frames", "eventlet"}


def test_a_name_that_is_no_module_is_an_import_of_the_package():
    assert imported("from chartserver import ChartServer, frames\n") == {
        "chartserver",
        "chartserver.frames",
    }
