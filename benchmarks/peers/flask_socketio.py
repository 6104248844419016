"""Stock Flask-SocketIO on eventlet, with clients that offer permessage-deflate and without."""

import sys
from importlib.metadata import version

from benchmarks.peers.peer import Command, Job


class FlaskSocketIO:
    """The server of `socketio_server`."""

    sends_history = True
    measures = frozenset(["fixed", "saturated", "join", "slow", "slow-without"])

    def __init__(self, name: str, title: str, *, offers_deflate: bool) -> None:
        self.name = name
        self.title = title
        self.load_options = (
            *("--protocol", "socketio", "--joined", "frame"),
            *("--path", "/socket.io/?EIO=4&transport=websocket"),
            *(("--deflate",) if offers_deflate else ()),
        )
        if offers_deflate:
            self.measures = frozenset(["fixed", "saturated", "join"])

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

    def publisher(self, job: Job) -> None:
        """Return None: the server makes its ticks."""

    def is_ready(self, job: Job) -> bool:
        """Return True: the history is there before the port."""
        return True


STOCK = FlaskSocketIO("flask-socketio", "Flask-SocketIO, eventlet", offers_deflate=False)
STOCK_DEFLATE = FlaskSocketIO(
    "flask-socketio-deflate", "the same, clients offer deflate", offers_deflate=True
)
