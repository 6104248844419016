"""A viewer that makes it hard: tiny buffers, odd reads, pauses; and that forgives nothing."""

import base64
import contextlib
import json
import os
import random
import socket
import struct
import time
from http.client import HTTPConnection
from urllib.parse import urlsplit

import requests
from client_frames import frame
from strict_parser import CLOSE, PING, PONG, TEXT, Frames, Positions, Talk

LIMIT_S = 40.0
TICK_S = 0.05
# An address of this machine that the limits for each address hold for.
STRANGER = "127.0.0.2"


def connect(url, receive_bytes=None, source=""):
    """Return a TCP connection to the server at `url`; its buffer is small from the first byte.

    `source` is the address that it comes from, such as STRANGER.
    """
    sock = socket.socket()
    if receive_bytes:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
    sock.settimeout(LIMIT_S)
    if source:
        sock.bind((source, 0))
    parts = urlsplit(url)
    sock.connect((parts.hostname, parts.port))
    return sock


def handshake(sock, url, query="", headers=""):
    """Ask for a WebSocket; return the head of the answer and the bytes that came after it."""
    key = base64.b64encode(os.urandom(16)).decode()
    sock.sendall(
        f"GET /socket.io/?EIO=4&transport=websocket{query} HTTP/1.1\r\n"
        f"Host: {urlsplit(url).netloc}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n{headers}\r\n".encode()
    )
    data = b""
    while b"\r\n\r\n" not in data:
        more = sock.recv(4096)
        if not more:
            raise ConnectionResetError(f"closed within the handshake, after {data!r}")
        data += more
    head, _, rest = data.partition(b"\r\n\r\n")
    return head.decode(), rest


def masked(payload, opcode=TEXT):
    """Return `payload` as a client's frame."""
    return frame(payload, opcode, mask=os.urandom(4))


class HardViewer:
    """Speaks WebSocket, Engine.IO and Socket.IO by hand; everything received is checked at once.

    `chance` decides on everything that is left open. `upgrades`: polls first, and changes over
    while ticks come.
    """

    def __init__(
        self, url, auth=None, *, chance=None, receive_bytes=None, upgrades=False, may_repeat=False
    ):
        self.url = url
        self.chance = chance or random.Random(0)
        self.talk = Talk()
        self.positions = Positions(may_repeat)
        self.pongs = []
        self.pinged = []
        self.events = []
        self.left = {}
        self._frames = Frames()
        self._ids = 0
        self._hello = "40" + json.dumps(auth or {})
        self.sid = self._poll_first() if upgrades else None
        self.sock = connect(url, receive_bytes)
        query = f"&sid={self.sid}" if upgrades else ""
        self.head, rest = handshake(self.sock, url, query)
        assert self.head.startswith("HTTP/1.1 101"), self.head
        self._feed(rest)
        if upgrades:
            self._upgrade()
        else:
            self.say(self._hello)

    # Sending.

    def say(self, packet):
        self.sock.sendall(masked(packet.encode()))

    def ask(self, event, payload):
        """Send an event that wants an ack; return its id."""
        self._ids += 1
        self.talk.ask(self._ids)
        self.say(f"42{self._ids}" + json.dumps([event, payload]))
        return self._ids

    def ping(self):
        """Send a WebSocket ping, whose payload must come back, in order."""
        payload = os.urandom(self.chance.choice((0, 4, 125)))
        self.pinged.append(payload)
        self.sock.sendall(masked(payload, PING))

    # Reading.

    def read(self, limit=65_536, timeout_s=TICK_S):
        """Read once, at most `limit` bytes; False when nothing came in time."""
        self.sock.settimeout(timeout_s)
        try:
            data = self.sock.recv(limit)
        except TimeoutError:
            return False
        finally:
            self.sock.settimeout(LIMIT_S)
        assert data or self._frames.close_code is not None, "closed without a close frame"
        self._feed(data)
        return bool(data)

    def read_until(self, is_so, what, limit_s=LIMIT_S):
        """Read until `is_so()`."""
        until_s = time.monotonic() + limit_s
        while not is_so():
            assert time.monotonic() < until_s, f"not in {limit_s:g} s: {what}; {self}"
            self.read()

    def answer(self, number, limit_s=LIMIT_S):
        """Read until an ack has come, and return it."""
        self.read_until(lambda: number in self.talk.answers, f"ack {number}", limit_s)
        return self.talk.answers[number]

    @property
    def close_code(self):
        return self._frames.close_code

    @property
    def is_between_frames(self):
        return self._frames.is_between

    def __str__(self):
        return f"at {self.positions.offsets}, {self.events[-5:]}"

    def _feed(self, data):
        for opcode, payload in self._frames.feed(data):
            if opcode == PONG:
                assert payload == self.pinged[len(self.pongs)], "a pong that nobody waits for"
                self.pongs.append(payload)
            elif opcode == TEXT:
                self._take(payload.decode())
            else:
                assert opcode == CLOSE

    def _take(self, packet):
        answered = len(self.talk.answers)
        event = self.talk.take(packet)
        if event == ("ping", None):
            self.say("3")
        elif event is not None:
            name, payload = event
            self.events.append(name)
            self.positions.take(name, payload)
        if len(self.talk.answers) > answered:
            self._leave_as_told(list(self.talk.answers)[-1])

    def _leave_as_told(self, number):
        """Know nothing of a chart once its leave was answered: not a tick may follow."""
        chart = self.left.pop(number, None)
        if chart is not None:
            self.positions.forget(chart)

    # Polling, and the change to a WebSocket.

    def _poll_first(self):
        with requests.Session() as session:
            address = self.url + "/socket.io/?EIO=4&transport=polling"
            self._take_all(session.get(address, timeout=LIMIT_S))
            address += f"&sid={self.talk.opened['sid']}"
            session.post(address, data=self._hello, timeout=LIMIT_S).raise_for_status()
            # It has seen ticks before it changes over.
            while "snapshot" not in self.events or self.chance.random() < 0.5:
                self._take_all(session.get(address, timeout=LIMIT_S))
        return self.talk.opened["sid"]

    def _take_all(self, response):
        assert response.status_code == 200, response.text
        for packet in filter(None, response.text.split("\x1e")):
            self._take(packet)

    def _upgrade(self):
        """Change over as clients do: probe with a poll under way, take its answer, then go on."""
        with contextlib.closing(HTTPConnection(urlsplit(self.url).netloc, timeout=LIMIT_S)) as poll:
            poll.request("GET", f"/socket.io/?EIO=4&transport=polling&sid={self.sid}")
            self.say("2probe")
            self.read_until(lambda: self.talk.probes == 1, "the answer to the probe")
            body = poll.getresponse().read().decode()
        for packet in filter(None, body.split("\x1e")):
            self._take(packet)
        # So that ticks come between the last poll and the change.
        time.sleep(self.chance.uniform(0, 0.05))
        self.say("5")

    # Leaving.

    def close(self):
        """Leave without a word."""
        self.sock.close()

    def reset(self):
        """Leave with a reset instead of a FIN."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()
