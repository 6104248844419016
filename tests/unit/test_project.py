"""Holds the files of the project to what CONTRIBUTING.md says of them."""

import ast
import configparser
import json
import re
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from slowest import SLOWEST

ROOT = Path(__file__).parents[2]
MODULE_LINES_MAX = 400
FUNCTION_LINES_MAX = 50
NOT_OURS = {"node_modules", "vendor", ".venv", "build", "dist"}
# In parts, so that this file does not hold them.
LEFT_FOR_LATER = re.compile("|".join(["TO" + "DO", "FIX" + "ME", "X" + "XX"]))
SKIPPING = re.compile(r"pytest\.(mark\.)?(skip|xfail|importorskip)|\.(skip|todo)\(")


def ours(*patterns):
    """Return the files that match, less those of others."""
    found = {path for pattern in patterns for path in ROOT.glob(pattern) if path.is_file()}
    return sorted(path for path in found if not NOT_OURS & set(path.relative_to(ROOT).parts))


def is_python_script(path):
    return path.read_bytes().startswith(b"#!/usr/bin/env python3")


PYTHON = ours("chartserver/**/*.py", "tests/**/*.py", "benchmarks/**/*.py") + [
    path for path in ours("script/*") if is_python_script(path)
]
JAVASCRIPT = ours("static/**/*.js", "tests/**/*.js", "tests/**/*.mjs")
WRITTEN = PYTHON + JAVASCRIPT + ours("script/*", "templates/**/*.html", "static/**/*.css", "*.cfg")
TESTS = ours("tests/**/*.py", "tests/**/*.js", "tests/**/*.mjs")


def relative(path):
    return str(path.relative_to(ROOT))


def requirements(name):
    """Return what a requirements file pins: versions by canonical name."""
    pins = re.findall(r"^([\w.-]+)==(\S+)", (ROOT / name).read_text(), re.MULTILINE)
    return {canonicalize_name(package): version for package, version in pins}


def asked_for(section, option):
    """Return the requirements that setup.cfg lists."""
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    return [Requirement(line) for line in config[section][option].split("\n") if line]


def longer_than(lines_max, lines_by_name):
    return {name: n for name, n in lines_by_name if n > lines_max}


# One test for all files: a test each takes as long as the rest of the unit tests.
def test_a_module_has_at_most_400_lines():
    lengths = [(relative(path), path.read_text().count("\n")) for path in PYTHON + JAVASCRIPT]

    assert longer_than(MODULE_LINES_MAX, lengths) == {}


def test_a_function_has_at_most_50_lines():
    lengths = [
        (f"{relative(path)}: {node.name}", node.end_lineno - node.lineno + 1)
        for path in PYTHON
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]

    assert longer_than(FUNCTION_LINES_MAX, lengths) == {}


def test_a_module_of_the_package_says_what_it_is():
    modules = ours("chartserver/**/*.py")

    assert [
        relative(path) for path in modules if not ast.get_docstring(ast.parse(path.read_text()))
    ] == []


def test_nothing_is_left_for_later():
    assert [relative(path) for path in WRITTEN if LEFT_FOR_LATER.search(path.read_text())] == []


def test_no_test_is_skipped():
    skipping = [
        (relative(path), line)
        for path in TESTS
        for line in path.read_text().splitlines()
        if SKIPPING.search(line) and not line.startswith("SKIPPING")
    ]

    assert skipping == []


@pytest.mark.parametrize("path", ours("templates/**/*.html"), ids=relative)
def test_a_page_has_no_script_or_style_of_its_own(path):
    page = path.read_text()

    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", page)
    # What is of this type is data, which nothing runs.
    scripts = [tag for tag in re.findall(r"<script[^>]*>", page) if "application/json" not in tag]
    assert all("src=" in tag for tag in scripts)


@pytest.mark.parametrize(
    "path", ours("requirements*.txt", "**/package-lock.json", "**/.npmrc"), ids=relative
)
def test_what_is_pinned_names_no_host_to_fetch_from(path):
    text = path.read_text()

    assert not re.search(
        r"https?:|--(extra-)?index-url|--find-links|\"resolved\"|registry *=", text
    )


@pytest.mark.parametrize("path", ours("requirements*.txt"), ids=relative)
def test_every_pin_has_a_hash(path):
    blocks = re.split(r"\n(?=[\w.-]+==)", path.read_text())[1:]

    assert blocks
    assert all("--hash=sha256:" in block for block in blocks)


def test_what_is_deployed_is_what_the_package_asks_for():
    pins = requirements("requirements.txt")

    for requirement in asked_for("options", "install_requires"):
        assert requirement.specifier.contains(pins[canonicalize_name(requirement.name)])


def test_what_is_tested_is_what_is_deployed():
    deployed, tested = requirements("requirements.txt"), requirements("requirements-dev.txt")

    assert deployed.items() <= tested.items()
    for requirement in asked_for("options.extras_require", "dev"):
        assert requirement.specifier.contains(tested[canonicalize_name(requirement.name)])


def test_the_client_of_the_tests_is_the_one_of_the_page():
    vendored = json.loads((ROOT / "static" / "vendor" / "vendor.json").read_text())["packages"]
    versions = {package["name"]: package["version"] for package in vendored}
    tests = json.loads((ROOT / "tests" / "wire" / "js" / "package.json").read_text())

    assert tests["dependencies"]["socket.io-client"] == versions["socket.io-client"]


# Not by their names, or by a process of its own.
NOT_IMPORTED = ("conftest.py", "sitecustomize.py")


def test_no_two_modules_of_tests_have_the_same_name():
    names = [path.name for path in TESTS if path.suffix == ".py" and path.name not in NOT_IMPORTED]

    assert sorted({name for name in names if names.count(name) > 1}) == []


def test_the_tests_that_are_begun_first_are_there():
    assert [name for name in SLOWEST if not (ROOT / "tests" / name).is_file()] == []
