"""What all pushes pass, in whatever form: who may, the body, and the wait until it is kept."""

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Protocol, TypeVar

from flask import request

from chartserver.chart import Chart
from chartserver.entrance.http_answers import RETRY_AFTER
from chartserver.errors import BadTick, Refused
from chartserver.push.body import Body
from chartserver.push.unpacking import TOO_LARGE, check_charset, unpack
from chartserver.receipt import Receipt
from chartserver.stack.offload import Offload
from chartserver.ticks import short

# What is read in the loop, unpacked: a few milliseconds.
AT_ONCE_BYTES = 131_072

Content = TypeVar("Content")


class PushedCharts(Protocol):
    """The charts to push to, as `Charts` has them."""

    def pushed_all(self, checks: Mapping[str, Callable[[Chart], object]]) -> dict[str, Chart]:
        """Return the charts of these names, made when all checks have passed."""

    def most_pushed(self) -> int:
        """Return how many charts a request could push to."""


class PushDesk:
    """Takes requests that push.

    Args:
        check_push: raises AccessDenied when the sender of a request may not push.
        offload: for bodies that take long to read.
        most_bytes: that a body may have, unpacked.
        most_series: that a chart may have by pushes.
        wait_s: for how long a request waits for its ticks to be kept.
    """

    def __init__(
        self,
        check_push: Callable[[dict[str, Any]], None],
        offload: Offload,
        *,
        most_bytes: int,
        most_series: int,
        wait_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.check_push = check_push
        self.most_series = most_series
        self._offload = offload
        self._most_bytes = most_bytes
        self._wait_s = wait_s
        self._clock = clock

    def read(self, parse: Callable[[bytes], Content]) -> tuple[Content, bytes]:
        """Return what `parse` makes of the body of the request, and the body unpacked."""
        check_charset(request.mimetype_params.get("charset", ""))
        packed, encoding = request.get_data(), request.headers.get("Content-Encoding", "")

        body = self._unpacked_at_once(packed, encoding)
        if body is not None:
            return parse(body), body

        def work() -> tuple[Content, bytes]:
            body = unpack(packed, encoding, self._most_bytes)
            return parse(body), body

        return self._offload(work)

    def _unpacked_at_once(self, packed: bytes, encoding: str) -> bytes | None:
        """Return the body unpacked, None when it is too much for the loop, however well packed."""
        if len(packed) > AT_ONCE_BYTES:
            return None
        try:
            return unpack(packed, encoding, min(AT_ONCE_BYTES, self._most_bytes))
        except Refused as error:
            if error.kind != TOO_LARGE:
                raise
            return None

    def push(self, chart: Chart, body: Body, key: str) -> Receipt:
        """Push a body to a chart; a tick that does not fit is told with its line."""
        try:
            if chart.must_agree(body.run):
                self._offload(lambda: chart.agree_on(body.run, key))
            return chart.push(body.run, key)
        except BadTick as error:
            raise body.located(error) from None

    def wait(self, pushed: Sequence[tuple[Receipt, Body]]) -> None:
        """Wait until all are kept; raise Refused when it takes too long, or went wrong.

        What is wrong with a push itself may be found only then; it is told as at once.
        """
        deadline_s = self._clock() + self._wait_s
        for receipt, body in pushed:
            if not receipt.wait(max(0.0, deadline_s - self._clock())):
                if isinstance(receipt.refusal, BadTick):
                    raise body.located(receipt.refusal)
                if receipt.refusal is not None:
                    raise receipt.refusal
                why = receipt.fault or f"not confirmed in {self._wait_s:g} s"
                raise Refused(
                    HTTPStatus.SERVICE_UNAVAILABLE,
                    "",
                    f"the ticks are not known to be kept: {why}; push them again in a moment,"
                    " under the same Idempotency-Key where there was one: none is taken twice then",
                    [RETRY_AFTER],
                )


def check(chart: Chart, body: Body, key: str) -> None:
    """Raise what `push` would raise at this moment; take nothing."""
    try:
        chart.check_push(body.run, key)
    except BadTick as error:
        raise body.located(error) from None


def digest_of(*parts: bytes) -> str:
    """Return what names these parts, each by itself."""
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        digest.update(len(part).to_bytes(8))
        digest.update(part)
    return digest.hexdigest()


def only(name: str) -> str | None:
    """Return the one value of a parameter of the request: of two, others might take the other."""
    values = request.args.getlist(name)
    if len(values) > 1:
        raise Refused(
            HTTPStatus.BAD_REQUEST, "", f"{name} is {short(values)}; expected one value of it"
        )
    return values[0] if values else None
