"""An upstream WebSocket as a source: what another server sends, as it comes."""

import logging
import math
import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from chartserver.clients.outage import pause_s
from chartserver.errors import SourceFailed
from chartserver.sources.picker import Picker
from chartserver.sources.source import Last
from chartserver.sources.upstream import Address, Patience, Upstream, connect
from chartserver.sources.upstream_socket import Stopped
from chartserver.ticks import Series, Tick

COMPLAINT_INTERVAL_S = 60.0
# After so many messages without a tick somebody is told: an expression may be wrong.
SKIPPED_AT_FIRST = 20

# Where the time of the chart's last tick is put in.
PLACEHOLDERS: Mapping[str, Callable[[float], str]] = {
    "{last_ms}": lambda time_ms: f"{time_ms:.0f}",
    "{last_s}": lambda time_ms: f"{time_ms / 1000:.3f}",
    "{last_time}": lambda time_ms: (
        datetime.fromtimestamp(time_ms / 1000, UTC)
        .isoformat(timespec="milliseconds")
        .replace("+00:00", "Z")
    ),
}

log = logging.getLogger(__name__)


class Request(NamedTuple):
    """What is asked of whom. `mask` takes the secrets out of a text.

    The target of the address and the messages may have `PLACEHOLDERS`.
    """

    address: Address
    headers: Sequence[tuple[str, str]]
    messages: Sequence[str]
    mask: Callable[[str], str]

    @property
    def has_placeholders(self) -> bool:
        """Whether it asks for what came after a time."""
        texts = (self.address.target, *self.messages)
        return any(name in text for name in PLACEHOLDERS for text in texts)

    def since(self, time_ms: float) -> "Request":
        """Return the request that asks for what came after that time."""

        def filled(text: str) -> str:
            for name, said in PLACEHOLDERS.items():
                text = text.replace(name, said(time_ms))
            return text

        return self._replace(
            address=self.address._replace(target=filled(self.address.target)),
            messages=[filled(text) for text in self.messages],
        )


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
        now_ms: Callable[[], float] = lambda: time.time() * 1000,
    ) -> None:
        self.series = series
        self._now_ms = now_ms
        self._last_ms: float | None = None
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

    def resume(self, last: Last) -> None:
        """Have the next connection ask for what came after `last`, where it is to be asked."""
        self._last_ms = last.time_ms

    def ticks(self, stop: threading.Event) -> Iterator[Tick]:
        """Yield the ticks of one connection, until `stop`.

        Raises:
            SourceFailed: the connection is at its end; the pause before the next one doubles with
                each that gave no tick.
        """
        try:
            for tick in self._of_one_connection(stop):
                self._tries = 0
                if not self._is_known(tick):
                    yield tick
        except Stopped:
            return
        except SourceFailed as error:
            self._tries += 1
            next_try_s = pause_s(self._tries - 1, self._chance())
            raise SourceFailed(self._request.mask(str(error)), next_try_s) from None

    def _of_one_connection(self, stop: threading.Event) -> Iterator[Tick]:
        since_ms = self._now_ms() if self._last_ms is None else self._last_ms
        address, headers, messages, _ = self._request.since(since_ms)
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

    def _is_known(self, tick: Tick) -> bool:
        """Return whether a tick was sent again: many servers count the time asked for in."""
        if self._last_ms is None or tick.time_ms is None or not self._request.has_placeholders:
            return False
        return tick.time_ms <= self._last_ms

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
