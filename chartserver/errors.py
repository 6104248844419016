"""Everything that can go wrong, one class for each thing a caller may do differently.

The text of an error says what we got; what we wanted; and, where it helps, an example.
"""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any


class ChartServerError(Exception):
    """The root of all errors that this package raises on purpose."""


class ConfigError(ChartServerError):
    """One or more settings, options or sources are wrong.

    Attributes:
        faults: one line for each fault, all of them at once.
    """

    def __init__(self, *faults: str) -> None:
        super().__init__("; ".join(faults))
        self.faults: Sequence[str] = faults


class BadTick(ChartServerError):
    """A tick does not fit its chart: the number of values, their type, or its time.

    Attributes:
        text: what is wrong, without the index.
        index: which tick of a run it is, from 0; None when it is one, or all of them.
        last_ms: for one that is late: the time of the last tick, before which it must not be.
    """

    def __init__(self, text: str, index: int | None = None, last_ms: float | None = None) -> None:
        super().__init__(text if index is None else f"tick {index}: {text}")
        self.text = text
        self.index = index
        self.last_ms = last_ms


class BadRequest(ChartServerError):
    """A viewer or an HTTP client asked for something that makes no sense."""


class BadPush(BadRequest):
    """What was pushed makes no sense. Nothing of it was taken.

    Attributes:
        line: of the body, from 1; None where it is in none.
        index: of the tick, from 0; None where it is in none.
        last_ms: as of a BadTick.
    """

    def __init__(
        self,
        text: str,
        *,
        line: int | None = None,
        index: int | None = None,
        last_ms: float | None = None,
    ) -> None:
        super().__init__(text)
        self.line = line
        self.index = index
        self.last_ms = last_ms


class TooCostly(BadRequest):
    """A viewer has asked for more answers than may be made for it. Wait, then ask again.

    Attributes:
        retry_after_s: after how many seconds.
    """

    def __init__(self, text: str, retry_after_s: float) -> None:
        super().__init__(text)
        self.retry_after_s = retry_after_s


class UnknownNote(BadRequest):
    """A chart has no note of that number."""


class UnknownChart(BadRequest):
    """There is no chart of that name."""


class AccessDenied(ChartServerError):
    """Who asks may not have it, with what it has shown.

    Attributes:
        code: `unauthorized` (nothing shown that holds), `expired` (a link that held once),
            `forbidden` (it holds, for another chart) or `too_many_tries`.
    """

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


class BadMessage(ChartServerError):
    """What a viewer sent ends its session.

    Attributes:
        kind: what it is counted under, such as `too_large`; see `Refusals`.
        close_code: of the WebSocket, RFC 6455 section 7.4: 1002 not the protocol, 1003 binary,
            1007 not UTF-8 or not JSON, 1008 not allowed, 1009 too large.
    """

    def __init__(self, kind: str, close_code: int, text: str) -> None:
        super().__init__(text)
        self.kind = kind
        self.close_code = close_code


class Refused(ChartServerError):
    """A request is not served.

    Attributes:
        status: of HTTP.
        kind: what it is counted under, such as `slow_request`; see `Refusals`. "" when it is not.
        headers: further ones of the answer.
        content: what is told, where that is more than the text.
    """

    def __init__(
        self,
        status: int,
        kind: str,
        text: str,
        headers: Sequence[tuple[str, str]] = (),
        content: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(text)
        self.status = HTTPStatus(status)
        self.kind = kind
        self.headers = headers
        self.content = content


class PositionLost(ChartServerError):
    """A position is not in this history (any more). Send a snapshot instead."""


class InboxFull(ChartServerError):
    """A chart is given ticks faster than they can be taken. Wait, then append again.

    Attributes:
        retry_after_s: after how many seconds it may be worth to try.
    """

    def __init__(self, text: str, retry_after_s: float = 1.0) -> None:
        super().__init__(text)
        self.retry_after_s = retry_after_s


class PushedTooFast(InboxFull):
    """A chart is pushed more ticks a second than it may be. Wait, then push again."""


class RunTooLong(ChartServerError):
    """More ticks at once than a chart takes, however long one waits. Push them in parts.

    Attributes:
        most: how many are taken.
    """

    def __init__(self, text: str, most: int) -> None:
        super().__init__(text)
        self.most = most


class KeyReused(ChartServerError):
    """A push comes under the key of another. Nothing was taken."""


class NotPushable(ChartServerError):
    """Ticks are pushed to a chart that has a source of its own."""


class NotKept(ChartServerError):
    """Ticks cannot be kept at the moment, so that none are taken. It heals by itself.

    Attributes:
        retry_after_s: after how many seconds it may be worth to try.
    """

    def __init__(self, text: str, retry_after_s: float = 5.0) -> None:
        super().__init__(text)
        self.retry_after_s = retry_after_s


class Busy(ChartServerError):
    """Too much is asked for at a time. Nothing was done: try again in a moment."""


class ChartClosed(ChartServerError):
    """A chart is given ticks while the server stops. They are for the server that comes next."""


class Silent(ChartServerError, TimeoutError):
    """No tick came for as long as a client would wait. It may go on waiting."""


class SourceFailed(ChartServerError):
    """A source cannot go on. It is restarted after a pause.

    Attributes:
        next_try_s: how long that pause is to be; None where the source does not say.
    """

    def __init__(self, text: str, next_try_s: float | None = None) -> None:
        super().__init__(text)
        self.next_try_s = next_try_s


class StackUnfit(ChartServerError):
    """A library is not as the fast path expects it. The ordinary path serves."""


class StoreFault(ChartServerError):
    """The store cannot be read or written now, and says why. Try again in a moment."""
