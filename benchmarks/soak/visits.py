"""What those do who come and go: each visit begins with nothing and leaves nothing of ours."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from random import Random

from benchmarks.soak.http_line import HttpLine
from benchmarks.soak.ledger import Ledger
from benchmarks.soak.poller import Poller
from benchmarks.soak.steady import CHARTS
from benchmarks.soak.talk import PONG, Decoder, Talk
from benchmarks.soak.viewer import Address, Ended, Viewer

# Small, so that what does not fit waits in the server and not in the kernel.
STALLED_RECEIVE_BYTES = 4_096
# So many answers of the whole history fill the kernel's buffers for one connection.
FILLING_ANSWERS = 8
PONG_INTERVAL_S = 2.0
BACK_IN_TIME_S = 5.0
EVICTION_NOTICED_S = 5.0
PAGES = (
    *("/", "/calm", "/busy", "/classic", "/healthz", "/readyz", "/nothing-there"),
    *("/api/charts", "/api/charts/calm", "/api/charts/busy/ticks?points=500"),
    *("/api/charts/calm/ticks?format=csv", "/api/charts/busy/ticks?format=csv&points=100"),
    *("/api/charts/none/ticks", "/api/charts/calm/ticks?points=all"),
)


@dataclass
class Ground:
    """Where visits take place, and what all of them count into.

    `ledgers` are of visits that are over; `faults` say in words what should not have happened.
    """

    address: Address
    decoder: Decoder
    evict_after_s: float
    tally: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def talk(self, chance: Random, ledger: Ledger | None = None, chart: str = "") -> Talk:
        """Return a viewer's side of a session, of any chart unless one is named."""
        return Talk(self.decoder, ledger or Ledger(), chart or chance.choice(CHARTS))

    def close_books(self, ledger: Ledger) -> None:
        """Count what a viewer had received when it left for good."""
        self.tally["ticks received by others"] += ledger.received
        self.tally["ticks reduced for others"] += ledger.reduced
        self.tally["positions too old"] += ledger.restarts
        self.tally["ticks lost by others"] += ledger.missed


Visit = Callable[[Ground, Random], Awaitable[None]]


@asynccontextmanager
async def joined(
    ground: Ground, talk: Talk, *, receive_bytes: int = 0, is_back: bool = False
) -> AsyncIterator[Viewer]:
    """Give a viewer that has joined; it is cut off at the end if it is still there."""
    viewer = await Viewer.connect(ground.address, talk, receive_bytes=receive_bytes)
    try:
        await viewer.join()
        ground.tally["returns" if is_back else "joins"] += 1
        yield viewer
    finally:
        viewer.cut()


async def come_and_go(ground: Ground, chance: Random) -> None:
    """Watch for some seconds; leave properly, by a reset, or without a word."""
    talk = ground.talk(chance)
    async with joined(ground, talk) as viewer:
        await asyncio.sleep(chance.uniform(1, 20))
        way = chance.choice(("properly", "by a reset", "without a word"))
        if way == "properly":
            await viewer.leave()
        elif way == "by a reset":
            viewer.reset()
    ground.tally[f"left {way}"] += 1
    ground.close_books(talk.ledger)


async def come_back(ground: Ground, chance: Random) -> None:
    """Lose the connection now and then, and go on from the position each time."""
    ledger, chart = Ledger(), chance.choice(CHARTS)
    for turn in range(chance.randint(2, 4)):
        talk = ground.talk(chance, ledger, chart)
        async with joined(ground, talk, is_back=turn > 0) as viewer:
            await asyncio.sleep(chance.uniform(1, 8))
            viewer.reset()
        # Now and then for longer than the busy chart's history lasts.
        await asyncio.sleep(chance.uniform(22, 30) if chance.random() < 0.1 else chance.random())
    ground.close_books(ledger)


