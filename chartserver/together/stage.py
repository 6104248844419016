"""Who presents: shows others what they look at, and who follows whom.

Of what is shown only the newest counts. Knows no sockets; thread-safe.
"""

import math
import secrets
import threading
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from chartserver.errors import BadRequest
from chartserver.notes import check_text
from chartserver.ticks import SERIES_NAME_CHARS_MAX, short

NUMBERS = ("from_ms", "to_ms", "span_ms", "time_ms", "pinned_ms", "candle_ms")
WORDS = {"kind": ("line", "candles"), "panels": ("auto", "single", "stacked")}
HIDDEN_MAX = 200
PRESENTERS_MAX = 200
# Of a chart, all viewers are told of so many.
ANNOUNCED_MAX = 5
FOLLOWERS_MAX = 5_000


@dataclass(slots=True)
class Presenter:
    """Who shows something: known to others by `id` and by the name `by`.

    Attributes:
        process: at which it is, "" for this one; there its `sid` is one that no viewer has.
        followers_elsewhere: how many follow at other processes.
        missed: how often its process has not named it.
    """

    sid: str
    chart: str
    by: str
    id: str = field(default_factory=lambda: secrets.token_hex(4))
    view: dict[str, Any] = field(default_factory=dict)
    followers: dict[str, None] = field(default_factory=dict)
    process: str = ""
    followers_elsewhere: int = 0
    missed: int = 0

    @property
    def n_followers(self) -> int:
        """How many follow, at whichever process."""
        return len(self.followers) + self.followers_elsewhere

    def describe(self) -> dict[str, Any]:
        """Return what is told to who follows."""
        return {"chart": self.chart, "id": self.id, "by": self.by, "view": self.view}


