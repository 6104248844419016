"""Node's `socket.io`, installed from npm."""

import json
import shutil
import subprocess

from benchmarks.peers.peer import BUILD, ROOT, CannotMeasure, Command, Job

VERSION = "4.8.4"
FOLDER = BUILD / "node"
INSTALL_LIMIT_S = 180


class Node:
    """The server of `node_server.js`."""

    name = "node"
    title = "Node socket.io"
    measures = frozenset(["fixed", "saturated", "join", "slow", "slow-without"])

    def prepare(self) -> str:
        """Install the package beside the build and return the versions."""
        node, npm = shutil.which("node"), shutil.which("npm")
        if not node or not npm:
            raise CannotMeasure("node and npm are not installed")
        FOLDER.mkdir(parents=True, exist_ok=True)
        package = FOLDER / "node_modules" / "socket.io" / "package.json"
        if not package.exists():
            _install(npm)
        release = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=20)
        installed = json.loads(package.read_text(encoding="utf-8"))["version"]
        return f"socket.io {installed}, node {release.stdout.strip().removeprefix('v')}"

    def server(self, job: Job) -> Command:
        """Return the program that serves."""
        program = ROOT / "benchmarks" / "peers" / "node_server.js"
        return Command(
            argv=["node", str(program), str(job.port)],
            environ={**job.plan.environ(), "NODE_PATH": str(FOLDER / "node_modules")},
        )

    def load_options(self, measure: str) -> list[str]:
        """Return Socket.IO."""
        return [
            *("--protocol", "socketio", "--joined", "frame"),
            *("--path", "/socket.io/?EIO=4&transport=websocket"),
        ]

    def publisher(self, job: Job) -> None:
        """Return None: the server makes its ticks."""

    def is_ready(self, job: Job) -> bool:
        """Return True: the history is there before the port."""
        return True


def _install(npm: str) -> None:
    argv = [npm, "install", "--no-audit", "--no-fund", "--prefix", str(FOLDER)]
    try:
        done = subprocess.run(
            [*argv, f"socket.io@{VERSION}"],
            capture_output=True,
            text=True,
            timeout=INSTALL_LIMIT_S,
            cwd=FOLDER,
        )
    except subprocess.TimeoutExpired:
        raise CannotMeasure(f"npm took more than {INSTALL_LIMIT_S} s") from None
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["no message"]
        raise CannotMeasure(f"npm could not install socket.io {VERSION}: {lines[-1]}")
