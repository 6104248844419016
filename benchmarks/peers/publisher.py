"""Feeds ticks to a server that takes them over HTTP; runs on the load core.

Run as a program with the port and the number of posts that may be under way at once; the plan
comes through the environment.
"""

import json
import socket
import sys
import time
from collections import deque

from benchmarks.ticks import BenchmarkTick, TickPlan, frame, history, live

TIMEOUT_S = 60


def post(connection: socket.socket, ticks: list[BenchmarkTick]) -> None:
    """Send the request with the frame of `ticks`."""
    body = json.dumps(frame(ticks), separators=(",", ":")).encode()
    connection.sendall(
        b"POST /publish HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n"
        b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
    )


def take_answer(connection: socket.socket) -> None:
    """Wait for the answer to the one request that is under way on `connection`."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += _more(connection)
    head, _, body = data.partition(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 2"):
        raise SystemExit(f"publishing failed: {head[:80]!r}")
    size = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
    while len(body) < size:
        body += _more(connection)


def main(port: int, posts_at_once: int) -> None:
    """Publish the history, then live ticks until killed."""
    plan = TickPlan.of_environ()
    free = deque(
        socket.create_connection(("127.0.0.1", port), TIMEOUT_S) for _ in range(posts_at_once)
    )
    busy: deque[socket.socket] = deque()
    post(free[0], history(plan))
    take_answer(free[0])
    print("ready", flush=True)
    for one in live(plan, time.sleep):
        if not free:
            take_answer(busy[0])
            free.append(busy.popleft())
        connection = free.popleft()
        post(connection, [one])
        busy.append(connection)
    time.sleep(3600)


def _more(connection: socket.socket) -> bytes:
    data = connection.recv(65536)
    if not data:
        raise SystemExit("publishing failed: the server closed the connection")
    return data


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
