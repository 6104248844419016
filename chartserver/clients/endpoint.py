"""Where ticks are pushed to: one request, and what its answer means.

The only module that knows `requests`. Tries once; whether to try again is for others.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, NamedTuple

import requests
from requests.auth import AuthBase

from chartserver.clients.outage import cause_of
from chartserver.errors import ChartServerError
from chartserver.terminal.text import printable
from chartserver.ticks import Position
from chartserver.version import VERSION

ANSWER_BYTES_MAX = 65_536
ANSWER_PIECE_BYTES = 4_096
REASON_CHARS_MAX = 500
# Whatever a server asks for.
RETRY_AFTER_MAX_S = 60.0
PASSING_STATUSES = frozenset([408, 425, 429])
# Of 500 and above those that will be the same tomorrow.
LASTING_STATUSES = frozenset([501, 505])
CONTENT_STATUSES = frozenset([400, 422])


class Confirmed(NamedTuple):
    """What the server says of a batch that it has taken, now or before (`is_repeat`).

    `position` is that of its chart's end; `reordered` counts ticks that came before later ones.
    """

    position: Position
    ticks: int
    reordered: int
    is_repeat: bool


class TryAgain(ChartServerError):
    """A batch is not confirmed, and may be soon.

    Attributes:
        after_s: the pause that the server asks for; None when it does not.
        is_lost: the connection was; there is no answer.
    """

    def __init__(self, text: str, after_s: float | None = None, *, is_lost: bool = False) -> None:
        super().__init__(text)
        self.after_s = after_s
        self.is_lost = is_lost


class PushRefused(ChartServerError):
    """A batch will never be taken as it is. Nothing of it was taken.

    Attributes:
        is_content: it is for what the ticks are, not for where they go or who sends them.
        tick: which tick of the batch was wrong, from 0; None when that is not told.
        is_late: it is before the last tick of the chart.
    """

    def __init__(
        self,
        text: str,
        *,
        is_content: bool = False,
        tick: int | None = None,
        is_late: bool = False,
    ) -> None:
        super().__init__(text)
        self.is_late = is_late
        self.is_content = is_content
        self.tick = tick


class NoChartServer(PushRefused):
    """What answers is no chartserver, or none that can be trusted. Perhaps that passes."""


class Bearer(AuthBase):
    """Shows a token, or nothing; and keeps `requests` from showing what is in ~/.netrc."""

    def __init__(self, token: str | None) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Add the header to a request."""
        if self._token:
            request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class Endpoint:
    """The ticks of a chart on a server, over one connection that is kept.

    Args:
        url: of the server, such as `http://127.0.0.1:8000`.
        chart: its name.
        token: one that may push; None for servers that want none.
        timeout_s: for connecting, and for each silence after that.
    """

    def __init__(self, url: str, chart: str, token: str | None, timeout_s: float) -> None:
        self.chart_url = f"{url}/{chart}"
        self._url = f"{url}/api/charts/{chart}/ticks"
        self._timeout_s = timeout_s
        self._session = requests.Session()
        self._session.auth = Bearer(token)
        self._session.headers["User-Agent"] = f"chartserver-push/{VERSION}"
        self._session.headers["Accept"] = "application/json"

    def post(self, body: bytes, key: str) -> Confirmed:
        """Send a batch once; `key` tells the server which it is, whatever came of earlier tries.

        Raises:
            TryAgain: it is not known to be taken.
            PushRefused: it is not taken, and never will be.
        """
        headers = {"Content-Type": "application/json", "Idempotency-Key": key}
        try:
            with self._session.post(
                self._url,
                data=body,
                headers=headers,
                timeout=self._timeout_s,
                allow_redirects=False,
                stream=True,
            ) as answer:
                return self._judged(answer, _content_of(answer))
        except requests.RequestException as error:
            cause = cause_of(error) or type(error).__name__
            if "CERTIFICATE_VERIFY_FAILED" in str(error):
                raise NoChartServer(
                    f"{self.chart_url} shows a certificate that is not trusted; expected one that"
                    " is, such as by its authority's file in REQUESTS_CA_BUNDLE"
                ) from None
            raise TryAgain(cause, is_lost=True) from None

    def close(self) -> None:
        """Let go of the connection."""
        self._session.close()

    def _judged(self, answer: requests.Response, content: Mapping[str, Any]) -> Confirmed:
        """Return the confirmation that an answer is, or raise what it is instead."""
        status = answer.status_code
        said = self._said(answer, content)
        if status == HTTPStatus.OK:
            return self._confirmed(content)
        if status in PASSING_STATUSES or (status >= 500 and status not in LASTING_STATUSES):
            raise TryAgain(said, _retry_after_s(answer.headers.get("Retry-After")))
        if 300 <= status < 400:
            there = printable(answer.headers.get("Location", "elsewhere"))[:REASON_CHARS_MAX]
            raise PushRefused(f"{self.chart_url} sends us on to {there}; expected the final URL")
        if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            raise PushRefused(f"{said}; or push fewer at a time with --batch-ticks")
        if not content.get("error"):
            raise NoChartServer(said)
        tick = content.get("index")
        if not isinstance(tick, int) or tick < 0:
            raise PushRefused(said, is_content=status in CONTENT_STATUSES)
        raise PushRefused(
            said.removeprefix(f"tick {tick}: "),
            is_content=True,
            tick=tick,
            is_late=content.get("code") == "late",
        )

    def _said(self, answer: requests.Response, content: Mapping[str, Any]) -> str:
        """Return what an error says, in one line."""
        if content.get("error"):
            return printable(str(content["error"]))[:REASON_CHARS_MAX]
        return (
            f"{self.chart_url} answers {answer.status_code} {printable(answer.reason or '')[:80]};"
            " expected a chartserver that takes ticks"
        )

    def _confirmed(self, content: Mapping[str, Any]) -> Confirmed:
        try:
            position = Position.parse(content)
            ticks, reordered = int(content["ticks"]), int(content.get("reordered", 0))
        except (ChartServerError, KeyError, TypeError, ValueError):
            raise NoChartServer(
                f"{self.chart_url} takes ticks but does not say so as a chartserver does;"
                ' expected an answer such as {"epoch": "9f2c41aa", "offset": 812, "ticks": 100}'
            ) from None
        return Confirmed(position, ticks, reordered, bool(content.get("repeat")))


def _content_of(answer: requests.Response) -> Mapping[str, Any]:
    """Return the JSON object of an answer; an empty one when it is something else."""
    body = b""
    for piece in answer.iter_content(ANSWER_PIECE_BYTES):
        body += piece
        if len(body) > ANSWER_BYTES_MAX:
            return {}
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, Mapping) else {}


def _retry_after_s(text: str | None) -> float | None:
    """Return the pause of a Retry-After, in seconds or as a date; None when it says none."""
    if text is None:
        return None
    try:
        if text.strip().isdecimal():
            return min(float(text), RETRY_AFTER_MAX_S)
        left = parsedate_to_datetime(text) - datetime.now(UTC)
        return min(max(0.0, left.total_seconds()), RETRY_AFTER_MAX_S)
    except (ValueError, TypeError):  # TypeError: a date without a zone
        return None
