"""The two commands of a checkout."""

import queue
import shutil
import subprocess
from urllib.request import urlopen

import pytest
import socketio
from program import ROOT, SERVING

NOT_COPIED = shutil.ignore_patterns(
    ".git", ".venv", ".*cache", "node_modules", "__pycache__", "*.so"
)
NOT_BUILT = "the C helper was not built (no compiler); the server does without it"
# However slow the machine is.
SET_UP_LIMIT_S, ANSWER_LIMIT_S = 400.0, 60.0


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """Return a copy of the checkout in which nothing is installed yet."""
    folder = tmp_path_factory.mktemp("checkout") / "chartserver"
    shutil.copytree(ROOT, folder, ignore=NOT_COPIED)
    return folder


@pytest.mark.timeout(SET_UP_LIMIT_S + 60)
def test_the_server_of_a_new_checkout_shows_a_moving_chart(checkout, start, environ, tmp_path):
    ticks = queue.Queue()
    client = socketio.Client()
    client.on("tick", ticks.put)

    server = start([checkout / "script" / "server", "--port", "0"], cwd=tmp_path, env=environ)

    url = server.wait_for(SERVING, SET_UP_LIMIT_S)[1]
    assert "installing requirements.txt" in server.output
    with urlopen(url, timeout=ANSWER_LIMIT_S) as answer:
        assert answer.status == 200
    client.connect(url)
    assert ticks.get(timeout=ANSWER_LIMIT_S)["chart"] == "random"
    client.disconnect()
    assert server.stop() == 0


def test_a_second_start_installs_nothing(checkout, start, environ, tmp_path):
    server = start([checkout / "script" / "server", "--port", "0"], cwd=tmp_path, env=environ)

    server.wait_for(SERVING)

    assert "installing" not in server.output
    assert server.stop() == 0


def test_the_helper_is_built_once_and_where_a_compiler_is(checkout, start, environ, tmp_path):
    def serve(**changes):
        command = [checkout / "script" / "server", "--port", "0"]
        server = start(command, cwd=tmp_path, env={**environ, **changes})
        server.wait_for(SERVING)
        assert server.stop() == 0
        built = {path.name: path.stat().st_mtime_ns for path in folder.glob("_cohort*.so")}
        return built, server.output

    folder = checkout / "chartserver"
    (folder / "_cohort.c").write_text((folder / "_cohort.c").read_text() + "/* Another. */\n")

    without, told = serve(CC="no-such-compiler")
    assert without == {}
    assert told.count(NOT_BUILT) == 1

    first, told = serve()
    again, _ = serve()
    assert again == first
    # Where there is no compiler, that is said.
    assert len(first) == 1 or NOT_BUILT in told


def test_standard_input_goes_through_to_the_chart(checkout, start, environ, tmp_path):
    ticks = queue.Queue()
    client = socketio.Client()
    for event in ("snapshot", "tick"):
        client.on(event, ticks.put)
    command = [checkout / "script" / "server", "--port", "0", "--chart", "host=-"]

    server = start(command, cwd=tmp_path, env=environ, stdin=subprocess.PIPE)

    url = server.wait_for(SERVING)[1]
    client.connect(url)
    server.process.stdin.write("us sy\n1 2\n3 4\n")
    server.process.stdin.flush()
    columns = []
    while len(columns) < 2:
        frame = ticks.get(timeout=ANSWER_LIMIT_S)
        columns += zip(*frame["y"], strict=True)
    client.disconnect()
    assert columns == [(1, 2), (3, 4)]
    assert server.stop() == 0


def test_a_fault_in_the_arguments_is_told_with_status_2(checkout, environ):
    done = subprocess.run(
        [checkout / "script" / "server", "--chart", "x=nosuch"],
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 2
    assert "nosuch" in done.stderr
    assert "Traceback" not in done.stderr


def test_without_a_python_the_server_says_what_it_needs(checkout, environ, tmp_path):
    for tool in ("dirname", "cat", "cksum", "sh"):
        (tmp_path / tool).symlink_to(shutil.which(tool))
    bare = tmp_path / "bare"
    shutil.copytree(checkout / "script", bare / "script")
    shutil.copy(checkout / ".python-version", bare)

    done = subprocess.run(
        [bare / "script" / "server"],
        env={**environ, "PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("server: found no Python 3.11 or newer")
    assert len(done.stderr.splitlines()) == 1
