"""The outgoing side of one viewer: at most one unfinished frame, and offsets instead of a queue.

What is broadcast is written straight into the socket while that takes it. Once it does not, the
viewer is *busy*: broadcasts pass it by, its offsets stop, and when the socket can be written to
again it is sent what lies between its offsets and the end of the histories.

Knows a socket only as two functions, and neither Socket.IO's names nor eventlet's.
"""

import time
from collections.abc import Callable
from typing import Any, Protocol

from chartserver.broadcast import wire

# Acks, snapshots and pings that may wait behind an unfinished frame.
PACKETS_MAX = 64
# A viewer that takes a large frame slowly moves as long as it takes this much between two looks.
PROGRESS_BYTES = 64 * 1024
GOING_AWAY = 1001
GOING_AWAY_FRAME = wire.close_frame(GOING_AWAY)


class Seat(Protocol):
    """A viewer's place in one chart: the offset of the last tick that was written to it."""

    @property
    def is_behind(self) -> bool:
        """Whether the history goes on after that offset."""

    def catch_up(self) -> wire.Message | None:
        """Return what brings the viewer closer to the end and move there; None if it is there."""

    def step_out(self) -> None:
        """Be passed by: the outlet is busy."""


class Packet(Protocol):
    """A packet of Engine.IO."""

    def encode(self) -> Any:
        """Return the packet as it stands in a WebSocket message."""


# A memoryview is a WebSocket frame as it stands, bytes are an Engine.IO message.
Item = Packet | wire.Message | bytes | memoryview


