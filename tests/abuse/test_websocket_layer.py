"""What breaks the WebSocket protocol, or goes too far: each is told so, and nobody else notices."""

import contextlib

import pytest
import requests
from bystander import TIMES
from client_frames import FINAL, RSV1, RSV2, RSV3, fragments, frame
from hard_viewer import LIMIT_S, STRANGER, connect, handshake
from recorder import until
from stranger import Stranger, netloc
from strict_parser import BINARY, CLOSE, CONTINUATION, PING, PONG, Frames

MESSAGE_BYTES = 2_000
BURST = 20
LIMITS = (f"--message-bytes={MESSAGE_BYTES}", f"--message-burst={BURST}")
MEGABYTE = 1_000_000


def close(code, reason=b""):
    return frame(code.to_bytes(2, "big") + reason, CLOSE)


VIOLATIONS = {
    1002: {
        "rsv1": frame(b"3", bits=FINAL | RSV1),
        "rsv2": frame(b"3", bits=FINAL | RSV2),
        "rsv3": frame(b"3", bits=FINAL | RSV3),
        "opcode 3": frame(b"3", 3),
        "opcode 11": frame(b"", 11),
        "unmasked": frame(b"3", mask=b""),
        "long ping": frame(b"x" * 126, PING),
        "ping in fragments": frame(b"x", PING, bits=0),
        "continuation of nothing": frame(b"x", CONTINUATION),
        "message within a message": frame(b"4", bits=0) + frame(b"3"),
        "length in too many bytes": frame(b"3", width=8),
        "close of one byte": frame(b"\x03", CLOSE),
        "close 1005": close(1005),
        "close 999": close(999),
    },
    1003: {
        "binary": frame(b"3", BINARY),
        "binary in fragments": fragments(b"4" * 10, 3, BINARY),
    },
    1007: {
        "no utf-8": frame(b"4\xff"),
        "no utf-8 in fragments": fragments(b"4\xc3\x28", 2),
        "no utf-8 at the end": frame(b"4\xc3"),
        "no utf-8 in a close": close(1000, b"\xff"),
    },
    1008: {
        "pings": frame(b"x", PING) * (3 * BURST),
        "pongs": frame(b"", PONG) * (3 * BURST),
        "messages": frame(b"3") * (3 * BURST),
        "empty fragments": frame(b"", bits=0) + frame(b"", CONTINUATION, bits=0) * (3 * BURST),
    },
    1009: {
        "large": frame(b"4" * (MESSAGE_BYTES + 1)),
        "large in fragments": fragments(b"4" * (MESSAGE_BYTES + 1), 500),
        "announced": frame(b"", length=1 << 62),
        "a megabyte": frame(b"4" * MEGABYTE),
    },
}
CASES = [
    pytest.param(code, data, id=f"{code} {name}")
    for code, many in VIOLATIONS.items()
    for name, data in many.items()
]


@pytest.fixture
def server(serve):
    return serve(*LIMITS)


@pytest.mark.parametrize("fan_out", ["direct", "ordinary"])
def test_each_violation_is_closed_with_its_code(serve, watched, fan_out):
    server = serve(*LIMITS, f"--fan-out={fan_out}")
    wrong = []
    with watched(server):
        for case in TIMES * CASES:
            code, data = case.values
            with Stranger(server.url).connected() as stranger:
                stranger.send(data)
                is_ended = stranger.is_ended()
                if stranger.close_code != code or not is_ended:
                    wrong.append(f"{case.id}: {stranger.close_code}, ended: {is_ended}")

    assert wrong == []


def test_each_kind_of_violation_is_counted_and_told_once(server):
    for code in VIOLATIONS:
        for data in VIOLATIONS[code].values():
            with Stranger(server.url).connected() as stranger:
                stranger.send(data)
                stranger.is_ended()
    # With all that it has to say.
    server.stop()

    told = [line for line in server.process.stderr_lines if "refused (" in line]
    for kind in ("bad_websocket", "binary", "bad_utf8", "too_fast", "too_large"):
        lines = [line for line in told if f"({kind})" in line]
        assert lines, told
        assert STRANGER in lines[0]
        assert len(lines) <= 2


