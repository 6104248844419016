"""Stock Flask-SocketIO on eventlet, as its documentation has it: the server that is measured.

Run as a program; the plan of its ticks comes through the environment. What is not as it comes
only helps it: a listener with a backlog, and room for more than 1,024 connections.
"""

import sys

import eventlet

eventlet.monkey_patch()

import eventlet.wsgi  # noqa: E402
from flask import Flask, request  # noqa: E402
from flask_socketio import SocketIO  # noqa: E402

from benchmarks.ticks import TickPlan, frame, history, live  # noqa: E402

BACKLOG = 4096
CONNECTIONS_MAX = 30_000


def main(port: int) -> None:
    """Serve until killed."""
    plan = TickPlan.of_environ()
    app = Flask(__name__)
    # `always_connect`: without it the snapshot would come before the answer to the connect.
    socketio = SocketIO(app, async_mode="eventlet", always_connect=True, cors_allowed_origins="*")
    ticks = history(plan)

    def connect() -> None:
        socketio.emit("snapshot", frame(ticks), to=request.sid)  # type: ignore[attr-defined]

    def broadcast() -> None:
        # A zero sleep lets each writer run once before the next tick, so that as fast as it can
        # means as fast as the sockets take it, not as fast as the queues grow.
        for one in live(plan, socketio.sleep, lambda: socketio.sleep(0)):
            ticks.append(one)
            del ticks[: -plan.history_ticks]
            socketio.emit("tick", frame([one]))
            if plan.rate_hz is None:
                socketio.sleep(0)

    socketio.on_event("connect", connect)
    socketio.start_background_task(broadcast)
    listener = eventlet.listen(("127.0.0.1", port), backlog=BACKLOG)
    eventlet.wsgi.server(listener, app, max_size=CONNECTIONS_MAX, log_output=False)


if __name__ == "__main__":
    main(int(sys.argv[1]))
