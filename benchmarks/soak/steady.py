"""The healthy viewers: they stay throughout, and must receive every tick."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.soak.ledger import Delays, Ledger
from benchmarks.soak.poller import Poller
from benchmarks.soak.talk import Decoder, Talk
from benchmarks.soak.viewer import Address, Ended, Viewer

CHARTS = ("calm", "busy")
# One in so many polls, on the calm chart.
POLLING_SHARE = 25
JOIN_PAUSE_S = 0.02
BACK_AFTER_S = 0.5
# What a round trip would take elsewhere.
POLL_PAUSE_S = 0.1
STOP_LIMIT_S = 15.0


@dataclass
class Member:
    """One who stays: what it has received, and over what."""

    talk: Talk
    is_polling: bool
    viewer: Viewer | None = None


class Steady:
    """Keeps viewers connected, half of them on each chart; one that is cut comes back at once.

    Attributes:
        delays: of those with a WebSocket; what polls waits for its own round trips.
        faults: what should not have happened, in words.
    """

    def __init__(self, address: Address, decoder: Decoder, n: int) -> None:
        self.delays = Delays()
        self.faults: list[str] = []
        self._address = address
        self._is_over = False
        self._tasks: list[asyncio.Task[None]] = []
        self._members = [self._member(decoder, number) for number in range(n)]

    def _member(self, decoder: Decoder, number: int) -> Member:
        is_polling = number % POLLING_SHARE == POLLING_SHARE - 1
        chart = CHARTS[0] if is_polling else CHARTS[number % len(CHARTS)]
        ledger = Ledger(None if is_polling else self.delays)
        return Member(Talk(decoder, ledger, chart), is_polling)

    async def join(self) -> None:
        """Let all join, one after the other; they stay until `leave`.

        Raises:
            Ended: one of them cannot.
        """
        for member in self._members:
            stay = self._poll if member.is_polling else self._watch
            self._tasks.append(asyncio.create_task(stay(member)))
            await asyncio.sleep(JOIN_PAUSE_S)
        async with asyncio.timeout(STOP_LIMIT_S):
            while not all(member.talk.is_joined for member in self._members):
                if self.faults:
                    raise Ended(self.faults[0])
                await asyncio.sleep(JOIN_PAUSE_S)

    def watchers(self) -> Mapping[str, int]:
        """Return how many watch each chart."""
        charts = [member.talk.chart for member in self._members]
        return {chart: charts.count(chart) for chart in CHARTS}

    async def until_told(self) -> None:
        """Wait, once the server stops, until it has ended all sessions."""
        self._is_over = True
        async with asyncio.timeout(STOP_LIMIT_S):
            await asyncio.gather(*self._tasks)

    async def leave(self) -> None:
        """End all tasks that still run."""
        self._is_over = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def figures(self) -> dict[str, Any]:
        """Return what they have received: sums over all of them, and what is due to them."""
        ledgers = [member.talk.ledger for member in self._members]
        newest = dict.fromkeys(CHARTS, 0)
        for member in self._members:
            at = member.talk.ledger.offset
            newest[member.talk.chart] = max(newest[member.talk.chart], at)
        due = sum(
            newest[member.talk.chart] - member.talk.ledger.joined_at for member in self._members
        )
        web = [member for member in self._members if not member.is_polling]
        return {
            "viewers": len(self._members),
            "polling": len(self._members) - len(web),
            "due": due,
            "received": sum(ledger.received for ledger in ledgers),
            "lost": sum(ledger.missed + ledger.reduced + ledger.restarts for ledger in ledgers),
            "cuts": len(self.faults),
            "longest_wait_ms": self.delays.longest_wait_ms,
            "frames": self.delays.by_ms.total(),
            "frames_above_250_ms": self.delays.count_above(250),
            "p50_ms": self.delays.percentile_ms(0.5),
            "p99_ms": self.delays.percentile_ms(0.99),
            "p999_ms": self.delays.percentile_ms(0.999),
            "longest_delay_ms": self.delays.percentile_ms(1.0),
            "websockets": len(web),
            "told_to_stop": sum(member.talk.is_told_to_stop for member in self._members),
            "close_frames": sum(
                member.viewer is not None and member.viewer.close_code is not None for member in web
            ),
        }

    async def _watch(self, member: Member) -> None:
        while not self._is_over:
            try:
                member.viewer = await Viewer.connect(self._address, member.talk)
                await member.viewer.join()
                await member.viewer.gone.wait()
                self._note(f"a healthy viewer was cut off: {member.viewer.end}")
            except (Ended, OSError) as error:
                self._note(f"a healthy viewer could not stay: {error}")
            finally:
                if member.viewer is not None:
                    member.viewer.cut()
            await asyncio.sleep(0 if self._is_over else BACK_AFTER_S)

    async def _poll(self, member: Member) -> None:
        while not self._is_over:
            poller = Poller(self._address, member.talk)
            try:
                await poller.open()
                while True:
                    await poller.poll()
                    await asyncio.sleep(POLL_PAUSE_S)
            except (Ended, OSError) as error:
                self._note(f"a healthy viewer that polls was cut off: {error}")
            finally:
                poller.close()
            await asyncio.sleep(0 if self._is_over else BACK_AFTER_S)

    def _note(self, fault: str) -> None:
        if not self._is_over:
            self.faults.append(fault)
