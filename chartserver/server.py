"""The server: puts charts, sources, ticker, broadcast, viewers and pages together."""

import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from flask import Flask
from flask_socketio import SocketIO

from chartserver import frames
from chartserver.access.doorkeeper import make_doorkeeper
from chartserver.access.origins import Origins
from chartserver.alarm import ALARMS, PAUSES_S
from chartserver.broadcast.delivery import make_delivery
from chartserver.broadcast.tides import Both
from chartserver.broadcast.viewers import EVENTS, Viewers
from chartserver.chart import Chart
from chartserver.chart_plan import ChartPlan
from chartserver.charts import Charts
from chartserver.config import changed, load
from chartserver.entrance.front import Front
from chartserver.entrance.listener import bind, url_of
from chartserver.entrance.request_log import RequestLog
from chartserver.intake.allowance import Allowance
from chartserver.operation import logs, process
from chartserver.operation.counted import Counted
from chartserver.operation.findings_access import told_at_start
from chartserver.operation.metrics import Metrics
from chartserver.operation.readiness import Readiness
from chartserver.operation.stopping import Stopping
from chartserver.operation.watchdog import Watchdog
from chartserver.refusals import Refusals
from chartserver.settings import Settings
from chartserver.shared.limits import count_together
from chartserver.shared.stage_door import open_stage_door
from chartserver.sources.python import make_source
from chartserver.sources.source import Source
from chartserver.stack import engine
from chartserver.stack.manager import WelcomingManager
from chartserver.stack.offload import Offload
from chartserver.ticker import Ticker
from chartserver.ticks import Series
from chartserver.together.companions import EVENTS as COMPANIONS
from chartserver.together.wiring import bring_together
from chartserver.web.pages import make_app
from chartserver.web.probes import make_probes
from chartserver.web.routes import make_routes

PING_INTERVAL_S = 20
PING_TIMEOUT_S = 20
STOP_POLL_S = 0.1

log = logging.getLogger(__name__)


