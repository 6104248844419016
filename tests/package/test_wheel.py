"""The wheel, built from the tree and installed into a clean environment elsewhere."""

import os
import queue
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from importlib import metadata
from pathlib import Path
from urllib.request import urlopen

import pytest
import socketio
from packaging.requirements import Requirement
from program import ROOT, SERVING

# All that the build reads.
SOURCES = [
    "chartserver",
    "templates",
    "static",
    "setup.cfg",
    "setup.py",
    "pyproject.toml",
    "README.md",
    "LICENSE",
]
# However slow the machine is.
ANSWER_LIMIT_S = 60.0
BUILT = shutil.ignore_patterns("__pycache__", "*.py[co]", "*.so")
HELPER = "chartserver/_cohort" + sysconfig.get_config_var("EXT_SUFFIX")


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """Copy what the build reads, so that nothing that lies about in the checkout gets in."""
    tree = tmp_path_factory.mktemp("tree")
    for path in (ROOT / name for name in SOURCES):
        if path.is_dir():
            shutil.copytree(path, tree / path.name, ignore=BUILT)
        else:
            shutil.copy(path, tree)
    return tree


@pytest.fixture(scope="module")
def sdist(tree, tmp_path_factory):
    """Build the source distribution from the tree."""
    return build("--sdist", tree, tmp_path_factory.mktemp("sdist"))


