"""Viewers over Socket.IO: connect, subscribe, unsubscribe, and the count of who watches."""

import threading
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import socketio as protocol
from flask import request
from flask_socketio import SocketIO

from chartserver.access.doorkeeper import Doorkeeper
from chartserver.access.permits import Permits
from chartserver.access.rules import Permit
from chartserver.broadcast.fanout import FanOut
from chartserver.broadcast.subscription import Subscription, find_chart
from chartserver.chart import Chart
from chartserver.errors import AccessDenied, BadRequest, TooCostly
from chartserver.intake.allowance import Allowance
from chartserver.intake.budgets import KIND
from chartserver.stack.manager import WelcomingManager

SUBSCRIPTIONS_MAX = 1_000
# What a viewer may send; each is handled by the method of that name.
EVENTS = frozenset(["subscribe", "unsubscribe"])


class Viewers:
    """Who watches what, through handlers on `socketio`; `on_connect` runs before each connect.

    Counter: `answers` to who joined or came back, by event. `on_enter` is called with each viewer
    that is let in, the request of its connect and what that brought; `on_leave` with each that
    leaves, maybe twice.
    """

    on_enter: Callable[[str, dict[str, Any], object], object] = staticmethod(lambda *_: None)
    on_leave: Callable[[str], object] = staticmethod(lambda _: None)

    def __init__(
        self,
        socketio: SocketIO,
        manager: WelcomingManager,
        charts: Mapping[str, Chart],
        fan_out: FanOut,
        doorkeeper: Doorkeeper,
        on_connect: Callable[[], object],
        allowance: Allowance,
    ) -> None:
        self._budgets = allowance.budgets
        self._exact_ticks = allowance.exact_ticks
        self._doorkeeper = doorkeeper
        self._permits = Permits()
        self._socketio = socketio
        self._fan_out = fan_out
        self._on_connect = on_connect
        self._charts = charts
        self._lock = threading.Lock()
        self._asked: dict[str, Subscription] = {}
        self._watched: dict[str, set[str]] = {}
        self.answers = {"snapshot": 0, "backfill": 0}
        manager.welcome, manager.farewell = self._welcome, self._farewell
        socketio.on_event("connect", self._connect)
        for event in EVENTS:
            socketio.on_event(event, getattr(self, f"_{event}"))

    def __len__(self) -> int:
        return len(self._watched)

    def start_ending(self, spawn: Callable[..., object]) -> None:
        """Start a task, by `spawn`, that ends viewers whose links have come to their end.

        They are told why when they come again.
        """
        spawn(self._permits.run, self._socketio.sleep, self._socketio.server.disconnect)

    def permit_of(self, sid: str) -> Permit:
        """Return what a viewer may see; raise AccessDenied when it has left."""
        return self._permits.of(sid)

    def count(self, chart: Chart, more: int) -> None:
        """Count a viewer of a chart that comes (1) or leaves (-1) by another way than Socket.IO."""
        with self._lock:
            chart.viewers += more
            chart.joins += max(0, more)

    def note_answer(self, event: str) -> None:
        """Count what was sent to who joined or came back by another way."""
        self.answers[event] += 1

    def _connect(self, auth: object = None) -> None:
        self._on_connect()
        try:
            permit = self._doorkeeper.permit(request.environ, auth)
            subscription = Subscription.parse(auth, self._charts, permit, self._exact_ticks)
            self._budgets.open(_sid(), request.environ.get("REMOTE_ADDR", ""))
            self._prepare(_sid(), subscription)
        except AccessDenied as error:
            data = {"code": error.code}
            raise protocol.exceptions.ConnectionRefusedError(str(error), data) from None
        except TooCostly as error:
            told = {"code": KIND, "retry_after_s": round(error.retry_after_s, 1)}
            raise protocol.exceptions.ConnectionRefusedError(str(error), told) from None
        except BadRequest as error:
            raise protocol.exceptions.ConnectionRefusedError(str(error)) from None
        self._permits.give(_sid(), permit)
        self.on_enter(_sid(), request.environ, auth)
        self._asked[_sid()] = subscription

    def _welcome(self, sid: str) -> None:
        with self._lock:
            subscription = self._asked.pop(sid, None)
            if subscription is None:  # another thread has ended its session
                return
            self._watched[sid] = set()
        self._bring_up(sid, subscription)

    def _farewell(self, sid: str) -> None:
        self.on_leave(sid)
        self._permits.take_back(sid)
        self._budgets.close(sid)
        with self._lock:
            self._asked.pop(sid, None)
            left = [self._charts[name] for name in self._watched.pop(sid, ())]
            for chart in left:
                chart.viewers -= 1
        for chart in left:
            self._fan_out.leave(sid, chart)

    def _subscribe(self, raw: object = None, *_more: object) -> dict[str, Any]:
        try:
            permit = self._permits.of(_sid())
            subscription = Subscription.parse(raw, self._charts, permit, self._exact_ticks)
            self._check_room_for(_sid(), subscription.chart)
            self._prepare(_sid(), subscription)
            event, content = self._bring_up(_sid(), subscription)
        except (AccessDenied, BadRequest) as error:
            return {"error": str(error)}
        answer: dict[str, Any] = {"ok": True, "sent": event}
        if "recovered" in content:
            answer |= {"recovered": content["recovered"], "reason": content["reason"]}
        return answer

    def _unsubscribe(self, raw: object = None, *_more: object) -> dict[str, Any]:
        try:
            if not isinstance(raw, Mapping) or "chart" not in raw:
                raise BadRequest('expected the chart to leave, such as {"chart": "fx"}')
            chart = find_chart(raw["chart"], self._charts, self._permits.of(_sid()))
        except (AccessDenied, BadRequest) as error:
            return {"error": str(error)}
        sid = _sid()
        self._fan_out.leave(sid, chart)
        with self._lock:
            if chart.name in self._watched.get(sid, ()):
                self._watched[sid].remove(chart.name)
                chart.viewers -= 1
        return {"ok": True}

    def _prepare(self, sid: str, subscription: Subscription) -> None:
        subscription.wait_for_others(self._socketio.sleep)
        self._fan_out.prepare(subscription, partial(self._budgets.spend, sid))

    def _bring_up(self, sid: str, subscription: Subscription) -> tuple[str, Mapping[str, Any]]:
        chart = subscription.chart
        with self._lock:
            watched = self._watched.get(sid)
            if watched is None:  # another thread has ended its session: it would stay for ever
                raise BadRequest("this viewer has left; expected one that is here")
            if chart.name not in watched:
                watched.add(chart.name)
                chart.viewers += 1
                chart.joins += 1
        event, content = self._fan_out.bring_up(sid, subscription)
        self.answers[event] += 1
        return event, content

    def _check_room_for(self, sid: str, chart: Chart) -> None:
        watched = self._watched.get(sid, set())
        if chart.name not in watched and len(watched) >= SUBSCRIPTIONS_MAX:
            raise BadRequest(
                f"this viewer watches {len(watched)} charts; expected at most"
                f" {SUBSCRIPTIONS_MAX}: unsubscribe from one first"
            )


def _sid() -> str:
    sid: str = request.sid  # type: ignore[attr-defined]
    return sid
