"""A server that runs sources for others that serve, by a Redis that they have together."""

from collections.abc import Iterable
from typing import Any

from chartserver.entrance import http_answers
from chartserver.entrance.http_answers import StartResponse
from chartserver.entrance.listener import url_of
from chartserver.errors import Refused
from chartserver.operation import logs, process
from chartserver.server import STOP_POLL_S, ChartServer
from chartserver.settings import Settings
from chartserver.shared.peers import TICKER
from chartserver.stack.engine import WsgiApp
from chartserver.web import probes


class SourcesServer(ChartServer):
    """Runs the sources of its charts rather than the others, and takes no viewers.

    With `is_listening` it tells at its port how it is.

    Raises:
        ConfigError: the environment, or the settings, are wrong.
    """

    def __init__(self, settings: Settings, *, is_listening: bool) -> None:
        super().__init__(settings)
        self._is_listening = is_listening
        if self._charts.peers:
            self._charts.peers.role = TICKER

    def run_sources(self) -> None:
        """Run until SIGTERM or SIGINT, or until `stop` is called; then close cleanly."""
        socks = self._bind(self.settings.host, self.settings.port) if self._is_listening else []
        where = f"; how it is: {url_of(socks[0].getsockname())}/readyz" if socks else ""
        process.tune()
        listeners = [self.front.listener(sock, only_probes(self.app.wsgi_app)) for sock in socks]
        self.doorkeeper.host = self.settings.host
        with process.stop_signals(self.stop):
            self.start()
            self.watchdog.start(self.socketio.start_background_task)
            for listener in listeners:
                listener.start()
            logs.say(f"running sources, serving nobody{where}")
            while not self._is_asked_to_stop.is_set():
                self.socketio.sleep(STOP_POLL_S)
            self._stopping.close()
            self.watchdog.stop()
            for listener in listeners:
                listener.stop()


def only_probes(app: WsgiApp) -> WsgiApp:
    """Return a WSGI application that answers as `app` does where that tells how it is."""

    def answer(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path in probes.PATHS:
            return app(environ, start_response)
        wanted = ", ".join(sorted(probes.PATHS))
        text = f"path is {path[:80]!r}; this process serves no charts; expected one of {wanted}"
        return http_answers.refuse(start_response, Refused(404, "", text))

    return answer
