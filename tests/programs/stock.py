"""A chart server as one would write it in an afternoon: Flask-SocketIO and eventlet as they come.

    python stock.py

It says where it serves on stderr, as ours does.
"""

import sys

import eventlet

eventlet.monkey_patch()

from counting import patchy  # noqa: E402
from flask import Flask, jsonify  # noqa: E402
from flask_socketio import SocketIO, emit  # noqa: E402

app = Flask(__name__)
socketio = SocketIO(app, async_mode="eventlet", cors_allowed_origins="*")
viewers = 0


@app.get("/healthz")
def healthz():
    return jsonify(ok=True)


@socketio.on("connect")
def connect(auth=None):
    global viewers
    viewers += 1
    emit("viewers", viewers, broadcast=True)


@socketio.on("disconnect")
def disconnect(reason=None):
    global viewers
    viewers -= 1
    emit("viewers", viewers, broadcast=True)


@socketio.on("subscribe")
def subscribe(request):
    return {"chart": request["chart"], "since": request.get("since")}


def run():
    for offset, value in patchy():
        socketio.emit("tick", {"offset": offset, "value": value})


socketio.start_background_task(run)
sock = eventlet.listen(("127.0.0.1", 0))
sys.stderr.write(f"stock: serving on http://127.0.0.1:{sock.getsockname()[1]}\n")
eventlet.wsgi.server(sock, app, log_output=False)
