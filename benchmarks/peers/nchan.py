"""Nchan, the publisher and subscriber module of nginx, from Debian's packages.

What the system has is used; otherwise the packages are fetched and unpacked beside the build, so
that nothing is installed and no service starts. One folder has to be made in the system.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from benchmarks.peers.peer import BUILD, ROOT, CannotMeasure, Command, Job

PACKAGES = ("nginx", "libnginx-mod-nchan")
FOLDER = BUILD / "nchan"
LIMIT_S = 120
# Compiled into Debian's module, and the directive that should change it does not work.
MESSAGES = Path("/var/lib/nginx")
BINARY = Path("usr/sbin/nginx")
MODULE = Path("usr/lib/nginx/modules/ngx_nchan_module.so")


class Nchan:
    """nginx with one worker; a publisher on the load core posts the ticks."""

    def __init__(
        self, name: str, title: str, *, posts_at_once: int, measures: frozenset[str]
    ) -> None:
        self.name = name
        self.title = title
        self.measures = measures
        self._posts_at_once = posts_at_once
        self._root = Path("/")

    def prepare(self) -> str:
        """Find or fetch nginx and the module, and return the versions."""
        if not (self._root / BINARY).exists() or not (self._root / MODULE).exists():
            self._root = FOLDER
        if not (self._root / BINARY).exists() or not (self._root / MODULE).exists():
            _fetch()
        try:
            MESSAGES.mkdir(exist_ok=True)
        except OSError as error:
            raise CannotMeasure(f"Nchan needs the folder {MESSAGES}: {error.strerror}") from None
        binary = str(self._root / BINARY)
        release = subprocess.run([binary, "-v"], capture_output=True, text=True, timeout=20)
        if release.returncode:
            raise CannotMeasure(f"nginx does not start: {release.stderr.strip()}")
        return f"{release.stderr.strip().rpartition('/')[2]} (nginx), nchan {_module_version()}"

    def server(self, job: Job) -> Command:
        """Return nginx with a configuration of its own in the job's folder."""
        wants_history = job.measure == "join"
        template = ROOT / "benchmarks" / "peers" / "nchan.conf"
        text = template.read_text(encoding="utf-8").format(
            module=self._root / MODULE,
            folder=job.folder,
            port=job.port,
            buffer=1000 if wants_history else 10,
            first="oldest" if wants_history else "newest",
        )
        conf = job.folder / "nginx.conf"
        # As root, the worker would otherwise take the rights of a user that may not exist.
        user = "user root;\n" if os.geteuid() == 0 else ""
        conf.write_text(user + text, encoding="utf-8")
        return Command(
            argv=[
                *(str(self._root / BINARY), "-p", str(job.folder)),
                *("-e", str(job.folder / "error.log"), "-c", str(conf)),
            ]
        )

    def load_options(self, measure: str) -> list[str]:
        """Return raw WebSockets, whose first message is the history when there is one."""
        joined = "frame" if measure == "join" else "open"
        return ["--protocol", "raw", "--joined", joined, "--path", "/subscribe"]

    def publisher(self, job: Job) -> Command:
        """Return the program that posts the ticks."""
        return Command(
            argv=[
                *(sys.executable, "-m", "benchmarks.peers.publisher"),
                *(str(job.port), str(self._posts_at_once)),
            ],
            environ=job.plan.environ(),
        )

    def is_ready(self, job: Job) -> bool:
        """Return True: the harness waits for the publisher's history."""
        return True


NCHAN = Nchan(
    "nchan",
    "Nchan (nginx)",
    posts_at_once=1,
    measures=frozenset(["fixed", "saturated", "join", "slow", "slow-without"]),
)
# With several posts under way, nginx puts several messages into one send.
NCHAN_FLOODED = Nchan(
    "nchan-flooded",
    "Nchan, 8 posts at once",
    posts_at_once=8,
    measures=frozenset(["saturated"]),
)


def _fetch() -> None:
    if not shutil.which("apt-get") or not shutil.which("dpkg"):
        raise CannotMeasure("nginx with Nchan is not installed, and there is no apt-get")
    FOLDER.mkdir(parents=True, exist_ok=True)
    try:
        subprocess.run(
            ["apt-get", "download", *PACKAGES],
            check=True,
            capture_output=True,
            text=True,
            cwd=FOLDER,
            timeout=LIMIT_S,
        )
        for package in FOLDER.glob("*.deb"):
            unpack = ["dpkg", "-x", str(package), str(FOLDER)]
            subprocess.run(unpack, check=True, capture_output=True, text=True, timeout=LIMIT_S)
    except subprocess.TimeoutExpired:
        raise CannotMeasure(f"apt-get took more than {LIMIT_S} s") from None
    except subprocess.CalledProcessError as error:
        lines = error.stderr.strip().splitlines() or ["no message"]
        raise CannotMeasure(f"{' and '.join(PACKAGES)} cannot be had: {lines[-1]}") from None


def _module_version() -> str:
    for package in FOLDER.glob("libnginx-mod-nchan_*.deb"):
        return package.name.split("_")[1].replace("%3a", ":")
    asked = subprocess.run(
        ["dpkg-query", "-W", "-f", "${Version}", PACKAGES[1]], capture_output=True, text=True
    )
    return asked.stdout or "of unknown version"
