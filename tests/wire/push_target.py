"""A server that takes pushes and misbehaves as it is told, but keeps its word on repeats."""

import json
import socket
import threading
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

EPOCH = "9f2c41aa"
HANG_MAX_S = 30.0


class PushTarget:
    """A chart's ticks on a port of its own; `will` says what becomes of the next requests.

    Each of them is a status of HTTP, with which nothing is taken, or one of: "take"; "drop" (the
    connection, before anything is taken); "take, drop"; "take, cut" (the answer, in its middle);
    "take, hang" (no answer for as long as anybody waits); "take, babble" (an answer of another).
    After those that it was told it takes.
    """

    def __init__(self, *will):
        self.will = deque(will)
        self.taken = []
        self.requests = []
        self.answer = {"error": "not now"}
        self.headers = {}
        self.epoch = EPOCH
        self._keys = {}
        self.is_closing = threading.Event()
        self._lock = threading.Lock()
        handler = type("Handler", (Handler,), {"target": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self):
        self.is_closing.set()
        self._server.shutdown()
        self._server.server_close()

    def take(self, body, key):
        """Take a batch, unless it was taken before, and return what is to be told of it."""
        with self._lock:
            is_repeat = key in self._keys
            if not is_repeat:
                columns = json.loads(body)
                self.taken += zip(columns["t"], *columns["y"], strict=True)
                self._keys[key] = len(columns["t"])
            return {
                "chart": "fx",
                "epoch": self.epoch,
                "offset": len(self.taken),
                "ticks": self._keys[key],
                "reordered": 0,
                "repeat": is_repeat,
            }


class Handler(BaseHTTPRequestHandler):
    """Does with each request what its target will."""

    protocol_version = "HTTP/1.1"
    target: PushTarget

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.target.requests.append((self.path, dict(self.headers), body))
        what = self.target.will.popleft() if self.target.will else "take"
        if isinstance(what, int):
            self._tell(what, json.dumps(self.target.answer).encode(), self.target.headers)
            return
        taken = b""
        if what.startswith("take"):
            taken = json.dumps(self.target.take(body, self.headers["Idempotency-Key"])).encode()
        if what == "take":
            self._tell(200, taken)
        elif what == "take, babble":
            self._tell(200, b"<html>Welcome to our network</html>")
        else:
            self._break(what, taken)

    def log_message(self, *_):
        """Say nothing."""

    def _tell(self, status, content, headers=()):
        self.send_response(status)
        for name, value in dict(headers).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _break(self, what, content):
        if what == "take, cut":
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content[: len(content) // 2])
        elif what == "take, hang":
            self.target.is_closing.wait(HANG_MAX_S)
        self.connection.shutdown(socket.SHUT_RDWR)
        self.close_connection = True
