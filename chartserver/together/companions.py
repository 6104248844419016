"""What viewers do over Socket.IO beside watching: write notes, present, follow, ask the time."""

import itertools
import time
from collections.abc import Callable, Collection, Mapping
from typing import Any

from flask import request
from flask_socketio import SocketIO

from chartserver.access.doorkeeper import Doorkeeper
from chartserver.broadcast.fanout import FanOut
from chartserver.broadcast.subscription import find_chart
from chartserver.broadcast.viewers import Viewers
from chartserver.chart import Chart
from chartserver.errors import AccessDenied, BadRequest, ChartServerError, StoreFault
from chartserver.notes import check_text
from chartserver.together.note_desk import NoteDesk, Writer
from chartserver.together.presented import id_of, parse_key, parse_view
from chartserver.together.stage import PRESENTERS_MAX, Presenter, Stage

NAME_CHARS_MAX = 40
# What a viewer may send; each is handled by the method of that name.
EVENTS = frozenset(["note", "present", "follow", "time"])
Answer = dict[str, Any]


class Companions:
    """Handlers on `socketio` for the viewers of `viewers`.

    Attributes:
        tell_others: called with what a viewer here shows; without a view it has ended.
        stage: who presents.
        desk: where notes are written.
    """

    tell_others: Callable[[Answer], object] = staticmethod(lambda _: None)

    def __init__(
        self,
        socketio: SocketIO,
        viewers: Viewers,
        charts: Mapping[str, Chart],
        fan_out: FanOut,
        doorkeeper: Doorkeeper,
        desk: NoteDesk,
    ) -> None:
        self.stage = Stage()
        self.desk = desk
        self._viewers = viewers
        self._charts = charts
        self._fan_out = fan_out
        self._doorkeeper = doorkeeper
        self._numbers = itertools.count(1)
        # By session: the number that others know a viewer by, and whether it may write.
        self._known: dict[str, tuple[int, bool]] = {}
        # By the ids of those who presented with a key, the last ones: their numbers.
        self._kept: dict[str, int] = {}
        viewers.on_enter, viewers.on_leave = self._enter, self._leave
        for event in EVENTS:
            socketio.on_event(event, self._answering(getattr(self, f"_{event}")))

    def come(self, process: str, raw: Mapping[str, Any]) -> None:
        """Show those who follow what somebody presents at another process."""
        presenter = self.stage.come(process, raw)
        if presenter is not None and raw.get("view") is None:
            self._end(presenter, is_lost=raw.get("lost") is True)
        elif presenter is not None:
            self._announce(presenter.chart)
            self._show(presenter, presenter.describe())

    def keep_those_of(self, there: Mapping[str, Collection[str]]) -> None:
        """Tell those who follow presenters that are gone with their processes; see `Stage`."""
        for presenter in self.stage.keep_those_of(there):
            self._end(presenter, is_lost=True)

    def _enter(self, sid: str, environ: dict[str, Any], auth: object) -> None:
        self._known[sid] = next(self._numbers), self._doorkeeper.may_write(environ, auth)

    def _leave(self, sid: str) -> None:
        self._known.pop(sid, None)
        self.stage.unfollow(sid)
        self._end(self.stage.stop(sid), is_lost=True)

    def _answering(self, handle: Callable[[str, Mapping[str, Any]], Answer]) -> Callable[..., Any]:
        def answer(raw: object = None, *_more: object) -> Answer:
            try:
                if not isinstance(raw, Mapping | None):
                    raise BadRequest('expected an object, such as {"chart": "fx"}')
                return {"ok": True, **handle(request.sid, raw or {})}  # type: ignore[attr-defined]
            except StoreFault as error:
                return {"error": f"it cannot be kept now: {error}; try again in a moment"}
            except ChartServerError as error:
                return {"error": str(error)}

        return answer

    def _note(self, sid: str, raw: Mapping[str, Any]) -> Answer:
        chart = self._chart(sid, raw)
        number, may_write = self._known.get(sid, (0, False))
        if not may_write:
            raise AccessDenied(
                "forbidden", "you may not write notes here; sign in with a token that may push"
            )
        writer = Writer(sid, request.environ.get("REMOTE_ADDR", ""), f"viewer {number}")
        if "remove" in raw:
            self.desk.remove(chart, raw["remove"], writer)
            return {"removed": raw["remove"]}
        return {"note": self.desk.write(chart, raw, writer).describe()}

    def _present(self, sid: str, raw: Mapping[str, Any]) -> Answer:
        chart = self._chart(sid, raw)
        if raw.get("view") is None:
            self._end(self.stage.stop(sid))
            return {}
        view, key = parse_view(raw["view"]), parse_key(raw.get("key"))
        number, may_write = self._number_again(sid, id_of(chart.name, key) if key else "")
        # Whoever may write notes may give a name, which all are told; others are a number.
        name = raw.get("by") if may_write else None
        by = check_text(name, "name", NAME_CHARS_MAX) if name else f"viewer {number}"
        before = self.stage.of(sid)
        presenter = self.stage.present(sid, chart.name, by, view, key)
        if before is not presenter:
            self._end(before)
        self._announce(chart.name)
        self._show(presenter, presenter.describe())
        return {"id": presenter.id, "by": presenter.by, "followers": presenter.n_followers}

    def _number_again(self, sid: str, keyed_id: str) -> tuple[int, bool]:
        """Have who goes on with a key be known by the number of before; return what is known."""
        number, may_write = self._known.get(sid, (0, False))
        if not keyed_id or sid not in self._known:
            return number, may_write
        number = self._kept.pop(keyed_id, number)
        self._kept[keyed_id] = number
        if len(self._kept) > PRESENTERS_MAX:
            self._kept.pop(next(iter(self._kept)), None)
        self._known[sid] = number, may_write
        return number, may_write

    def _follow(self, sid: str, raw: Mapping[str, Any]) -> Answer:
        if raw.get("id") is None:
            self.stage.unfollow(sid)
            return {}
        presenter = self.stage.follow(sid, raw["id"])
        try:
            # Whoever sees one chart alone is not told of others.
            self._viewers.permit_of(sid).check(presenter.chart)
        except AccessDenied:
            self.stage.unfollow(sid)
            raise
        return presenter.describe()

    def _time(self, _sid: str, _raw: Mapping[str, Any]) -> Answer:
        return {"time_ms": time.time() * 1000}

    def _chart(self, sid: str, raw: Mapping[str, Any]) -> Chart:
        return find_chart(raw.get("chart"), self._charts, self._viewers.permit_of(sid))

    def _end(self, presenter: Presenter | None, is_lost: bool = False) -> None:
        """Tell those who follow; one who is lost, and did not end it, may be back."""
        if presenter is not None:
            self._announce(presenter.chart)
            lost = {"lost": True} if is_lost else {}
            self._show(presenter, {**presenter.describe(), "view": None, **lost})

    def _announce(self, chart_name: str) -> None:
        """Have the ticker tell all viewers of a chart who presents."""
        chart = self._charts.get(chart_name)
        if chart is not None:
            chart.presenters = self.stage.announced(chart_name)
            chart.more_presenters = self.stage.count(chart_name) - len(chart.presenters)

    def _show(self, presenter: Presenter, content: Answer) -> None:
        if not presenter.process:
            self.tell_others(content)
        followers = self.stage.followers(presenter)
        self._fan_out.whisper(followers, "presented", presenter.chart, content)