class Outlet:
    """What goes out to one viewer, in order: packets, notices, then what its seats lack.

    It stands where Engine.IO's session has its queue, and answers to `put`, `qsize`, `empty` and
    `join` as one. None that is put is the end of the session.

    Attributes:
        send: writes to the socket without blocking, returns how many bytes it took; None while
            the viewer polls.
        fileno: the socket's descriptor.
        is_busy: nothing may be written past what waits here. Always so while polling.
        moved_s: when a busy viewer last took something, on the monotonic clock.
        seats: by the name of the chart.
        close_frame: the last thing that is written; set it before the end to give another reason.
    """

    __slots__ = (
        "_notices",
        "_on_overflow",
        "_packets",
        "_progress_bytes",
        "_spawn_flush",
        "_tail",
        "_wake",
        "close_frame",
        "fileno",
        "is_busy",
        "is_closing",
        "is_gone",
        "moved_s",
        "seats",
        "send",
    )

    def __init__(self, wake: Callable[[], None], on_overflow: Callable[[], None]) -> None:
        """Make the outlet of a viewer that polls.

        `wake` ends a poll that waits; `on_overflow` is called when more packets wait than may.
        """
        self.send: Callable[[Any], int] | None = None
        self.fileno = -1
        self.is_busy = True
        self.is_closing = False
        self.is_gone = False
        self.moved_s = time.monotonic()
        self.seats: dict[str, Seat] = {}
        self.close_frame = GOING_AWAY_FRAME
        self._packets: list[Item] = []
        self._notices: dict[tuple[str, str], wire.Message] | None = None
        self._tail: memoryview | None = None
        self._progress_bytes = 0
        self._spawn_flush: Callable[[], None] | None = None
        self._wake = wake
        self._on_overflow = on_overflow

    def attach(
        self, send: Callable[[Any], int], spawn_flush: Callable[[], None], fileno: int = -1
    ) -> None:
        """Write to a WebSocket's socket from now on, until `detach` is called before it closes.

        `spawn_flush` starts a task that calls `drain` each time that the socket can be written
        to, until it returns True.
        """
        self.send = send
        self.fileno = fileno
        self._spawn_flush = spawn_flush
        self.kick()

    def detach(self) -> None:
        """Forget the socket: it is gone, and with it all that waits."""
        self.is_gone = self.is_busy = True
        self._step_out()
        self.send = None
        self._packets.clear()
        self._notices = self._tail = None
        self.seats = {}
        # Those hold us: a viewer that has left is to be freed at once, without the collector.
        self._wake = self._on_overflow = _nothing
        self._spawn_flush = None

    # What Engine.IO's session expects of its queue.

    def put(self, item: Item | None) -> None:
        """Send a packet or a message in its turn; None ends the session after all."""
        if item is None:
            self.is_closing = True
            # No broadcast may come after the close frame.
            self._step_out()
        else:
            self._append(item)
        self._advance()

    def qsize(self) -> int:
        """Return how many things wait, an unfinished frame and the end included."""
        waiting = len(self._packets) + len(self._notices or ())
        return waiting + (self._tail is not None) + (self.is_closing and not self.is_gone)

    def empty(self) -> bool:
        """Return whether nothing waits."""
        return self.qsize() == 0

    def join(self) -> None:
        """Return at once: nobody waits for a viewer that may never read."""

    # What the broadcast and the WebSocket expect.

    def put_frame(self, frame: bytes) -> None:
        """Send a frame of the WebSocket's own, such as a PONG, in its turn."""
        if self.send is not None:
            self._append(memoryview(frame))
            self._advance()

    def notice(self, event: str, chart: str, message: wire.Message) -> None:
        """Send a message of which only the newest for an event and a chart matters."""
        if self.is_gone or self.is_closing:
            return
        self._notices = self._notices or {}
        self._notices[event, chart] = message
        self._advance()

    def forget(self, chart: str) -> None:
        """Send no more of a chart, but what has begun."""
        self.seats.pop(chart, None)
        for notice in [one for one in self._notices or () if one[1] == chart]:
            del self._notices[notice]  # type: ignore[union-attr]

    def wake_poll(self) -> None:
        """End a poll that waits, if the viewer polls: a seat has something for it."""
        if self.is_polling:
            self._wake()

    def kick(self) -> None:
        """Bring the viewer up to date: its seats may lack something."""
        if self.send is None:
            self._wake()
        elif not self.drain():
            self._become_busy()

    def keep_rest(self, frame: bytes, taken: int) -> None:
        """Take note that a broadcast frame was taken only in part, or not at all."""
        if taken:
            self._tail = memoryview(frame)[taken:]
        self._become_busy()

    @property
    def is_polling(self) -> bool:
        """Whether the viewer fetches by HTTP: no socket is attached, and none was lost."""
        return self.send is None and not self.is_gone

    # Writing and polling.

    def drain(self, catches_up: bool = True) -> bool:
        """Write what waits until nothing does (True) or the socket takes no more (False).

        What the seats lack is left to the broadcast unless it `catches_up`.
        """
        self.is_busy = True
        while self.send is not None:
            chunk = self._tail if self._tail is not None else self._next_frame(catches_up)
            if chunk is None:
                self.is_busy = self.is_closing
                return True
            if not self._write(chunk):
                return self.send is None
        return True

    def take(self, limit: int) -> list[Item]:
        """Return what a poll is answered with: at most `limit` packets and messages."""
        self.moved_s = time.monotonic()
        taken: list[Item] = []
        while len(taken) < limit:
            item = self._next_item(catches_up=True)
            if item is None:
                break
            taken.append(item)
        return taken

    @property
    def is_behind(self) -> bool:
        """Whether something waits for the viewer to take it."""
        return self.qsize() > 0 or any(seat.is_behind for seat in self.seats.values())

    def _append(self, item: Item) -> None:
        if self.is_gone or self.is_closing:
            return
        if len(self._packets) >= PACKETS_MAX:
            self._on_overflow()
            return
        self._packets.append(item)

    def _advance(self) -> None:
        if self.send is None:
            self._wake()
        elif not self.is_busy and not self.drain(catches_up=False):
            self._become_busy()

    def _step_out(self) -> None:
        for seat in self.seats.values():
            seat.step_out()

    def _become_busy(self) -> None:
        self.is_busy = True
        self._step_out()
        self.moved_s = time.monotonic()
        if self._spawn_flush is not None:
            self._spawn_flush()

    def _next_item(self, catches_up: bool) -> Item | None:
        if self._packets:
            return self._packets.pop(0)
        if self._notices:
            return self._notices.pop(next(iter(self._notices)))
        for seat in self.seats.values() if catches_up and not self.is_closing else ():
            message = seat.catch_up()
            if message is not None:
                return message
        return None

    def _next_frame(self, catches_up: bool) -> bytes | memoryview | None:
        item = None if self.is_gone else self._next_item(catches_up)
        if item is not None:
            return _frame(item)
        if self.is_closing and not self.is_gone:
            self.is_gone = True
            return self.close_frame
        return None

    def _write(self, chunk: Any) -> bool:
        """Write; what is left is the tail. True when all was taken."""
        try:
            taken = self.send(chunk) if self.send is not None else 0
        except BlockingIOError:
            taken = 0
        except OSError:
            self.detach()
            return False
        self._progress_bytes += taken
        is_done = taken == len(chunk)
        if is_done or self._progress_bytes >= PROGRESS_BYTES:
            self._progress_bytes = 0
            self.moved_s = time.monotonic()
        self._tail = None if is_done else memoryview(chunk)[taken:]
        return is_done


def _nothing() -> None:
    """Stand for who needs not be told any more."""


def _frame(item: Item) -> bytes | memoryview:
    """Return what is to be sent as a WebSocket frame."""
    if isinstance(item, memoryview):
        return item
    if isinstance(item, wire.Message):
        return item.frame
    encoded = item if isinstance(item, bytes) else item.encode()
    return wire.websocket_frame(encoded.encode() if isinstance(encoded, str) else encoded)