def test_a_close_is_answered_with_its_code(server):
    for code in (1000, 1001, 3000, 4999):
        with Stranger(server.url).connected() as stranger:
            stranger.send(close(code, b"so long"))

            assert stranger.is_ended()
            assert stranger.close_code == code


def test_a_ping_is_answered_in_the_middle_of_a_message(server):
    with Stranger(server.url).connected() as stranger:
        message = b'421["subscribe",{"chart":"steady"}]'
        stranger.send(frame(message[:9], bits=0) + frame(b"alive", PING))
        assert stranger.read_until(lambda: stranger.pongs == [b"alive"])

        stranger.send(frame(message[9:], CONTINUATION))

        assert stranger.answer(1) is not None


def test_the_largest_message_that_is_allowed_is_read(server):
    with Stranger(server.url).connected() as stranger:
        said = '421["subscribe",{"chart":"steady","x":"' + "é" * 100
        said += "x" * (MESSAGE_BYTES - len(said.encode()) - 3) + '"}]'
        assert len(said.encode()) == MESSAGE_BYTES

        stranger.send(frame(said.encode()))

        assert stranger.answer(1) is not None


def test_one_byte_at_a_time_is_as_good(server):
    with Stranger(server.url).connected() as stranger:
        for byte in frame('421["subscribe",{"chart":"steady","x":"é"}]'.encode()):
            stranger.send(bytes([byte]))

        assert stranger.answer(1) is not None


def test_who_does_not_leave_when_told_to_is_cut_off(server, watched):
    with watched(server):
        for _ in range(TIMES):
            with contextlib.closing(connect(server.url, source=STRANGER)) as sock:
                handshake(sock, server.url)
                sock.sendall(frame(b"", 3))

                until(lambda sock=sock: not is_taken(sock, b"x" * 1_000), "the cut")


def is_taken(sock, data):
    """Return whether a connection takes more."""
    try:
        sock.sendall(data)
    except ConnectionError:
        return False
    return True


def test_a_flood_of_whatever_after_the_end_is_not_noticed(server, watched):
    with watched(server):
        for _ in range(5):
            with Stranger(server.url).connected() as stranger:
                stranger.send(frame(b"", 3) + b"x" * (2 * MEGABYTE))


def test_the_raw_websocket_is_held_to_the_same(server, watched):
    wrong = []
    with watched(server):
        for case in TIMES * CASES:
            code, data = case.values
            with contextlib.closing(connect(server.url, source=STRANGER)) as sock:
                got = close_code_of_publish(sock, server, data)
                if got != code:
                    wrong.append(f"{case.id}: {got}")

    assert wrong == []


def close_code_of_publish(sock, server, data):
    """Send `data` on `/publish`; return the code of the close frame that comes."""
    said = "".join(f"{name}: {text}\r\n" for name, text in HANDSHAKE.items())
    head = f"GET /publish?chart=steady HTTP/1.1\r\nHost: {netloc(server.url)}\r\n{said}\r\n"
    sock.sendall(head.encode())
    came = b""
    while not came.endswith(b"\r\n\r\n"):
        came += sock.recv(1)
    frames = Frames()
    with contextlib.suppress(ConnectionError):
        sock.sendall(data)
        while more := sock.recv(65_536):
            frames.feed(more)
    return frames.close_code


HANDSHAKE = {
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}


NO_HANDSHAKES = [
    (426, {"Sec-WebSocket-Version": "8"}),
    (426, {"Sec-WebSocket-Version": None}),
    (400, {"Sec-WebSocket-Key": None}),
    (400, {"Sec-WebSocket-Key": "short"}),
    (400, {"Sec-WebSocket-Key": "!Ghl$HNhbXBsZSBub25jZQ=="}),
]


@pytest.mark.parametrize("path", ["/socket.io/?EIO=4&transport=websocket", "/publish"])
def test_what_is_no_handshake_is_refused_in_json(server, path):
    for status, changes in NO_HANDSHAKES:
        fields = HANDSHAKE | changes
        headers = {name: text for name, text in fields.items() if text is not None}

        answer = requests.get(server.url + path, headers=headers, timeout=LIMIT_S)

        assert answer.status_code == status, changes
        assert "expected" in answer.json()["error"]
        if status == 426:
            assert answer.headers["Sec-WebSocket-Version"] == "13"
