"""Gives back to Redis what it has lost of a chart, out of what this process holds.

Whoever notices first begins a new epoch in which the offsets go on. For a while nothing is
appended there, so that a process that holds more can add it.
"""

import secrets
import threading
from collections.abc import Callable, Iterator, Sequence

from chartserver.batch import KeptKey
from chartserver.shared import scripts
from chartserver.shared.coding import VERSION, json_text, note_text, runs, series_text
from chartserver.shared.link import Client, faults, together
from chartserver.shared.log import Found, State, mark_pushed, restore, state_of, widened
from chartserver.shared.tail import Tail
from chartserver.ticks import Series, Ticks, joined

GRACE_MS = 2_000
# Of what one command carries.
COMMAND_BYTES = 4_194_304
STAGE_S = 120
GAP_WAIT_S = 0.1
# A chart that has no past and is as young may have been made anew before others who hold its past
# could say so: what it has goes behind that.
YOUNG_MS, YOUNG_TICKS = 15_000, 20_000

Held = Callable[[str], Ticks | None]
Run = tuple[int, bytes]


class Mending:
    """Compares tails with what Redis has; `held` returns what the chart's own history has."""

    def __init__(self, held: Held, grace_ms: int = GRACE_MS) -> None:
        self._held = held
        self._grace_ms = grace_ms
        self._pause = threading.Event()

    def mend(self, client: Client, run: str, tail: Tail) -> None:
        """Give back what is lost, if anything is; the chart may be of another epoch then.

        Raises:
            StoreFault: Redis cannot be asked now.
        """
        with tail.lock:
            is_done = not tail.epoch
            while not is_done:
                state = state_of(client, tail.chart)
                if state is None:
                    is_done = self._seed(client, run, tail, None, None)
                elif state.epoch == tail.epoch:
                    is_done = state.offset >= tail.offset or self._add(client, run, tail, state)
                elif state.came_from == tail.epoch:
                    is_done = self._add(client, run, tail, state)
                else:
                    is_done = self._take_in(client, run, tail, state)

    def _seed(
        self, client: Client, run: str, tail: Tail, made: State | None, found: Found | None
    ) -> bool:
        """Make the chart anew; `found` is what has come since into one that was `made`."""
        ticks = tail.all(self._held(tail.chart))
        offset, series = tail.offset, tail.series
        if found is not None:
            ticks = _behind(tail, ticks, found)
            offset, series = offset + found.restored.offset, found.restored.series
        stage = scripts.key(tail.chart, f"seed:{secrets.token_hex(4)}")
        epoch = secrets.token_hex(4)
        if ticks is not None:
            self._stage(client, stage, epoch, ticks)
        said = scripts.run(
            client, "seed", [*scripts.keys(tail.chart), stage], epoch, tail.epoch, offset,
            repr(float(ticks.time_ms[-1])) if ticks is not None else "", run, self._grace_ms,
            VERSION, series_text(max(series, tail.series, key=len)), tail.title,
            int(tail.is_pushed), tail.notes.revision,
            *((made.epoch, made.offset) if made else ("", "")),
        )  # fmt: skip
        if scripts.answer(said)[0] != "kept":
            return False
        self._remember(client, epoch, tail, found)
        return True

    def _take_in(self, client: Client, run: str, tail: Tail, state: State) -> bool:
        """Put what a young chart has behind what is held, where they fit each other."""
        with faults():
            seconds, _ = client.time()
        is_young = seconds * 1000 - state.made_ms < YOUNG_MS and state.offset <= YOUNG_TICKS
        if state.came_from or not is_young or not tail.offset:
            return True
        found = restore(client, tail.chart, YOUNG_TICKS)
        if found is None or found.restored.ticks.position != (state.epoch, state.offset):
            return False
        held = tail.all(self._held(tail.chart))
        later = found.restored.ticks
        is_whole = len(later) == later.offset
        is_later = held is None or not len(later) or later.time_ms[0] >= held.time_ms[-1]
        if not is_whole or not is_later or not _begins_alike(tail.series, found.restored.series):
            return True
        return self._seed(client, run, tail, state, found)

    def _stage(self, client: Client, stage: str, epoch: str, ticks: Ticks) -> None:
        offset = ticks.offset - len(ticks)
        for part in _commands(epoch, ticks):
            sent: list[tuple[str | bytes, ...]] = []
            for n, raw in part:
                offset += n
                sent.append(("XADD", stage, f"{offset}-0", "d", raw))
            for said in together(client, [*sent, ("EXPIRE", stage, str(STAGE_S))]):
                if isinstance(said, Exception):
                    with faults():
                        raise said

    def _add(self, client: Client, run: str, tail: Tail, state: State) -> bool:
        """Add what Redis lacks; whether there is nothing more to do."""
        is_first = state.epoch == tail.epoch
        ticks = tail.after(state.offset, self._held(tail.chart))
        if ticks is None and not is_first:
            # What lies between may be another's to give; it has until the log is opened.
            if tail.is_apart_after(state.offset) and not _is_open(client, state):
                self._pause.wait(GAP_WAIT_S)
                return False
            self._remember(client, state.epoch, tail, None)
            return True
        epoch = secrets.token_hex(4) if is_first else state.epoch
        offset = state.offset
        for part in _commands(epoch, ticks) if ticks is not None else [[]]:
            n = sum(one for one, _ in part)
            last_ms = ""
            if ticks is not None:
                last_ms = repr(float(ticks.time_ms[offset + n - state.offset - 1]))
            given = (tail.epoch, epoch, offset, last_ms, run, self._grace_ms)
            flat = (one for each in part for one in each)
            raw = scripts.run(client, "add", scripts.keys(tail.chart), *given, *flat)
            said = scripts.answer(raw)[0]
            if said != "kept":
                return said in ("other", "closed")
            offset += n
        self._remember(client, epoch, tail, None)
        return True

    def _remember(self, client: Client, epoch: str, tail: Tail, found: Found | None) -> None:
        """Give back what is known beside ticks."""
        keys, writers = list(tail.keys.values()), list(tail.writers.items())
        if found is not None:
            keys += [_moved(key, tail.offset) for key in found.restored.keys]
            writers += [
                (name, (number, offset + tail.offset))
                for name, (number, offset) in found.writers.items()
            ]
        notes, told = tail.notes.notes, list(tail.told.items())
        scripts.run(
            client, "remember", scripts.keys(tail.chart), epoch,
            len(keys), len(writers), len(notes), len(told),
            *(part for key in keys for part in key),
            *(part for name, last in writers for part in (name, *last)),
            *(part for note in notes for part in (note.id, note_text(note))),
            *(part for kind, content in told for part in (kind, json_text(content))),
        )  # fmt: skip
        if tail.is_pushed:
            mark_pushed(client, tail.chart)


