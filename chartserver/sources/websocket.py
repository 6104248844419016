"""An upstream WebSocket as a source: what another server sends, as it comes."""

import logging
import math
import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from chartserver.clients.outage import pause_s
from chartserver.errors import SourceFailed
from chartserver.sources.picker import Picker
from chartserver.sources.upstream import Address, Patience, Upstream, connect
from chartserver.sources.upstream_socket import Stopped
from chartserver.ticks import Series, Tick

COMPLAINT_INTERVAL_S = 60.0
# After so many messages without a tick somebody is told: an expression may be wrong.
SKIPPED_AT_FIRST = 20

log = logging.getLogger(__name__)


class Request(NamedTuple):
    """What is asked of whom. `mask` takes the secrets out of a text."""

    address: Address
    headers: Sequence[tuple[str, str]]
    messages: Sequence[str]
    mask: Callable[[str], str]


class WebSocketSource:
    """Ticks from the messages of a WebSocket.

    Each end of a connection is a failure, after which the thread of the source opens another.
    """

    title = ""
    interval_s: float | None = None

    def __init__(
        self,
        request: Request,
        picker: Picker,
        *,
        series: Sequence[Series] = (),
        patience: Patience,
        message_bytes: int,
        clock: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.series = series
        self.picker = picker
        self._request = request
        self.patience = patience
        self._message_bytes = message_bytes
        self._clock = clock
        self._chance = chance
        self.on_connected: Callable[[], object] = lambda: None
        self._tries = 0
        self._complained_s = -math.inf
        self._refused = 0

    def ticks(self, stop: threading.Event) -> Iterator[Tick]:
        """Yield the ticks of one connection, until `stop`.

        Raises:
            SourceFailed: the connection is at its end; the pause before the next one doubles with
                each that gave no tick.
        """
        try:
            for tick in self._of_one_connection(stop):
                self._tries = 0
                yield tick
        except Stopped:
            return
        except SourceFailed as error:
            self._tries += 1
            next_try_s = pause_s(self._tries - 1, self._chance())
            raise SourceFailed(self._request.mask(str(error)), next_try_s) from None

    def _of_one_connection(self, stop: threading.Event) -> Iterator[Tick]:
        address, headers, messages, _ = self._request
        with connect(address, stop, self.patience.timeout_s) as line:
            upstream = Upstream(
                line, address, patience=self.patience, message_bytes=self._message_bytes
            )
            try:
                upstream.open(headers, messages)
                log.info("ws %s: connected", address.host)
                self.on_connected()
                for message in upstream.messages():
                    yield from self.picker.pick(message)
                    self._complain(message)
            finally:
                upstream.close()

    def _complain(self, message: str | bytes) -> None:
        """Log what is refused, the first time and then at most once a minute."""
        picker, host = self.picker, self._request.address.host
        if picker.refused > self._refused:
            self._refused = picker.refused
            if self._clock() - self._complained_s >= COMPLAINT_INTERVAL_S:
                self._complained_s = self._clock()
                fault = self._request.mask(picker.fault)
                log.warning("ws %s: message refused, %d so far: %s", host, picker.refused, fault)
        elif picker.skipped == SKIPPED_AT_FIRST and not picker.ticks:
            shown = self._request.mask(str(message[:200]))
            log.warning("ws %s: %d messages, and no tick in them: %s", host, picker.skipped, shown)
