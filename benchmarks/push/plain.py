"""The peer, a program: a handler in Flask that parses JSON, appends to a list and answers."""

from typing import Any

from eventlet import listen, wsgi
from flask import Flask, request

app = Flask(__name__)
ticks: list[Any] = []


@app.post("/plain")
def take() -> dict[str, int]:
    """Append a list of ticks."""
    ticks.extend(request.get_json())
    return {"ticks": len(ticks)}


if __name__ == "__main__":
    sock = listen(("127.0.0.1", 0))
    print(f"serving on http://127.0.0.1:{sock.getsockname()[1]}", flush=True)
    wsgi.server(sock, app, log_output=False)
