"""A PostgreSQL of the tests: in memory where there is a file system in it, and without fsync."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=50")
START_S = 60


class PostgresServer:
    """A server that listens on a socket in a folder of its own, and on no port.

    PostgreSQL refuses to run as root: then it runs as the user that Debian's package has made, or
    as nobody.
    """

    def __init__(self):
        in_memory = Path("/dev/shm")
        self.folder = Path(tempfile.mkdtemp(dir=in_memory if in_memory.is_dir() else None))
        self._bin = Path(os.environ.get("POSTGRESQL_BIN") or newest_bin())
        self._as = run_as()
        if self._as:
            shutil.chown(self.folder, self._as["user"])
        self._run(
            "initdb", "--pgdata", self.folder / "data", "--auth=trust", "--username=tests",
            "--no-sync", "--encoding=UTF8", "--no-locale",
        )  # fmt: skip
        self.process = None
        self.start()

    def start(self):
        """Start the server and wait until it answers."""
        options = [part for one in FAST for part in ("-c", one)]
        with (self.folder / "log").open("a") as log:
            self.process = subprocess.Popen(
                [
                    *(self._bin / "postgres", "-D", self.folder / "data", "-k", self.folder),
                    *("-c", "listen_addresses=", *options),
                ],
                stdout=subprocess.DEVNULL,
                stderr=log,
                **self._as,
            )
        deadline = time.monotonic() + START_S
        while self._run("pg_isready", "-q", "-h", self.folder, check=False).returncode:
            assert time.monotonic() < deadline, (self.folder / "log").read_text()
            assert self.process.poll() is None, (self.folder / "log").read_text()
            time.sleep(0.05)

    def stop(self):
        """End the server at once, all connections with it; what was committed is kept."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(START_S)

    def remove(self):
        """End the server and remove what it has kept."""
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(START_S)
        shutil.rmtree(self.folder)

    def url(self, database):
        """Return the URL of a database."""
        return f"postgresql://tests@/{database}?host={self.folder}"

    def make(self, database):
        """Make an empty database; return its URL."""
        self._run("createdb", "-h", self.folder, "-U", "tests", database)
        return self.url(database)

    def _run(self, program, *arguments, check=True):
        return subprocess.run(
            [self._bin / program, *arguments],
            check=check,
            stdout=subprocess.DEVNULL,
            cwd=self.folder,
            **self._as,
        )


def newest_bin():
    """Return the folder of the newest PostgreSQL that Debian's packages have brought."""
    return max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))


def run_as():
    """Return the options of Popen for another user than root; none when we are not root."""
    if os.geteuid() != 0:
        return {}
    names = {entry.pw_name for entry in pwd.getpwall()}
    user = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
