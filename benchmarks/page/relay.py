"""What stands before the server: it counts bytes, and has one page of its own.

All else goes through as it is, in both directions.
"""

import contextlib
import socket
import threading
import urllib.request
from functools import cached_property
from pathlib import Path

PAGE = Path(__file__).with_name("epoch.html")
PATH = b"GET /epoch"
# A page of the server which stands for all of them, and what of its answer the page here has as
# well; not its policy of contents, under which the page's own script would not run.
MODEL = "/classic"
KEPT = ("cross-origin-", "permissions-policy", "referrer-policy", "x-")
BARE = b"bare"
LIMIT_S = 10.0
PIECE_BYTES = 1 << 18
JOIN_LIMIT_S = 5.0


class Relay:
    """Listens on `port` of the loopback for the server on `server_port`, within a `with` block.

    Attributes:
        up_bytes: from browsers, since the last `reset`; `down_bytes`: to them.
    """

    def __init__(self, server_port: int) -> None:
        self._server_port = server_port
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = int(self._listener.getsockname()[1])
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self.up_bytes = self.down_bytes = 0

    def __enter__(self) -> "Relay":
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        # Who waits for a connection is not woken by a close alone.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            for line in self._open:
                _shut(line)

    def reset(self) -> None:
        """Count from 0 again."""
        with self._lock:
            self.up_bytes = self.down_bytes = 0

    def _accept(self) -> None:
        while True:
            try:
                browser, _ = self._listener.accept()
            except OSError:
                return
            browser.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._serve, args=(browser,), daemon=True).start()

    def _serve(self, browser: socket.socket) -> None:
        with browser:
            try:
                first = browser.recv(PIECE_BYTES)
                self._count(up=len(first))
                if first.startswith(PATH):
                    self._answer(browser, is_bare=BARE in first.partition(b"\r\n")[0])
                elif first:
                    self._pass_on(browser, first)
            except OSError:
                return  # a browser that closes a tab resets what is under way

    def _answer(self, browser: socket.socket, is_bare: bool) -> None:
        body = PAGE.read_bytes()
        lines = ["HTTP/1.1 200 OK", "Content-Type: text/html", "Connection: close"]
        lines += [f"Content-Length: {len(body)}", *(() if is_bare else self._headers)]
        head = "\r\n".join([*lines, "", ""])
        browser.sendall(head.encode() + body)
        self._count(down=len(head) + len(body))

    @cached_property
    def _headers(self) -> list[str]:
        """Return the headers that every page of the server has, whatever draws in it."""
        asked = f"http://127.0.0.1:{self._server_port}{MODEL}"
        with urllib.request.urlopen(asked, timeout=LIMIT_S) as it:
            of_page = it.headers.items()
        return [f"{name}: {text}" for name, text in of_page if name.lower().startswith(KEPT)]

    def _pass_on(self, browser: socket.socket, first: bytes) -> None:
        with socket.create_connection(("127.0.0.1", self._server_port)) as server:
            server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            server.sendall(first)
            with self._lock:
                self._open |= {browser, server}
            back = threading.Thread(target=self._pump_down, args=(server, browser), daemon=True)
            back.start()
            try:
                while piece := browser.recv(PIECE_BYTES):
                    self._count(up=len(piece))
                    server.sendall(piece)
            finally:
                _shut(server)
                back.join(JOIN_LIMIT_S)
                with self._lock:
                    self._open -= {browser, server}

    def _pump_down(self, server: socket.socket, browser: socket.socket) -> None:
        try:
            while piece := server.recv(PIECE_BYTES):
                self._count(down=len(piece))
                browser.sendall(piece)
        except OSError:
            pass  # the browser has gone
        _shut(browser)

    def _count(self, up: int = 0, down: int = 0) -> None:
        with self._lock:
            self.up_bytes += up
            self.down_bytes += down


def _shut(line: socket.socket) -> None:
    # It may be closed already.
    with contextlib.suppress(OSError):
        line.shutdown(socket.SHUT_RDWR)
