"""The crowd: so many places, each with one visit after the other, until all are sent home."""

import asyncio
from random import Random

from benchmarks.soak.rubbish import (
    flood,
    post_rubbish,
    request_rubbish,
    request_slowly,
    send_rubbish,
)
from benchmarks.soak.viewer import Ended
from benchmarks.soak.visits import (
    Ground,
    Visit,
    come_and_go,
    come_back,
    poll,
    request,
    stall,
    stall_for_good,
    upgrade,
)

# How often each is chosen, out of their sum.
VISITS: dict[Visit, int] = {
    come_and_go: 36,
    come_back: 16,
    poll: 8,
    upgrade: 10,
    stall: 8,
    stall_for_good: 4,
    request: 10,
    send_rubbish: 6,
    post_rubbish: 2,
    request_rubbish: 3,
    request_slowly: 1,
    flood: 1,
}
# So that not all come at the same moment.
FIRST_WITHIN_S = 10.0
PAUSE_S = (0.2, 3.0)


class Crowd:
    """Keeps `places` busy with visits chosen by chance, the same ones for the same `seed`."""

    def __init__(self, ground: Ground, places: int, seed: int) -> None:
        self._ground = ground
        self._chances = [Random(f"{seed}/{place}") for place in range(places)]
        self._tasks: list[asyncio.Task[None]] = []

    def come(self) -> None:
        """Let visits begin."""
        self._tasks = [asyncio.create_task(self._keep_coming(one)) for one in self._chances]

    async def go_home(self) -> None:
        """End all visits, wherever they are: connections are cut."""
        for task in self._tasks:
            task.cancel()
        for result in await asyncio.gather(*self._tasks, return_exceptions=True):
            if isinstance(result, Exception):
                self._ground.faults.append(f"the load itself failed: {result!r}")
        self._tasks = []

    async def _keep_coming(self, chance: Random) -> None:
        await asyncio.sleep(chance.uniform(0, FIRST_WITHIN_S))
        while True:
            visit = chance.choices(list(VISITS), list(VISITS.values()))[0]
            try:
                await visit(self._ground, chance)
            except (Ended, OSError) as error:
                self._ground.tally[f"visits cut short: {visit.__name__}"] += 1
                self._ground.faults.append(f"{visit.__name__}: {error}")
            await asyncio.sleep(chance.uniform(*PAUSE_S))
