"""A gate without a network, for its tests."""

from chartserver.access.rules import ALL_CHARTS
from chartserver.chart import Chart
from chartserver.entrance.admission import Admission
from chartserver.entrance.bodies import Bodies
from chartserver.entrance.gate import Gate
from chartserver.entrance.proxies import Proxies
from chartserver.entrance.request_limits import RequestLimits
from chartserver.history import MemoryHistory
from chartserver.refusals import Refusals

STRANGER, PROXY, CLIENT = "127.0.0.2", "10.1.1.1", "198.51.100.7"
BODY_BYTES_MAX, PUSH_BYTES_MAX = 10, 20
UPGRADE = {"HTTP_CONNECTION": "Upgrade", "HTTP_UPGRADE": "WebSocket"}


class Hall:
    """A gate around an application that says hello, and a record of what has happened."""

    def __init__(self):
        self.happened = []
        self.unfit = ""
        self.environ = {}
        self.n_viewers = 0
        self.allows_origin = True
        self.is_push = False
        self.refusals = Refusals()
        self.charts = {
            name: Chart(name, now_ms=lambda: 0.0, history=MemoryHistory(1))
            for name in ("fx", "lab")
        }
        proxies = Proxies(["10.0.0.0/8"])
        self.gate = Gate(
            self.inner,
            charts=self.charts,
            proxies=proxies,
            request_limits=RequestLimits(1.0, proxies.is_free),
            admission=Admission(
                10,
                2,
                has_viewers=lambda n: self.n_viewers >= n,
                addresses=lambda: [CLIENT] * 5,
                is_free=proxies.is_free,
            ),
            refusals=self.refusals,
            on_request=lambda: self.happened.append("start"),
            refuses_server=lambda environ: self.unfit,
            permit=lambda environ: self.permit(environ),
            allows_origin=lambda origin, environ: self.allows_origin,
            bodies=Bodies(
                BODY_BYTES_MAX, PUSH_BYTES_MAX, lambda environ: self.is_push, self.check_push
            ),
            publish_app=self.publish_app,
        )

    def check_push(self, environ):
        self.happened.append("push checked")

    def permit(self, environ):
        return ALL_CHARTS

    def inner(self, environ, start_response):
        self.environ = environ
        self.happened.append("inner")
        start_response("200 OK", [("Content-Type", "text/plain"), ("x-content-type-options", "x")])
        return [b"hello"]

    def publish_app(self, chart, permit, address):
        def app(environ, start_response):
            self.happened.append(("websocket", chart.name, address))
            return []

        return app

    def get(self, path, query="", **environ):
        """Return status, headers and body of the answer."""
        said = []
        given = {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "REMOTE_ADDR": "127.0.0.1",
            "wsgi.url_scheme": "http",
            **environ,
        }
        body = b"".join(
            self.gate(given, lambda status, headers, *more: said.append((status, headers)))
        )
        status, headers = said[-1] if said else ("", [])
        return status, dict(headers), body