class ChartServer:
    """Charts that many people watch together.

    `app` is the Flask application, for a WSGI server of your own; `run` serves it with ours. The
    one background task starts with `run`, or else with the first request.
    """

    def __init__(
        self, settings: Settings | None = None, *, worker: int = 0, **changes: Any
    ) -> None:
        """Make a server of `settings`, or of the environment's, with `changes` by name.

        `worker` is which of several that share a port, from 1; 0 for one that has it alone.

        Raises:
            ConfigError: what the environment says is wrong, in one line each.
        """
        self.settings = changed(settings or load({}, os.environ), changes)
        self.worker = worker
        if os.environ.get("FLASK_RUN_FROM_CLI"):
            # `flask run` serves from threads, whatever was asked for.
            self.settings = replace(self.settings, async_mode="threading")
        self.refusals = Refusals()
        self.origins = Origins(self.settings.origins, self.refusals)
        self.doorkeeper = make_doorkeeper(self.settings, self.origins, self.refusals)
        self._lock = threading.Lock()
        self._is_started = threading.Event()
        self._is_asked_to_stop = threading.Event()
        make_alarm = ALARMS[self.settings.async_mode]
        self.offload = Offload(make_alarm)
        self._charts = Charts(self.settings, make_alarm, self.offload)
        self.charts, self.store = self._charts.by_name, self._charts.store
        self.app, self.socketio, manager = self._make_stack()
        events = EVENTS | COMPANIONS
        allowed = self.allowance = Allowance(self.settings, events, self.refusals, self.charts)
        self.fan_out, self.heartbeat = make_delivery(self.socketio, self.settings, allowed)
        self.front = self._make_front()
        self.ticker = self._make_ticker()
        self.viewers = Viewers(
            self.socketio, manager, self.charts, self.fan_out, self.doorkeeper, self.start, allowed
        )
        self.companions = bring_together(
            self.app,
            self.socketio,
            self.viewers,
            self.charts,
            self.fan_out,
            self.doorkeeper,
            self.refusals,
            self.offload,
            self.store,
        )
        self._stage_door = open_stage_door(self.companions, self._charts.peers, make_alarm)
        self._operate()

    def chart(
        self,
        name: str,
        *,
        series: Sequence[str | Series] = (),
        title: str = "",
        interval_s: float | None = None,
        panels: str = "auto",
        history: int | None = None,
    ) -> Chart:
        """Return the chart of that name, made when there is none, for you to append to."""
        return self._charts.chart(
            name,
            series=series,
            title=title,
            interval_s=interval_s,
            panels=panels,
            history=history,
        )

    def pushed(self, name: str) -> Chart:
        """Return the chart of that name to push to, made when there is none.

        Raises:
            UnknownChart: there is none, and pushes have made as many charts as they may.
            NotKept: the store cannot be asked what it has kept of it.
            ConfigError: no chart can have that name.
        """
        return self._charts.pushed(name)

    def add(self, name: str, source: Source) -> Chart:
        """Add a chart that is fed by `source`."""
        return self.open(ChartPlan(name=name, source=source))

    def open(self, plan: ChartPlan) -> Chart:
        """Add a chart as it is planned."""
        return self._charts.open(plan)

    def source(
        self,
        name: str,
        *,
        series: Sequence[str | Series] = (),
        interval_s: float | None = None,
        title: str = "",
    ) -> Callable[[Callable[[], Any]], Callable[[], Any]]:
        """Make the function below a source: one that returns a tick's values, or yields them.

        A function that returns is called once in each interval.
        """

        def decorate(function: Callable[[], Any]) -> Callable[[], Any]:
            made = make_source(
                function,
                series=[Series(one) if isinstance(one, str) else one for one in series],
                interval_s=interval_s,
                default_interval_s=self.settings.interval_s,
                title=title,
            )
            self.add(name, made)
            return function

        return decorate

    def start(self) -> None:
        """Start the background task and the sources, unless they run: once and only once."""
        if self._is_started.is_set():
            return
        with self._lock:
            if self._is_started.is_set():
                return
            self._charts.start()
            self._is_started.set()
            self.ticker.start(self.socketio.start_background_task)
            self.socketio.start_background_task(self.heartbeat.run, self.socketio.sleep)
            self.socketio.start_background_task(self.front.readers.run, self.socketio.sleep)
            if self._stage_door:
                self.socketio.start_background_task(self._stage_door.run)
            if self.settings.link_keys:
                self.viewers.start_ending(self.socketio.start_background_task)

    def run(
        self,
        host: str | None = None,
        port: int | None = None,
        *,
        on_listening: Callable[[str], None] | None = None,
    ) -> None:
        """Serve until SIGTERM or SIGINT, or until `stop` is called; then close cleanly.

        `on_listening` is given the address, such as `http://127.0.0.1:8000`, once it answers.

        Raises:
            ConfigError: the port cannot be had, or the async library is not installed.
        """
        socks = self._bind(host or self.settings.host, self.settings.port if port is None else port)
        url = url_of(socks[0].getsockname())
        for line in told_at_start(self.settings, host or self.settings.host, url, self.worker):
            log.warning("%s", line)
        process.tune()
        listeners = [self.front.listener(sock, self.app.wsgi_app) for sock in socks]
        self.doorkeeper.host = host or self.settings.host
        with process.stop_signals(self.stop):
            self.start()
            self.watchdog.start(self.socketio.start_background_task)
            for listener in listeners:
                listener.start()
            (on_listening or _say)(url)
            while not self._is_asked_to_stop.is_set():
                self.socketio.sleep(STOP_POLL_S)
            self._stopping.close()
            self.watchdog.stop()
            for listener in listeners:
                listener.stop()

    def stop(self) -> None:
        """Ask `run` to end; returns at once and may be called from anywhere."""
        self.gate.is_stopping = True
        self._is_asked_to_stop.set()

    def _bind(self, host: str, port: int) -> Sequence[socket.socket]:
        """Return what to listen on: the port, and that at which this worker alone answers."""
        of = self.settings
        socks = [bind(host, port, of.backlog, is_shared=self.worker > 0)]
        if self.worker and of.worker_ports:
            socks.append(bind("127.0.0.1", of.worker_ports + self.worker - 1, of.backlog))
        return socks

    def _make_front(self) -> Front:
        return Front(
            self.settings,
            self.app,
            self.socketio,
            charts=self.charts,
            refusals=self.refusals,
            doorkeeper=self.doorkeeper,
            origins=self.origins,
            on_request=self.start,
            viewers=lambda: self.viewers,
            budgets=self.allowance.budgets,
            check_pushed=self._charts.check_pushed,
        )

    def _make_ticker(self) -> Ticker:
        return Ticker(
            self.charts,
            Both(self.fan_out, self.front.tides),
            clock=time.monotonic,
            sleep=self.socketio.sleep,
            frame_interval_s=self.settings.frame_interval_s,
            wait=self._charts.alarm.wait,
            take=self._charts.take,
            calls=self._charts.calls,
        )

    def _operate(self) -> None:
        self.gate = self.front.gate
        count_together(self._charts.peers, self.doorkeeper.tries, self.front.request_limits)
        self._stopping = self._make_stopping()
        self.watchdog = Watchdog(self.socketio.sleep)
        self.readiness = self._make_readiness()
        self.metrics = Metrics(self._make_counted(), self.worker)
        self.app.wsgi_app = RequestLog(self.gate)  # type: ignore[method-assign]

    def _make_stopping(self) -> Stopping:
        return Stopping(
            socketio=self.socketio,
            charts=self.charts,
            threads=self._charts.threads,
            ticker=self.ticker,
            alarm=self._charts.alarm,
            return_within_s=self.settings.return_within_s,
            count_readers=lambda: len(self.front.readers),
            store=self.store,
            peers=self._charts.peers,
        )

    def _make_readiness(self) -> Readiness:
        return Readiness(
            charts=self.charts,
            ticker=self.ticker,
            is_started=self._is_started.is_set,
            is_stopping=lambda: self.gate.is_stopping,
            clock=time.monotonic,
            frame_interval_s=self.settings.frame_interval_s,
            store=self.store,
        )

    def _make_counted(self) -> Counted:
        return Counted(
            async_mode=self.settings.async_mode,
            charts=self.charts,
            threads=self._charts.threads,
            ticker=self.ticker,
            fan_out=self.fan_out,
            heartbeat=self.heartbeat,
            viewers=self.viewers,
            stage=self.companions.stage,
            refusals=self.refusals,
            watchdog=self.watchdog,
            log_writer=logs.current_writer,
            sessions=self._count_sessions,
            connections=self.front.count_connections,
            is_ready=lambda: self.readiness.judge()[0] == "ready",
            shared=self._charts.histories.shared,
            store=self.store,
            peers=self._charts.peers,
        )

    def _count_sessions(self) -> dict[str, int]:
        return engine.count_sessions(self.socketio) | self.front.readers.counts()

    def _make_stack(self) -> tuple[Flask, SocketIO, WelcomingManager]:
        app = make_app()
        pause_s = PAUSES_S[self.settings.async_mode]
        for routes in make_routes(
            self.settings,
            self.charts,
            self._charts,
            self.doorkeeper,
            self.origins,
            self.refusals,
            self.offload,
            lambda: self.socketio.sleep(pause_s),
            self.store,
        ):
            app.register_blueprint(routes)
        app.register_blueprint(
            make_probes(
                lambda: self.readiness.judge(),
                lambda accept: self.metrics.expose(accept),
                self.doorkeeper.check_metrics,
                self.worker,
            )
        )
        manager = WelcomingManager()
        socketio = engine.make_socketio(
            app,
            self.settings.async_mode,
            client_manager=manager,
            json=frames,
            manage_session=False,
            # In the task that reads: who floods us waits for its own answers.
            async_handlers=False,
            cors_allowed_origins=self.origins.allows_origin,
            ping_interval=PING_INTERVAL_S,
            ping_timeout=PING_TIMEOUT_S,
            max_http_buffer_size=self.settings.message_bytes,
        )
        return app, socketio, manager


def _say(url: str) -> None:
    logs.say(f"serving on {url}")
