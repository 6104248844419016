"""Through which presenters of other processes come on stage here, and those of here elsewhere.

What is heard in threads is done in a task of the loop: viewers may only be sent something there.
"""

import logging
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from chartserver.alarm import Alarm
from chartserver.errors import BadRequest
from chartserver.shared.peers import Peers
from chartserver.shared.presence import Process
from chartserver.together.companions import Companions

WAIT_S = 1.0
HEARD_MAX = 2_000

log = logging.getLogger(__name__)


def open_stage_door(
    companions: Companions, peers: Peers | None, make_alarm: Callable[[], Alarm]
) -> "StageDoor | None":
    """Return the stage door of a server that has peers; None for one that is alone."""
    return StageDoor(companions, peers, make_alarm()) if peers else None


class StageDoor:
    """Between the companions here and the peers; `alarm` wakes the task that is `run`."""

    def __init__(self, companions: Companions, peers: Peers, alarm: Alarm) -> None:
        self._companions = companions
        self._alarm = alarm
        # What is beyond the bound is old: only the newest of it counts.
        self._heard: deque[Callable[[], None]] = deque(maxlen=HEARD_MAX)
        companions.tell_others = peers.show
        peers.present = companions.stage.told_others
        peers.on_shown = self._hear
        peers.on_there = self._hear_of

    def run(self) -> None:
        """Do what is heard, for ever; a task of the loop."""
        while True:
            self._alarm.wait(WAIT_S)
            self.do_all()

    def do_all(self) -> None:
        """Do what was heard until now."""
        while self._heard:
            try:
                self._heard.popleft()()
            except BadRequest as error:
                log.warning("what another process presents was not understood: %s", error)
            except Exception:
                log.exception("what another process presents could not be shown")

    def _hear(self, raw: Mapping[str, Any], process: str) -> None:
        self._heard.append(lambda: self._companions.come(process, raw))
        self._alarm.set()

    def _hear_of(self, others: Sequence[Process]) -> None:
        self._heard.append(lambda: self._take_note(others))
        self._alarm.set()

    def _take_note(self, others: Sequence[Process]) -> None:
        stage = self._companions.stage
        named = {one.id: {shown.get("id") for shown in one.presenters} for one in others}
        self._companions.keep_those_of(
            {name: set(filter(None, ids)) for name, ids in named.items()}
        )
        for one in others:
            for shown in one.presenters:
                # Its process tells itself of what has changed.
                if stage.is_new(shown.get("id")):
                    self._companions.come(one.id, shown)
        followers: dict[str, int] = {}
        for one in others:
            for presenter_id, n in one.followers.items():
                followers[presenter_id] = followers.get(presenter_id, 0) + n
        stage.count_elsewhere(followers)