async def poll(ground: Ground, chance: Random) -> None:
    """Poll for some seconds, at the pace of a distant network; leave properly or vanish."""
    talk = ground.talk(chance, chart="calm")
    poller = Poller(ground.address, talk)
    try:
        await _poll_for(poller, chance, chance.uniform(2, 15))
        ground.tally["joins by polling"] += 1
        if chance.random() < 0.7:
            await poller.leave()
        else:
            ground.tally["pollers vanished"] += 1
    finally:
        poller.close()
    ground.close_books(talk.ledger)


async def upgrade(ground: Ground, chance: Random) -> None:
    """Poll first, then change over to a WebSocket, and watch for some seconds."""
    talk = ground.talk(chance)
    poller = Poller(ground.address, talk)
    try:
        await _poll_for(poller, chance, chance.uniform(0.2, 2))
        viewer = await poller.upgrade()
    finally:
        poller.close()
    try:
        ground.tally["upgrades"] += 1
        await asyncio.sleep(chance.uniform(1, 15))
        await viewer.leave()
    finally:
        viewer.cut()
    ground.close_books(talk.ledger)


async def stall(ground: Ground, chance: Random) -> None:
    """Read nothing for a while that the server bears; then it must all come, in time."""
    talk = ground.talk(chance)
    async with joined(ground, talk, receive_bytes=STALLED_RECEIVE_BYTES) as viewer:
        _fill(viewer)
        await asyncio.sleep(chance.uniform(0.2, 0.6) * ground.evict_after_s)
        viewer.read_on()
        ground.tally["stalls borne"] += 1
        await asyncio.sleep(BACK_IN_TIME_S)
        if viewer.gone.is_set():
            ground.faults.append(f"one that stalled for a while was cut off: {viewer.end}")
        else:
            await viewer.leave()
    ground.close_books(talk.ledger)


async def stall_for_good(ground: Ground, chance: Random) -> None:
    """Read nothing for longer than the server bears; some say all the while that they live."""
    # On the chart whose history is full from the start: its answers are large.
    talk = ground.talk(chance, chart="busy")
    says_pong = chance.random() < 0.5
    async with joined(ground, talk, receive_bytes=STALLED_RECEIVE_BYTES) as viewer:
        _fill(viewer)
        loop = asyncio.get_running_loop()
        until_s = loop.time() + ground.evict_after_s + chance.uniform(4, 10)
        while loop.time() < until_s:
            await asyncio.sleep(PONG_INTERVAL_S)
            if says_pong:
                viewer.say(PONG)
        viewer.read_on()
        try:
            await viewer.until(viewer.gone.is_set, "the end", EVICTION_NOTICED_S)
            ground.tally["evicted"] += 1
        except Ended:
            ground.faults.append("one that took nothing for too long was not evicted")
        ground.tally["stalls for good"] += 1


async def request(ground: Ground, chance: Random) -> None:
    """Ask for pages, data and what is not there, over one connection."""
    line = HttpLine(ground.address)
    try:
        for _ in range(chance.randint(1, 10)):
            path = chance.choice(PAGES)
            answer = await line.request("GET", path)
            ground.tally["requests"] += 1
            if answer.status >= 500:
                ground.faults.append(f"GET {path} was answered {answer.status}")
            await asyncio.sleep(chance.uniform(0.1, 1))
    finally:
        line.close()


async def _poll_for(poller: Poller, chance: Random, time_s: float) -> None:
    """Join, and poll at least for so long."""
    loop = asyncio.get_running_loop()
    await poller.open()
    until_s = loop.time() + time_s
    while loop.time() < until_s or not poller.talk.is_joined:
        await poller.poll()
        await asyncio.sleep(chance.uniform(0.05, 0.4))


def _fill(viewer: Viewer) -> None:
    """Stall with so many answers under way that the kernel takes no more."""
    viewer.stall()
    for _ in range(FILLING_ANSWERS):
        viewer.say(viewer.talk.subscribe(since=False))
