"""The course of a soak: who is there when, and when the server is looked at."""

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from benchmarks.processes import RunFailed
from benchmarks.soak.crowd import Crowd
from benchmarks.soak.record import Look, Record, Rest, Sample
from benchmarks.soak.sources import INSIDES_INTERVAL_S
from benchmarks.soak.steady import Steady
from benchmarks.soak.talk import Decoder
from benchmarks.soak.viewer import Ended
from benchmarks.soak.visits import Ground
from benchmarks.soak.watched_server import EVICT_AFTER_S, WatchedServer

SAMPLE_INTERVAL_S = 10.0
EARLY_S = 300.0
# A viewer that polled and vanished is there until it has not answered a ping.
SETTLE_LIMIT_S = 90.0
SETTLE_INTERVAL_S = 2.0
# What the server told of its greenlets before the rest is not looked at.
STALE_S = INSIDES_INTERVAL_S + 1.0
REST_S = 14.0
REST_LOOKS = 7
LAG_INTERVAL_S = 0.02
JOINS = ("joins", "returns", "joins by polling", "upgrades")
FAULTS_KEPT = 50


@dataclass
class Lag:
    """How long the load itself did not come to read, at the longest."""

    longest_ms: float = 0.0
    since_sample_ms: float = 0.0

    async def watch(self) -> None:
        """Look at the clock for ever."""
        while True:
            due_s = time.monotonic() + LAG_INTERVAL_S
            await asyncio.sleep(LAG_INTERVAL_S)
            late_ms = (time.monotonic() - due_s) * 1000
            self.longest_ms = max(self.longest_ms, late_ms)
            self.since_sample_ms = max(self.since_sample_ms, late_ms)


@dataclass
class Course:
    """Leads one soak from the first viewer to the server's end, and keeps the `record`."""

    server: WatchedServer
    record: Record
    save: Callable[[Record], None]
    say: Callable[[str], None]
    lag: Lag = field(default_factory=Lag)

    def __post_init__(self) -> None:
        decoder, address, viewers = Decoder(), self.server.address, self.record.viewers
        self._decoder = decoder
        self._steady = Steady(address, decoder, viewers - viewers // 2)
        self._ground = Ground(address, decoder, EVICT_AFTER_S)
        self._crowd = Crowd(self._ground, viewers // 2, self.record.seed)
        self._began_s = time.monotonic()

    async def run(self) -> None:
        """Run to the end; what goes wrong on the way is in the record, and ends it."""
        lag = asyncio.create_task(self.lag.watch())
        try:
            await self._steady.join()
            await self._rest("start")
            length_s = self.record.minutes * 60
            await self._soak("early", min(EARLY_S, length_s / 3))
            await self._soak("end", length_s)
            await self._stop()
        except (Ended, OSError, RunFailed) as error:
            self._ground.faults.append(f"the soak ended before its time: {error}")
        finally:
            lag.cancel()
            await self._crowd.go_home()
            await self._steady.leave()
            self._note_all()
            self.save(self.record)

    async def _soak(self, name: str, until_s: float) -> None:
        """Let the crowd come until then, send it home, and look at what is left."""
        self._crowd.come()
        due_s = self._at_s()
        while (due_s := due_s + SAMPLE_INTERVAL_S) < until_s:
            await asyncio.sleep(due_s - self._at_s())
            await self._sample(is_rest=False)
        await asyncio.sleep(max(0.0, until_s - self._at_s()))
        await self._crowd.go_home()
        await self._rest(name)

    async def _rest(self, name: str) -> None:
        """Wait until only the healthy are there, then look at the server for some seconds."""
        began_s, start = self._at_s(), self.record.rest("start")
        while (settled_s := self._at_s() - began_s) < SETTLE_LIMIT_S:
            look = await self.server.look()
            is_alone = look.viewers == self._steady.watchers()
            if is_alone and (start is None or look.descriptors <= start.descriptors):
                break
            await asyncio.sleep(SETTLE_INTERVAL_S)
        await asyncio.sleep(STALE_S)
        looks: list[Look] = []
        for _ in range(REST_LOOKS):
            await asyncio.sleep(REST_S / REST_LOOKS)
            looks.append(await self._sample(is_rest=True))
        self.record.rests.append(Rest.of(name, self._at_s(), settled_s, looks))
        self.record.metrics[name] = await self.server.metrics()
        self.say(f"at rest ({name}): {self.record.rests[-1]}")

    async def _sample(self, *, is_rest: bool) -> Look:
        look = await self.server.look()
        figures = self._steady.figures()
        sample = Sample(
            at_s=round(self._at_s(), 1),
            is_rest=is_rest,
            look=look,
            load_cpu_s=time.process_time(),
            load_lag_ms=round(self.lag.since_sample_ms, 1),
            received=figures["received"],
            lost=figures["lost"],
            joins=sum(self._ground.tally[name] for name in JOINS),
        )
        self.lag.since_sample_ms = 0.0
        self.record.samples.append(sample)
        self._note_all()
        self.save(self.record)
        self.say(
            f"{sample.at_s:6.0f} s: {look.rss_mb:.1f} MB, {look.descriptors} descriptors,"
            f" {look.greenlets} greenlets, {sum(look.viewers.values())} viewers,"
            f" {sample.joins:,} joins, {sample.received:,} ticks, {sample.lost} lost,"
            f" longest wait {figures['longest_wait_ms']:.0f} ms"
        )
        return look

    async def _stop(self) -> None:
        """End the server under its healthy viewers, as a platform does."""
        stop = asyncio.create_task(self.server.stop())
        try:
            await self._steady.until_told()
        except TimeoutError:
            self._ground.faults.append("SIGTERM: not all sessions ended")
        self.record.stop = await stop

    def _note_all(self) -> None:
        """Bring what others keep into the record."""
        record = self.record
        record.steady = self._steady.figures() | {
            "wrong": self._decoder.wrong,
            "load_lag_ms": self.lag.longest_ms,
        }
        record.tally = dict(sorted(self._ground.tally.items()))
        faults = Counter([*self._steady.faults, *self._ground.faults])
        record.faults = dict(faults.most_common(FAULTS_KEPT))

    def _at_s(self) -> float:
        return time.monotonic() - self._began_s


async def run_until_asked(course: Course, is_asked: asyncio.Event) -> None:
    """Run a course; end it before its time when that is asked for."""
    run, asked = asyncio.create_task(course.run()), asyncio.create_task(is_asked.wait())
    await asyncio.wait([run, asked], return_when=asyncio.FIRST_COMPLETED)
    asked.cancel()
    run.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await run
