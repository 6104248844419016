"""Gives back to Redis what it has lost of a chart, out of what this process holds.

Whoever notices first begins a new epoch in which the offsets go on. For a while nothing is
appended there, so that a process that holds more can add it.
"""

import secrets
import threading
from collections.abc import Callable, Iterator

from chartserver.shared import scripts
from chartserver.shared.coding import VERSION, json_text, note_text, runs, series_text
from chartserver.shared.link import Client, faults
from chartserver.shared.log import State, mark_pushed, state_of
from chartserver.shared.tail import Tail
from chartserver.ticks import Ticks

GRACE_MS = 2_000
# Of what one command carries.
COMMAND_BYTES = 4_194_304
STAGE_S = 120
GAP_WAIT_S = 0.1

Held = Callable[[str], Ticks | None]


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
            if not tail.epoch:
                return
            while True:
                state = state_of(client, tail.chart)
                if state is None:
                    is_done = self._seed(client, run, tail)
                elif state.epoch == tail.epoch and state.offset >= tail.offset:
                    return
                else:
                    is_done = self._add(client, run, tail, state)
                if is_done:
                    return

    def _seed(self, client: Client, run: str, tail: Tail) -> bool:
        ticks = tail.all(self._held(tail.chart))
        stage = scripts.key(tail.chart, f"seed:{secrets.token_hex(4)}")
        epoch = secrets.token_hex(4)
        if ticks is not None:
            self._stage(client, stage, epoch, ticks)
        said = scripts.run(
            client, "seed", [*scripts.keys(tail.chart), stage], epoch, tail.epoch, tail.offset,
            repr(float(ticks.time_ms[-1])) if ticks is not None else "", run, self._grace_ms,
            VERSION, series_text(tail.series), tail.title, int(tail.is_pushed),
            tail.notes.revision,
        )  # fmt: skip
        if scripts.answer(said)[0] != "kept":
            return False
        self._remember(client, epoch, tail)
        return True

    def _stage(self, client: Client, stage: str, epoch: str, ticks: Ticks) -> None:
        offset = ticks.offset - len(ticks)
        with faults():
            for part in _commands(epoch, ticks):
                with client.pipeline(transaction=False) as sent:
                    for n, raw in part:
                        offset += n
                        sent.xadd(stage, {"d": raw}, id=f"{offset}-0")
                    sent.expire(stage, STAGE_S)
                    sent.execute()

    def _add(self, client: Client, run: str, tail: Tail, state: State) -> bool:
        """Add what Redis lacks; whether there is nothing more to do."""
        if state.epoch != tail.epoch and state.came_from != tail.epoch:
            return True
        ticks = tail.after(state.offset, self._held(tail.chart))
        is_first = state.epoch == tail.epoch
        if ticks is None and not is_first:
            # What lies between may be another's to give; it has until the log is opened.
            if tail.is_apart and state.offset <= tail.offset:
                return self._pause.wait(GAP_WAIT_S) or _is_open(client, state)
            self._remember(client, state.epoch, tail)
            return True
        epoch = secrets.token_hex(4) if is_first else state.epoch
        parts = list(_commands(epoch, ticks)) if ticks is not None else [[]]
        offset = state.offset
        for part in parts:
            flat = [one for piece in part for one in piece]
            last_ms = ""
            n = sum(one for one, _ in part)
            if ticks is not None:
                last_ms = repr(float(ticks.time_ms[offset + n - state.offset - 1]))
            said = scripts.answer(
                scripts.run(
                    client,
                    "add",
                    scripts.keys(tail.chart),
                    tail.epoch,
                    epoch,
                    offset,
                    last_ms,
                    run,
                    self._grace_ms,
                    *flat,
                )
            )
            if said[0] != "kept":
                return said[0] in ("other", "closed")
            offset += n
        self._remember(client, epoch, tail)
        return True

    def _remember(self, client: Client, epoch: str, tail: Tail) -> None:
        keys, writers = list(tail.keys.values()), list(tail.writers.items())
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


def _is_open(client: Client, state: State) -> bool:
    with faults():
        seconds, micros = client.time()
    return bool(seconds * 1000 + micros / 1000 >= state.closed_until_ms)


def _commands(epoch: str, ticks: Ticks) -> Iterator[list[tuple[int, bytes]]]:
    """Yield ticks as runs, as many at a time as one command may carry."""
    part: list[tuple[int, bytes]] = []
    size = 0
    for n, raw in runs(epoch, ticks.time_ms, ticks.values):
        part.append((n, raw))
        size += len(raw)
        if size > COMMAND_BYTES:
            yield part
            part, size = [], 0
    if part:
        yield part
