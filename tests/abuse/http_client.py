"""HTTP by hand: any bytes go out, and what comes back is parsed strictly."""

import contextlib
import json
import socket
import time
from urllib.parse import urlsplit

# However slow the machine is.
LIMIT_S = 40.0
STRANGER = "127.0.0.2"
OPERATOR = "127.0.0.1"
# The beginning of a request with a body.
POST = "POST /socket.io/?EIO=4&transport=polling&sid=x HTTP/1.1\r\nHost: a\r\n"


class Answer:
    """One answer: `status`, `headers` by their names in lower case, `body`."""

    def __init__(self, head, body):
        lines = head.decode("latin-1").split("\r\n")
        version, status, _ = lines[0].split(" ", 2)
        assert version == "HTTP/1.1", lines[0]
        self.status = int(status)
        self.fields = [line.split(": ", 1) for line in lines[1:]]
        self.headers = {name.lower(): value for name, value in self.fields}
        self.body = body

    @property
    def error(self):
        """The text of an error, as JSON."""
        assert self.headers["content-type"] == "application/json"
        return json.loads(self.body)["error"]


class HttpClient:
    """A connection to the server at `url`.

    `receive_bytes` is what the kernel takes for us, before we read.
    """

    def __init__(self, url, source=STRANGER, receive_bytes=None):
        address = urlsplit(url)
        self.sock = socket.socket()
        if receive_bytes:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        self.sock.settimeout(LIMIT_S)
        self.sock.bind((source, 0))
        self.sock.connect((address.hostname, address.port))
        self._rest = b""

    def send(self, data):
        """Send bytes, as far as they are taken."""
        with contextlib.suppress(ConnectionError):
            self.sock.sendall(data.encode("latin-1") if isinstance(data, str) else data)
        return self

    def answer(self):
        """Return the next answer; None when the server has closed instead."""
        head = self._until(b"\r\n\r\n")
        if not head:
            return None
        answer = Answer(head, b"")
        if answer.headers.get("transfer-encoding") == "chunked":
            answer.body = self._chunks()
        else:
            answer.body = self._bytes(int(answer.headers["content-length"]))
        return answer

    def ask(self, data):
        """Send bytes and return the answer."""
        return self.send(data).answer()

    def get(self, target="/healthz", *headers):
        """Return the answer to a GET."""
        lines = [f"GET {target} HTTP/1.1", "Host: a", *headers]
        return self.ask("\r\n".join([*lines, "", ""]))

    def is_closed(self, limit_s=LIMIT_S):
        """Return whether the server closes within `limit_s`; what comes until then is dropped."""
        until_s = time.monotonic() + limit_s
        try:
            while (left_s := until_s - time.monotonic()) > 0:
                self.sock.settimeout(left_s)
                if not self.sock.recv(65_536):
                    return True
        except TimeoutError:
            return False
        except ConnectionError:
            return True
        return False

    def close(self):
        self.sock.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _chunks(self):
        body = b""
        while size := int(self._until(b"\r\n"), 16):
            body += self._bytes(size)
            assert self._bytes(2) == b"\r\n"
        assert self._bytes(2) == b"\r\n"
        return body

    def _until(self, mark):
        while mark not in self._rest:
            if not self._more():
                assert not self._rest, f"the answer ends early: {self._rest[:200]}"
                return b""
        found, _, self._rest = self._rest.partition(mark)
        return found

    def _bytes(self, n):
        while len(self._rest) < n:
            assert self._more(), f"the answer ends {n - len(self._rest)} bytes early"
        found, self._rest = self._rest[:n], self._rest[n:]
        return found

    def _more(self):
        try:
            data = self.sock.recv(65_536)
        except ConnectionError:
            data = b""
        self._rest += data
        return bool(data)
