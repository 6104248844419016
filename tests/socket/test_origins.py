"""Which pages may connect: those of the server itself, and of the origins that are listed."""

import os

import pytest
from async_mode import only_mode

from chartserver import ChartServer
from chartserver.config import load

HANDSHAKE = "/socket.io/?EIO=4&transport=polling"


def status_for(origin, origins="https://wall.example", **headers):
    environ = {**only_mode(os.environ), "CHARTSERVER_ORIGINS": origins}
    server = ChartServer(load({}, environ))
    server.chart("fx", series=["a"])
    headers = {"Origin": origin, "Host": "charts.example", **headers}
    multithread = server.settings.async_mode == "threading"
    with server.app.test_client() as client:
        return client.get(HANDSHAKE, headers=headers, multithread=multithread).status_code


def test_a_page_of_the_server_itself_may_connect():
    assert status_for("http://charts.example") == 200


def test_a_page_of_the_server_behind_a_proxy_may_connect():
    assert status_for("https://charts.example", **{"X-Forwarded-Proto": "https"}) == 200


def test_a_page_of_a_listed_origin_may_connect():
    assert status_for("https://wall.example") == 200


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://wall.example"])
def test_a_page_of_another_origin_may_not_connect(origin):
    assert status_for(origin) == 400


def test_every_page_may_connect_where_all_origins_are_listed():
    assert status_for("https://evil.example", origins="*") == 200
