"""Attacks of a moment: each takes a server's address and a chance, does one bad thing, and goes.

They are small, so that many of each, in any order and at once, make a mob. All come from an
address of this machine that is a stranger's, or from that of the operator's own, which no limit
for addresses holds for: what they do must be borne either way.
"""

import contextlib
import socket
import struct
import zlib

from client_frames import FINAL, RSV1, fragments, frame
from hard_viewer import connect
from stranger import HELLO, Stranger, netloc
from strict_parser import BINARY, PING, PONG

MEGABYTE = 1_000_000
FLOOD = 300
LIMIT_S = 2.0
UPGRADE = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"


def half_a_handshake(url, chance, source):
    """Begin a request, and go in the middle of it."""
    whole = (
        f"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: {netloc(url)}\r\n{UPGRADE}"
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    )
    with _open(url, source) as sock:
        _send(sock, whole.encode()[: chance.randrange(len(whole))])
        if chance.random() < 0.5:
            _reset(sock)


def a_reset_at_once(url, chance, source):
    """Connect, and reset."""
    with _open(url, source) as sock:
        _reset(sock)


def no_connect(url, chance, source):
    """Shake hands and never say that a viewer is here."""
    with _stranger(url, source, b"") as stranger:
        stranger.read(chance.uniform(0, 0.05))


def a_session_of_polls(url, chance, source):
    """Ask for a session by polling, and never come back."""
    for _ in range(20):
        _ask(url, source, "GET", "/socket.io/?EIO=4&transport=polling")


def many_subscriptions(url, chance, source):
    """Subscribe to everything, again and again."""
    with _stranger(url, source) as stranger:
        stranger.send(frame(b'42["subscribe",{"chart":"steady","points":100000}]') * FLOOD)
        stranger.read(0.05)


def answers_of_all_kinds(url, chance, source):
    """Read, and ask for ever other parts of the history, in ever other numbers of points."""
    with _stranger(url, source) as stranger:
        for _ in range(20):
            points, offset = chance.randrange(2, 10**6), chance.randrange(10**5)
            since = f',"since":{{"epoch":"00000000","offset":{offset}}}' if offset % 2 else ""
            body = f'42["subscribe",{{"chart":"steady","points":{points}{since}}}]'
            stranger.send(frame(body.encode()))
            stranger.read(0.005)


def a_flood_of_events(url, chance, source):
    """Send events that nobody knows, packets that nobody waits for, and pings."""
    words = chance.choice(
        [
            frame(b'42["nonsense",1,2,3]'),
            frame(b'427["unsubscribe",{"chart":"steady"}]'),
            frame(b"3"),
            frame(b"", PONG),
            frame(b"x" * 125, PING),
            frame(b"40"),
        ]
    )
    with _stranger(url, source) as stranger:
        stranger.send(words * FLOOD)
        stranger.read(0.02)


def a_message_that_is_large(url, chance, source):
    """Send a megabyte, in one frame or in small ones, as text or as bytes."""
    opcode = chance.choice([1, BINARY])
    payload = b"4" * MEGABYTE
    with _stranger(url, source) as stranger:
        whole = frame(payload, opcode)
        stranger.send(whole if chance.random() < 0.5 else fragments(payload, 1_000, opcode))


def a_length_that_is_a_lie(url, chance, source):
    """Say that an exabyte follows."""
    with _stranger(url, source) as stranger:
        stranger.send(frame(b"4", length=chance.choice([1 << 60, 1 << 63, (1 << 64) - 1])))
        stranger.read(0.02)


def a_deflate_bomb(url, chance, source):
    """Offer to deflate, and send what inflates to a hundred megabytes."""
    with _stranger(url, source, headers=DEFLATE) as stranger:
        assert "permessage-deflate" not in stranger.head.lower()
        stranger.send(frame(BOMB, bits=FINAL | RSV1))
        stranger.read(0.02)


def words_that_are_no_packets(url, chance, source):
    """Send what Socket.IO, Engine.IO or WebSocket do not know."""
    with _stranger(url, source) as stranger:
        words = [b"42{", b"9", b"", b"48", b"0{}", b"4\xff", b'451000-["x"]', b'42["connect",{}]']
        stranger.send(frame(chance.choice(words)))
        stranger.read(0.02)


def requests_for_nothing(url, chance, source):
    """Ask for pages that are not there, and with heads that nobody sends."""
    for _ in range(10):
        path = chance.choice(["/../../etc/passwd", "/%00", "/" + "a" * 9_000, "/api/charts/%2e%2e"])
        _ask(url, source, chance.choice(["GET", "POST", "PUT", "\x00", "G" * 300]), path)


def a_body_that_never_comes(url, chance, source):
    """Announce a body, send a part of it, and go."""
    with _open(url, source) as sock:
        head = f"POST /socket.io/?EIO=4&transport=polling&sid=x HTTP/1.1\r\nHost: {netloc(url)}\r\n"
        _send(sock, head.encode() + b"Content-Length: 1000000000\r\n\r\nxyz")


ATTACKS = [
    half_a_handshake,
    a_reset_at_once,
    no_connect,
    a_session_of_polls,
    many_subscriptions,
    answers_of_all_kinds,
    a_flood_of_events,
    a_message_that_is_large,
    a_length_that_is_a_lie,
    a_deflate_bomb,
    words_that_are_no_packets,
    requests_for_nothing,
    a_body_that_never_comes,
]
DEFLATE = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"


def _bomb():
    packer = zlib.compressobj(9, wbits=-15)
    packed = b"".join(packer.compress(bytes(MEGABYTE)) for _ in range(100))
    return (packed + packer.flush(zlib.Z_SYNC_FLUSH)).removesuffix(b"\x00\x00\xff\xff")


BOMB = _bomb()


def _stranger(url, source, hello=HELLO, headers=""):
    return Stranger(url, hello, headers=headers, source=source)


def _open(url, source):
    sock = connect(url, source=source)
    sock.settimeout(LIMIT_S)
    return sock


def _send(sock, data):
    with contextlib.suppress(ConnectionError):
        sock.sendall(data)


def _reset(sock):
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def _ask(url, source, method, path):
    with _open(url, source) as sock:
        head = f"{method} {path} HTTP/1.1\r\nHost: {netloc(url)}\r\nConnection: close\r\n\r\n"
        _send(sock, head.encode())
        with contextlib.suppress(ConnectionError):
            sock.recv(4096)