class Stage:
    """Presenters by their sessions and ids, and those who follow them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_sid: dict[str, Presenter] = {}
        self._by_id: dict[str, Presenter] = {}
        self._followed: dict[str, Presenter] = {}

    def __len__(self) -> int:
        return sum(not one.process for one in list(self._by_sid.values()))

    @property
    def n_followers(self) -> int:
        """How many follow somebody."""
        return len(self._followed)

    def present(self, sid: str, chart: str, by: str, view: dict[str, Any]) -> Presenter:
        """Show a view to all who follow the viewer `sid`; it presents from the first on.

        Raises:
            BadRequest: there are too many who do.
        """
        with self._lock:
            presenter = self._by_sid.get(sid)
            if presenter is None or presenter.chart != chart:
                self._drop(sid)
                if len(self._by_sid) >= PRESENTERS_MAX:
                    raise BadRequest(
                        f"{PRESENTERS_MAX} viewers present; expected fewer, try again later"
                    )
                presenter = Presenter(sid, chart, by)
                self._by_sid[sid] = self._by_id[presenter.id] = presenter
            presenter.by, presenter.view = by, view
            return presenter

    def follow(self, sid: str, presenter_id: object) -> Presenter:
        """Have the viewer `sid` follow a presenter, and nobody else.

        Raises:
            BadRequest: nobody presents under that id.
        """
        with self._lock:
            self._unfollow(sid)
            presenter = self._by_id.get(presenter_id) if isinstance(presenter_id, str) else None
            if presenter is None or presenter.sid == sid:
                raise BadRequest("nobody else presents under that id; it may have ended")
            if len(self._followed) >= FOLLOWERS_MAX:
                raise BadRequest(f"{FOLLOWERS_MAX} viewers follow; expected fewer")
            presenter.followers[sid] = None
            self._followed[sid] = presenter
            return presenter

    def unfollow(self, sid: str) -> None:
        """Have the viewer `sid` follow nobody."""
        with self._lock:
            self._unfollow(sid)

    def stop(self, sid: str) -> Presenter | None:
        """Have the viewer `sid` present no more; return the presenter that it was, if any.

        Its followers stay in it, to be told.
        """
        with self._lock:
            return self._drop(sid)

    def of(self, sid: str) -> Presenter | None:
        """Return the presenter that the viewer `sid` is, if any."""
        with self._lock:
            return self._by_sid.get(sid)

    def announced(self, chart: str) -> tuple[Mapping[str, str], ...]:
        """Return who presents a chart, the first ones, as all of its viewers are told."""
        with self._lock:
            shown = [one for one in self._by_sid.values() if one.chart == chart]
            return tuple({"id": one.id, "by": one.by} for one in shown[:ANNOUNCED_MAX])

    def come(self, process: str, raw: Mapping[str, Any]) -> Presenter | None:
        """Take over what somebody shows at another process; without a view it has ended.

        Returns the presenter, whose followers are to be told; None when there is none to tell of.

        Raises:
            BadRequest: it is not as it should be.
        """
        presenter_id, chart, by, view = (raw.get(name) for name in ("id", "chart", "by", "view"))
        if not (isinstance(presenter_id, str) and isinstance(chart, str) and isinstance(by, str)):
            raise BadRequest(f"got {short(raw)}; expected what somebody presents")
        known = parse_view(view) if view is not None else None
        with self._lock:
            presenter = self._by_id.get(presenter_id)
            if presenter is not None and not presenter.process:
                return None
            if known is None:
                return self._drop(presenter.sid) if presenter else None
            if presenter is None:
                if len(self._by_sid) >= PRESENTERS_MAX:
                    return None
                presenter = Presenter(f"@{presenter_id}", chart, by, presenter_id, process=process)
                self._by_sid[presenter.sid] = self._by_id[presenter_id] = presenter
            presenter.by, presenter.view, presenter.missed = by, known, 0
            return presenter

    def is_new(self, presenter_id: object) -> bool:
        """Return whether nobody is known who presents under that id."""
        return presenter_id not in self._by_id

    def keep_those_of(self, there: Mapping[str, Collection[str]]) -> Sequence[Presenter]:
        """Drop presenters of processes that are not `there`, or no longer name them; return them.

        What a process says may be older than what it has shown since: so once is not enough.
        """
        with self._lock:
            gone = []
            for presenter in [one for one in self._by_sid.values() if one.process]:
                is_named = presenter.id in there.get(presenter.process, ())
                presenter.missed = 0 if is_named else presenter.missed + 1
                if presenter.process not in there or presenter.missed > 1:
                    self._drop(presenter.sid)
                    gone.append(presenter)
            return gone

    def count_elsewhere(self, followers: Mapping[str, int]) -> None:
        """Take note of how many follow whom, by ids, at other processes."""
        with self._lock:
            for presenter in self._by_sid.values():
                presenter.followers_elsewhere = followers.get(presenter.id, 0)

    def told_others(self) -> tuple[Sequence[Mapping[str, Any]], Mapping[str, int]]:
        """Return who presents here, and how many follow whom of other processes, by ids."""
        with self._lock:
            shown = list(self._by_sid.values())
            own = [one.describe() for one in shown if not one.process]
            return own, {one.id: len(one.followers) for one in shown if one.process}

    def followers(self, presenter: Presenter) -> Sequence[str]:
        """Return the sessions of those who follow."""
        with self._lock:
            return list(presenter.followers)

    def _unfollow(self, sid: str) -> None:
        presenter = self._followed.pop(sid, None)
        if presenter is not None:
            presenter.followers.pop(sid, None)

    def _drop(self, sid: str) -> Presenter | None:
        presenter = self._by_sid.pop(sid, None)
        if presenter is not None:
            del self._by_id[presenter.id]
            for follower in presenter.followers:
                self._followed.pop(follower, None)
        return presenter


def parse_view(raw: object) -> dict[str, Any]:
    """Return what of a view is known and as it should be; the rest is not handed on.

    Raises:
        BadRequest: something known is not.
    """
    if not isinstance(raw, Mapping):
        raise BadRequest(f"view is {short(raw)}; expected an object such as {{'span_ms': 300000}}")
    view: dict[str, Any] = {}
    for name in NUMBERS:
        if raw.get(name) is not None:
            view[name] = _number(name, raw[name])
    for name, known in WORDS.items():
        if raw.get(name) is not None:
            if raw[name] not in known:
                raise BadRequest(f"{name} is {short(raw[name])}; expected one of {known}")
            view[name] = raw[name]
    if "hidden" in raw:
        view["hidden"] = _names(raw["hidden"])
    return view


def _number(name: str, raw: object) -> float:
    if isinstance(raw, int | float) and not isinstance(raw, bool) and math.isfinite(raw):
        return raw
    raise BadRequest(f"{name} is {short(raw)}; expected a number or null")


def _names(raw: object) -> list[str]:
    if not isinstance(raw, list) or len(raw) > HIDDEN_MAX:
        raise BadRequest(f"hidden is {short(raw)}; expected at most {HIDDEN_MAX} names of series")
    return [check_text(name, "name of a series", SERIES_NAME_CHARS_MAX) for name in raw]
