"""The relay before the server: its own page is answered as the server answers with its pages."""

import http.client
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from benchmarks.page.relay import MODEL, Relay

OF_PAGES = {
    "Content-Security-Policy": "script-src 'self'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=()",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "SAMEORIGIN",
    "Cache-Control": "no-cache",
}


class Pages(BaseHTTPRequestHandler):
    """Answers for the page of the model alone, with the headers of pages."""

    def do_GET(self):
        self.send_response(200 if self.path == MODEL else 404)
        for name, text in OF_PAGES.items():
            self.send_header(name, text)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def relay():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    with Relay(server.server_port) as made:
        yield made
    server.shutdown()
    thread.join()
    server.server_close()


def ask(relay, path):
    connection = http.client.HTTPConnection("127.0.0.1", relay.port, timeout=10)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, dict(response.getheaders()), response.read().decode()
    finally:
        connection.close()


def test_the_page_of_epoch_has_the_headers_of_the_servers_pages(relay):
    status, headers, body = ask(relay, "/epoch?width=1&height=1")

    assert (status, "Epoch.Time.Line" in body) == (200, True)
    assert headers.items() >= {
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Permissions-Policy", "camera=()"),
        ("Referrer-Policy", "same-origin"),
        ("X-Frame-Options", "SAMEORIGIN"),
    }
    # Its own script stands in it, and nothing of it is kept.
    assert not headers.keys() & {"Content-Security-Policy", "Cache-Control"}


def test_it_can_be_had_without_them(relay):
    _, headers, body = ask(relay, "/epoch?width=1&height=1&bare")

    assert "Epoch.Time.Line" in body
    assert headers.keys() == {"Content-Type", "Connection", "Content-Length"}


def test_all_else_is_the_servers(relay):
    status, headers, _ = ask(relay, "/other")

    assert status == 404
    assert headers["Cache-Control"] == "no-cache"
    assert relay.down_bytes > 0