def _behind(tail: Tail, held: Ticks | None, found: Found) -> Ticks | None:
    """Return what has come since behind what is held, under the offsets that go on there."""
    later = found.restored.ticks
    if not len(later):
        return held
    offset = tail.offset + later.offset
    moved = Ticks(tail.epoch, offset, later.time_ms, later.values)
    if held is None:
        return moved
    return joined([widened(held, len(later.values)), moved])


def _begins_alike(held: Sequence[Series], made: Sequence[Series]) -> bool:
    n = min(len(held), len(made))
    return [one.name for one in held[:n]] == [one.name for one in made[:n]]


def _moved(key: KeptKey, by: int) -> KeptKey:
    return key._replace(offset=key.offset + by)


def _is_open(client: Client, state: State) -> bool:
    with faults():
        seconds, micros = client.time()
    return bool(seconds * 1000 + micros / 1000 >= state.closed_until_ms)


def _commands(epoch: str, ticks: Ticks) -> Iterator[list[Run]]:
    """Yield ticks as runs, as many at a time as one command may carry."""
    part: list[Run] = []
    size = 0
    for n, raw in runs(epoch, ticks.time_ms, ticks.values):
        part.append((n, raw))
        size += len(raw)
        if size > COMMAND_BYTES:
            yield part
            part, size = [], 0
    if part:
        yield part
