"""Who presents: shows others what they look at, and who follows whom.

Of what is shown only the newest counts. Knows no sockets; thread-safe.
"""

import secrets
import threading
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from chartserver.errors import BadRequest
from chartserver.ticks import short
from chartserver.together.presented import id_of, parse_view

PRESENTERS_MAX = 200
# Of a chart, all viewers are told of so many.
ANNOUNCED_MAX = 5
FOLLOWERS_MAX = 5_000


@dataclass(slots=True)
class Presenter:
    """Who shows something: known to others by `id` and by the name `by`.

    Attributes:
        is_keyed: its id comes from a key: whoever has that goes on with it over any connection.
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
    is_keyed: bool = False
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

    def present(
        self, sid: str, chart: str, by: str, view: dict[str, Any], key: str = ""
    ) -> Presenter:
        """Show a view to all who follow the viewer `sid`; it presents from the first on.

        With a `key` it goes on with what was presented with that, and takes those along who follow.

        Raises:
            BadRequest: there are too many who do.
        """
        with self._lock:
            presenter = self._by_sid.get(sid)
            keyed_id = id_of(chart, key) if key else ""
            if presenter and (presenter.chart != chart or keyed_id not in ("", presenter.id)):
                self._drop(sid)
                presenter = None
            if presenter is None:
                presenter = self._go_on(sid, keyed_id) or self._begin(sid, chart, by, keyed_id)
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

    def count(self, chart: str) -> int:
        """Return how many present a chart."""
        with self._lock:
            return sum(one.chart == chart for one in self._by_sid.values())

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
            if known is None:
                is_there = presenter is not None and presenter.process == process
                return self._drop(presenter.sid) if presenter and is_there else None
            if presenter is None:
                if len(self._by_sid) >= PRESENTERS_MAX:
                    return None
                presenter = Presenter(f"@{presenter_id}", chart, by, presenter_id)
            elif not (presenter.process or presenter.is_keyed):
                return None
            self._place(presenter, f"@{presenter_id}", process)
            presenter.by, presenter.view = by, known
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

    def _begin(self, sid: str, chart: str, by: str, keyed_id: str) -> Presenter:
        if len(self._by_sid) >= PRESENTERS_MAX:
            raise BadRequest(f"{PRESENTERS_MAX} viewers present; expected fewer, try again later")
        presenter = Presenter(sid, chart, by, keyed_id or secrets.token_hex(4))
        presenter.is_keyed = bool(keyed_id)
        return self._place(presenter, sid)

    def _go_on(self, sid: str, keyed_id: str) -> Presenter | None:
        """Have who presents be at another connection; the end of the last may not be known yet."""
        presenter = self._by_id.get(keyed_id)
        if presenter is None:
            return None
        if self._followed.get(sid) is presenter:
            self._unfollow(sid)
        presenter.is_keyed = True
        return self._place(presenter, sid)

    def _place(self, presenter: Presenter, sid: str, process: str = "") -> Presenter:
        self._by_sid.pop(presenter.sid, None)
        presenter.sid, presenter.process, presenter.missed = sid, process, 0
        self._by_sid[sid] = self._by_id[presenter.id] = presenter
        return presenter

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
