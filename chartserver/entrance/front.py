"""All that stands between the network and the application, made of the settings."""

import socket
import time
from collections.abc import Callable
from functools import partial
from itertools import chain

from flask import Flask
from flask_socketio import SocketIO

from chartserver.access.doorkeeper import Doorkeeper
from chartserver.access.origins import Origins
from chartserver.access.rules import Permit
from chartserver.broadcast.drafts import Drafts
from chartserver.broadcast.readers import Readers
from chartserver.broadcast.tides import Tides
from chartserver.broadcast.viewers import Viewers
from chartserver.chart import Chart
from chartserver.entrance import request_ids
from chartserver.entrance.admission import Admission
from chartserver.entrance.bodies import Bodies
from chartserver.entrance.connections import Connections, most_connections
from chartserver.entrance.gate import Gate
from chartserver.entrance.http_requests import HttpService
from chartserver.entrance.listener import LISTENERS, Listener
from chartserver.entrance.proxies import Proxies
from chartserver.entrance.request_limits import RequestLimits
from chartserver.intake.budgets import Budgets
from chartserver.refusals import Refusals
from chartserver.settings import Settings
from chartserver.stack import engine
from chartserver.stack.engine import WsgiApp
from chartserver.web import event_stream, publish
from chartserver.web.events import make_events
from chartserver.web.push_door import PushDoor


class Front:
    """The limits, the gate, and the viewers who read on by themselves.

    Args:
        app: whose application the gate is put before.
        on_request: called before a request is served.
        viewers: those over Socket.IO, who are counted together with all others.
        budgets: what answers may cost.
        check_pushed: raises what any push to the chart of a name would meet.
    """

    def __init__(
        self,
        settings: Settings,
        app: Flask,
        socketio: SocketIO,
        *,
        charts: dict[str, Chart],
        refusals: Refusals,
        doorkeeper: Doorkeeper,
        origins: Origins,
        on_request: Callable[[], object],
        viewers: Callable[[], Viewers],
        budgets: Budgets,
        check_pushed: Callable[[str], None],
    ) -> None:
        self._settings = settings
        self._websocket_app = partial(engine.websocket_app, socketio)
        self._refusals = refusals
        self._proxies = Proxies(settings.proxies)
        self.readers = Readers(
            [publish.KIND, event_stream.KIND],
            evict_after_s=settings.evict_after_s,
            is_stopping=lambda: self.gate.is_stopping,
            refusals=refusals,
        )
        self._publish_viewers = self._make_publish_viewers(socketio)
        self.tides = make_tides(settings, socketio)
        streams = self._make_streams(socketio, viewers, budgets)
        app.register_blueprint(make_events(charts, doorkeeper.permit, origins, streams))
        # Those of our own listener, once there is one.
        self.connections: Connections | None = None
        self.request_limits = RequestLimits(settings.requests_per_s, self._proxies.is_free)
        self.gate = Gate(
            app.wsgi_app,
            charts=charts,
            proxies=self._proxies,
            request_limits=self.request_limits,
            admission=self._make_admission(socketio),
            refusals=refusals,
            on_request=on_request,
            refuses_server=lambda environ: engine.unfit(environ, settings.async_mode),
            permit=doorkeeper.permit,
            allows_origin=origins.allows_origin,
            bodies=make_bodies(settings, PushDoor(doorkeeper.check_push, check_pushed)),
            publish_app=self._publish_app,
        )
        app.before_request(request_ids.keep)

    def _make_admission(self, socketio: SocketIO) -> Admission:
        return Admission(
            self._settings.max_viewers,
            self._settings.connections_per_address,
            has_viewers=lambda n: engine.has_sessions(socketio, n - len(self.readers)),
            addresses=lambda: chain(engine.addresses(socketio), self.readers.addresses()),
            is_free=self._proxies.is_free,
        )

    def _make_publish_viewers(self, socketio: SocketIO) -> publish.PublishViewers:
        return publish.PublishViewers(
            self.readers,
            sleep=socketio.sleep,
            spawn=socketio.start_background_task,
            interval_s=self._settings.frame_interval_s,
        )

    def _make_streams(
        self, socketio: SocketIO, viewers: Callable[[], Viewers], budgets: Budgets
    ) -> event_stream.EventStreams:
        return event_stream.EventStreams(
            self.readers,
            self.tides,
            count=lambda chart, more: viewers().count(chart, more),
            answered=lambda event: viewers().note_answer(event),
            spend=budgets.spend_of,
            sleep=socketio.sleep,
        )

    def listener(self, sock: socket.socket, app: WsgiApp) -> Listener:
        """Return what serves `app` on `sock`; descriptors must be as many as there will be.

        Called again, for one more socket, the connections of both are counted together.
        """
        self.connections = self.connections or Connections(
            most_connections(self._settings.max_viewers),
            self._settings.connections_per_address,
            self._proxies.is_free,
            self._refusals,
        )
        service = HttpService(self._settings.request_timeout_s, self._refusals)
        return LISTENERS[self._settings.async_mode](sock, app, service, self.connections)

    def count_connections(self) -> int:
        """Return how many connections our own listener has."""
        return self.connections.n if self.connections is not None else 0

    def _publish_app(self, chart: Chart, permit: Permit, address: str) -> WsgiApp:
        return self._publish_viewers.app(
            self._websocket_app, chart, address, lambda: time.time() >= permit.expires_s
        )


def make_bodies(settings: Settings, door: PushDoor) -> Bodies:
    """Return what reads bodies; those of pushes once `door` has let them in."""
    return Bodies(settings.message_bytes, settings.push_bytes, door.is_push, door.check)


def make_tides(settings: Settings, socketio: SocketIO) -> Tides:
    """Return the tides; where tasks take turns their large answers are made in turns, too."""
    make_event = partial(engine.make_event, socketio)
    takes_turns = settings.async_mode != "threading"
    drafts = Drafts(socketio.sleep, make_event) if takes_turns else None
    return Tides(make_event, settings.exact_ticks, drafts, lambda: socketio.sleep(0))
