"""Those who send what no viewer sends: malformed at each layer, too much, or too slowly.

How each is answered is for the tests to judge; here they only must not disturb anybody.
"""

import asyncio
from random import Random

from benchmarks.soak.http_line import HttpLine
from benchmarks.soak.poller import PATH, Poller
from benchmarks.soak.viewer import Ended, Viewer
from benchmarks.soak.visits import Ground, joined
from benchmarks.soak.websocket import PING, masked

# Packets of Engine.IO and Socket.IO that are none, or that only a server may send.
PACKETS = (
    *(b"9", b"x", b"4", b"49", b"42", b"42[", b"42{}", b"42[1]", b"42[]", b"bAAAA", b"0{}"),
    *(b'42["connect",{}]', b'42["disconnect"]', b'42["nobody",1]', b'42["subscribe",NaN]'),
    *(b'42["subscribe",{"chart":5}]', b'42["subscribe",{"since":{"epoch":1,"offset":-1}}]'),
    *(b'42/admin,["subscribe"]', b"40/admin,", b'4599999999-["subscribe"]', b"41/admin,"),
    *(b'451-["subscribe",{"_placeholder":true,"num":0}]', b"42" + b"[" * 2_000, b"4" * 12_000),
    b'42["subscribe",{"chart":"' + b"x" * 8_000 + b'"}]',
)
# Frames that break RFC 6455.
FRAMES = (
    b"\xc1\x80\0\0\0\0",  # a reserved bit
    b"\x83\x80\0\0\0\0",  # a reserved opcode
    b"\x81\x012",  # not masked
    b"\x80\x80\0\0\0\0",  # goes on with what never began
    b"\x09\x80\0\0\0\0",  # a ping in fragments
    b"\x81\xff\x40" + bytes(7) + bytes(4),  # 2^62 bytes announced
    b"\x88\x81\0\0\0\0\x03",  # a close with half a code
    masked(b"\xff\xfe\xfd"),  # no UTF-8
    masked(b"x" * 200, PING),  # a ping that is too long
)
REQUESTS = (
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(64),  # TLS
    b"GET\r\n\r\n",
    b"GET / HTTP/9.9\r\n\r\n",
    b"GET /../../../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /%00%ff%0d%0aX: y HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 100_000 + b"\r\n\r\n",
    b"POST /api/charts HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"GET /socket.io/?EIO=3&transport=polling HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /socket.io/?EIO=4&transport=polling&sid=nobody HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\n"
    b"Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
)
ANSWER_LIMIT_S = 3.0
SLOW_LIMIT_S = 20.0
FLOOD_PACKETS = 500


async def send_rubbish(ground: Ground, chance: Random) -> None:
    """Join, then send what makes no sense."""
    async with joined(ground, ground.talk(chance)) as viewer:
        is_packet = chance.random() < 0.6
        viewer.send(masked(chance.choice(PACKETS)) if is_packet else chance.choice(FRAMES))
        await _watch_the_end(ground, viewer, "rubbish on a WebSocket")


async def post_rubbish(ground: Ground, chance: Random) -> None:
    """Poll, then post what makes no sense, and be heard of no more."""
    talk = ground.talk(chance, chart="calm")
    poller, line = Poller(ground.address, talk), HttpLine(ground.address)
    try:
        await poller.open()
        body = chance.choice((*PACKETS, b"x" * 200_000))
        answer = await line.request("POST", f"{PATH}&sid={talk.sid}", body, limit_s=ANSWER_LIMIT_S)
        ground.tally[f"rubbish posted: answered {answer.status}"] += 1
    except TimeoutError:
        ground.tally["rubbish posted: not answered"] += 1
    except (OSError, ValueError):
        ground.tally["rubbish posted: cut off"] += 1
    finally:
        line.close()
        poller.close()


async def request_rubbish(ground: Ground, chance: Random) -> None:
    """Send what is no request, or an odd one."""
    data = await _exchange(ground, chance.choice(REQUESTS), ANSWER_LIMIT_S)
    status = data[9:12].decode("latin-1") if data.startswith(b"HTTP/1.") else "nothing"
    ground.tally[f"odd requests: answered {status}"] += 1


async def request_slowly(ground: Ground, chance: Random) -> None:
    """Begin a request, or its body, and never go on."""
    begun = chance.choice(
        (
            b"GET / HT",
            b"GET / HTTP/1.1\r\nHost: x\r\nX-Half: ",
            b"POST /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\n"
            b"Content-Length: 100\r\n\r\nab",
        )
    )
    data = await _exchange(ground, begun, SLOW_LIMIT_S)
    ground.tally["slow requests " + ("left open" if data == b"open" else "ended")] += 1


async def flood(ground: Ground, chance: Random) -> None:
    """Join, then say far more than a viewer has to say."""
    async with joined(ground, ground.talk(chance)) as viewer:
        packet = chance.choice(
            (masked(viewer.talk.subscribe(since=True)), masked(b"3"), masked(b"x", PING))
        )
        viewer.send(packet * FLOOD_PACKETS)
        await _watch_the_end(ground, viewer, "floods")


async def _watch_the_end(ground: Ground, viewer: Viewer, what: str) -> None:
    """Count whether the server ends the session, and how."""
    try:
        await viewer.until(viewer.gone.is_set, "the end", ANSWER_LIMIT_S)
        ground.tally[f"{what}: {viewer.end}"] += 1
    except Ended:
        ground.tally[f"{what}: borne"] += 1


async def _exchange(ground: Ground, data: bytes, limit_s: float) -> bytes:
    """Send bytes; return what begins the answer, empty at the end, `open` after the limit."""
    reader, writer = await asyncio.open_connection(ground.address.host, ground.address.port)
    try:
        writer.write(data)
        async with asyncio.timeout(limit_s):
            return await reader.read(64)
    except TimeoutError:
        return b"open"
    except ConnectionError:
        return b""
    finally:
        writer.transport.abort()
