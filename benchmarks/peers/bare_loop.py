"""A loop of `socket.send` and nothing else: how fast Python can be.

Run as a program with the port; the plan of its ticks comes through the environment. Accepts raw
WebSockets until it is told to go, and none after.
"""

import base64
import hashlib
import json
import socket
import sys
import time

from benchmarks.ticks import GO_INTERVAL_S, BenchmarkTick, TickPlan, frame, live, wait_for_go

BACKLOG = 4096
ANSWER_TIMEOUT_S = 10
MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def handshake(viewer: socket.socket) -> None:
    """Answer the request that opens a WebSocket."""
    request = b""
    while b"\r\n\r\n" not in request:
        more = viewer.recv(4096)
        if not more:
            raise OSError("closed before the handshake")
        request += more
    key = request.split(b"Sec-WebSocket-Key: ")[1].split(b"\r\n")[0]
    accept = base64.b64encode(hashlib.sha1(key + MAGIC).digest())
    viewer.sendall(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
    )


def message(tick: BenchmarkTick) -> bytes:
    """Return a text frame of the WebSocket with the frame of `tick`."""
    payload = json.dumps(frame([tick]), separators=(",", ":")).encode()
    if len(payload) < 126:
        return bytes([0x81, len(payload)]) + payload
    return bytes([0x81, 126]) + len(payload).to_bytes(2, "big") + payload


def main(port: int) -> None:
    """Accept, then send, until killed."""
    viewers: list[socket.socket] = []
    listener = socket.create_server(("127.0.0.1", port), backlog=BACKLOG)
    listener.settimeout(GO_INTERVAL_S)

    def accept(_seconds: float) -> None:
        try:
            viewer, _ = listener.accept()
        except TimeoutError:
            return
        viewer.settimeout(ANSWER_TIMEOUT_S)
        viewer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            handshake(viewer)
        except (OSError, IndexError):
            return
        # Blocking: `send` waits for a viewer that is behind, so nothing is lost or cut.
        viewer.settimeout(None)
        viewers.append(viewer)

    plan = TickPlan.of_environ()
    wait_for_go(plan, accept)
    for tick in live(plan, time.sleep):
        data = message(tick)
        try:
            for viewer in viewers:
                viewer.send(data)
        except OSError:
            return  # the load client has gone


if __name__ == "__main__":
    main(int(sys.argv[1]))
