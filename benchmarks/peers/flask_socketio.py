"""Stock Flask-SocketIO on eventlet, with clients that offer permessage-deflate and without."""

import sys
from importlib.metadata import version

from benchmarks.peers.peer import Command, Job

SLOW = frozenset(["slow", "slow-without"])
MEASURES = SLOW | {"fixed", "saturated", "join"}
SOCKET_IO = (
    *("--protocol", "socketio", "--joined", "frame"),
    *("--path", "/socket.io/?EIO=4&transport=websocket"),
)


class FlaskSocketIO:
    """The server of `socketio_server`."""

    def __init__(self, name: str, title: str, *, offers_deflate: bool) -> None:
        self.name = name
        self.title = title
        self.measures = MEASURES - SLOW if offers_deflate else MEASURES
        self._offers_deflate = offers_deflate

    def prepare(self) -> str:
        """Return the versions that matter."""
        packages = ("flask-socketio", "python-socketio", "python-engineio", "eventlet")
        return ", ".join(f"{name} {version(name)}" for name in packages)

    def server(self, job: Job) -> Command:
        """Return the program that serves."""
        return Command(
            argv=[sys.executable, "-m", "benchmarks.peers.socketio_server", str(job.port)],
            environ=job.plan.environ(),
        )

    def load_options(self, measure: str) -> list[str]:
        """Return Socket.IO."""
        return [*SOCKET_IO, "--deflate"] if self._offers_deflate else list(SOCKET_IO)

    def publisher(self, job: Job) -> None:
        """Return None: the server makes its ticks."""

    def is_ready(self, job: Job) -> bool:
        """Return True: the history is there before the port."""
        return True


STOCK = FlaskSocketIO("flask-socketio", "Flask-SocketIO, eventlet", offers_deflate=False)
STOCK_DEFLATE = FlaskSocketIO(
    "flask-socketio-deflate", "the same, clients offer deflate", offers_deflate=True
)
