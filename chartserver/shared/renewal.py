"""Reads a chart anew where Redis no longer has what was read of it, or can no longer tell the rest.

Whoever only waits for what comes next hears nothing of a loss: so it is looked for.
"""

import logging
from collections.abc import Callable, Sequence
from typing import Any

from chartserver.errors import StoreFault
from chartserver.shared import scripts
from chartserver.shared.chart_faults import ChartFaults
from chartserver.shared.connection import Connection
from chartserver.shared.link import Client, faults, together
from chartserver.shared.log import restore, state_of
from chartserver.shared.mending import Mending
from chartserver.shared.news import News, NotesCame, Renewed
from chartserver.shared.reader import Reader

LOST = "Redis had lost the history, which goes on from what was held of it"

log = logging.getLogger(__name__)


class Renewal:
    """Has readers go on from what Redis has; `tell` is called with a chart's name and the news.

    `chart_faults` is told which charts cannot be read. For the thread of `connection` alone.
    """

    def __init__(
        self,
        connection: Connection,
        mending: Mending,
        capacity_of: Callable[[str], int],
        chart_faults: ChartFaults,
        tell: Callable[[str, News], object],
    ) -> None:
        self._connection = connection
        self._mending = mending
        self._capacity_of = capacity_of
        self._faults = chart_faults
        self._tell = tell

    def look(self, readers: Sequence[Reader]) -> None:
        """Compare what is known with what Redis has; mend, and read anew, what was lost."""
        client = self._connection.client()
        commands = [
            command
            for chart in (reader.chart for reader in readers)
            for command in (
                ("HMGET", scripts.key(chart, "meta"), "epoch", "offset"),
                # Says, for next to nothing, whether it is a log at all.
                ("XLEN", scripts.key(chart, "log")),
            )
        ]
        known = [max(one.offset, one.tail.offset_in(one.epoch)) for one in readers]
        answers = together(client, commands)
        each = zip(readers, known, answers[::2], answers[1::2], strict=True)
        for reader, at_least, state, log_said in each:
            try:
                self._compare(client, reader, at_least, state, log_said)
            except StoreFault as fault:
                self._faults.note(reader.chart, fault)
            else:
                self._faults.clear(reader.chart)

    def renew(self, reader: Reader, reason: str) -> None:
        """Hand the chart on as it is now, and read on from there."""
        client = self._connection.client()
        self._mending.mend(client, self._connection.run_id, reader.tail)
        found = restore(client, reader.chart, self._capacity_of(reader.chart))
        if found is None:
            raise StoreFault("has lost what it kept of a chart; it is given back")
        with reader.lock:
            reader.tail.begin(*found)
            reader.start(found.restored.ticks.position)
            self._tell(reader.chart, Renewed(found.restored, reason))
        log.warning("chart %s: read anew: %s", reader.chart, reason)

    def renew_notes(self, reader: Reader) -> None:
        """Hand all notes of the chart on as they are now."""
        found = restore(self._connection.client(), reader.chart, 0)
        if found is not None:
            with reader.tail.lock:
                reader.tail.notes = found.restored.notes
            self._tell(reader.chart, NotesCame(found.restored.notes))

    def _compare(self, client: Client, reader: Reader, known: int, *said: Any) -> None:
        for answer in said:
            if isinstance(answer, Exception):
                with faults():
                    raise answer
        epoch, offset = said[0]
        is_same = epoch is not None and epoch.decode() == reader.epoch
        if not is_same or offset is None or not offset.isdigit() or int(offset) < known:
            self._mend(client, reader)

    def _mend(self, client: Client, reader: Reader) -> None:
        self._mending.mend(client, self._connection.run_id, reader.tail)
        # What is known before the question must be in the answer; a writer here may add meanwhile.
        epoch, offset = reader.epoch, reader.offset
        state = state_of(client, reader.chart)
        if state is not None and (state.epoch != epoch or state.offset < offset):
            self.renew(reader, LOST)