@pytest.fixture(scope="module")
def wheel(tree, tmp_path_factory):
    """Build the wheel from the tree."""
    return build("--wheel", tree, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def plain_wheel(sdist, tmp_path_factory):
    """Build the wheel from the source distribution, with a compiler that fails."""
    unpacked = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(sdist) as archive:
        archive.extractall(unpacked, filter="data")
    out = tmp_path_factory.mktemp("plain_wheel")
    return build("--wheel", next(unpacked.iterdir()), out, CC="/bin/false", LDSHARED="/bin/false")


@pytest.fixture(scope="module")
def python(wheel, tmp_path_factory):
    """Return the Python of a new environment that holds the wheel and what it asks for."""
    return environment_of(wheel, tmp_path_factory.mktemp("environment"))


@pytest.fixture(scope="module")
def plain_python(plain_wheel, tmp_path_factory):
    """Return the same with the wheel that was built without a compiler."""
    return environment_of(plain_wheel, tmp_path_factory.mktemp("plain_environment"))


def build(kind, tree, out, **changes):
    command = [sys.executable, "-m", "build", kind, "--no-isolation", "--outdir", out]
    run(*command, cwd=tree, env={**os.environ, **changes})
    return next(out.iterdir())


def environment_of(wheel, environment):
    run(sys.executable, "-m", "venv", "--without-pip", environment)
    python = environment / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--quiet", "--python", python, "install"]
    run(*pip, "--no-deps", "--no-index", wheel)
    packages = next((environment / "lib").glob("python*/site-packages"))
    link_requirements("chartserver", packages)
    return python


def run(*command, cwd=None, env=None):
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def can_compile():
    """Return whether there is what builds the helper: a compiler, and Python's headers."""
    compiler = sysconfig.get_config_var("CC").split()[0]
    has_headers = (Path(sysconfig.get_path("include")) / "Python.h").exists()
    return has_headers and shutil.which(os.environ.get("CC", compiler)) is not None


def link_requirements(name, packages):
    """Link into `packages` what the wheel in it asks for, and what that asks for, and no more.

    The packages are those that the tests run with, so that nothing has to be fetched.
    """
    wheel = next(iter(metadata.distributions(name=name, path=[str(packages)])))
    waiting, known = [(text, "") for text in wheel.requires or []], set()
    while waiting:
        requirement, extra = Requirement(waiting[0][0]), waiting.pop(0)[1]
        if requirement.marker and not requirement.marker.evaluate({"extra": extra}):
            continue
        for wanted in ["", *requirement.extras]:
            if (requirement.name, wanted) not in known:
                known.add((requirement.name, wanted))
                found = metadata.distribution(requirement.name)
                waiting += [(text, wanted) for text in found.requires or []]
                link_files(found, packages)


def link_files(distribution, packages):
    for top in {Path(file).parts[0] for file in distribution.files or []} - {"..", "__pycache__"}:
        if not (packages / top).exists():
            (packages / top).symlink_to(distribution.locate_file(top))


def files_below(folder):
    return {
        str(path.relative_to(ROOT / folder))
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".so"
    }


def test_the_wheel_carries_pages_static_files_data_and_licence(wheel):
    with zipfile.ZipFile(wheel) as archive:
        carried = set(archive.namelist())

    for folder in ("templates", "static"):
        assert {f"chartserver/{folder}/{name}" for name in files_below(folder)} <= carried
    modules = {name for name in files_below("chartserver") if not name.endswith(".c")}
    assert {f"chartserver/{name}" for name in modules} <= carried
    assert any(name.endswith("/licenses/LICENSE") for name in carried)


def test_the_wheel_carries_nothing_but_the_package(wheel):
    with zipfile.ZipFile(wheel) as archive:
        tops = {name.split("/")[0] for name in archive.namelist()}

    assert {top for top in tops if not top.endswith(".dist-info")} == {"chartserver"}


def test_the_wheel_carries_the_helper_where_it_can_be_built(wheel, plain_wheel):
    with zipfile.ZipFile(wheel) as archive:
        carried = {name for name in archive.namelist() if name.endswith((".so", ".c"))}
    with zipfile.ZipFile(plain_wheel) as archive:
        carried_by_plain = {name for name in archive.namelist() if name.endswith((".so", ".c"))}

    assert carried == ({HELPER} if can_compile() else set())
    assert carried_by_plain == set()


def test_the_wheel_is_of_this_python_and_platform(wheel):
    platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
    version = f"cp{sys.version_info.major}{sys.version_info.minor}"

    assert wheel.name.endswith(f"-{version}-{version}-{platform}.whl")


def test_the_source_distribution_carries_all_that_the_build_reads(sdist):
    with tarfile.open(sdist) as archive:
        carried = {name.partition("/")[2] for name in archive.getnames()}

    for folder in ("chartserver", "templates", "static"):
        assert {f"{folder}/{name}" for name in files_below(folder)} <= carried
    assert set(SOURCES) <= carried


def test_without_the_helper_the_installed_command_serves(plain_python, start, environ, tmp_path):
    code = "from chartserver.broadcast.sockets import best_sockets; print(best_sockets().__name__)"
    assert run(plain_python, "-c", code, cwd=tmp_path) == "PythonSockets\n"
    ticks = queue.Queue()
    client = socketio.Client()
    client.on("tick", ticks.put)
    command = [plain_python.parent / "chartserver", "serve", "--port", "0"]

    server = start(command, cwd=tmp_path, env=environ)

    client.connect(server.wait_for(SERVING)[1], transports=["websocket"])
    first, second = ticks.get(timeout=ANSWER_LIMIT_S), ticks.get(timeout=ANSWER_LIMIT_S)
    client.disconnect()
    assert second["offset"] == first["offset"] + 1
    assert server.stop() == 0


def test_with_the_helper_the_installed_command_takes_it(python, tmp_path):
    code = "from chartserver.broadcast.sockets import best_sockets; print(best_sockets().__name__)"

    told = run(python, "-c", code, cwd=tmp_path)

    assert told == ("NativeSockets\n" if can_compile() else "PythonSockets\n")


def test_the_installed_command_tells_its_version(python, wheel, tmp_path):
    told = run(python.parent / "chartserver", "--version", cwd=tmp_path)

    assert told == f"chartserver {wheel.name.split('-')[1]}\n"


def test_the_installed_package_is_typed_and_is_not_the_checkout(python, tmp_path):
    code = "import chartserver, pathlib; print(pathlib.Path(chartserver.__file__).parent)"

    package = Path(run(python, "-c", code, cwd=tmp_path).strip())

    assert python.parent.parent in package.parents
    assert (package / "py.typed").exists()


def test_the_installed_command_serves_pages_and_static_files(python, start, environ, tmp_path):
    command = [python.parent / "chartserver", "serve", "--port", "0"]

    server = start(command, cwd=tmp_path, env=environ)

    url = server.wait_for(SERVING)[1]
    for page in ("/", "/random", "/classic", "/api/charts"):
        with urlopen(url + page, timeout=ANSWER_LIMIT_S) as answer:
            assert answer.status == 200
            assert answer.read()
    for name in files_below("static"):
        with urlopen(f"{url}/static/{name}", timeout=ANSWER_LIMIT_S) as answer:
            assert answer.read() == (ROOT / "static" / name).read_bytes()
    assert server.stop() == 0


def test_the_installed_command_replays_the_series_that_it_carries(python, start, environ, tmp_path):
    command = [python.parent / "chartserver", "serve", "--port", "0", "--chart", "fx=replay:ecb"]

    server = start(command, cwd=tmp_path, env=environ)

    url = server.wait_for(SERVING)[1]
    with urlopen(f"{url}/api/charts/fx", timeout=ANSWER_LIMIT_S) as answer:
        assert b'"USD"' in answer.read()
    assert server.stop() == 0
