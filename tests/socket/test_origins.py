"""Which pages may connect: those of the server itself, and of the origins that are listed."""

import os

import pytest
from async_mode import only_mode

from chartserver import ChartServer
from chartserver.config import load

HANDSHAKE = "/socket.io/?EIO=4&transport=polling"


def status_for(origin, origins="https://wall.example", proxies="", **headers):
    environ = {**only_mode(os.environ), "CHARTSERVER_ORIGINS": origins}
    environ["CHARTSERVER_PROXIES"] = proxies
    server = ChartServer(load({}, environ))
    server.chart("fx", series=["a"])
    headers = {"Origin": origin, "Host": "charts.example", **headers}
    multithread = server.settings.async_mode == "threading"
    with server.app.test_client() as client:
        return client.get(HANDSHAKE, headers=headers, multithread=multithread).status_code


def test_a_page_of_the_server_itself_may_connect():
    assert status_for("http://charts.example") == 200


def test_a_page_of_the_server_behind_a_trusted_proxy_may_connect():
    forwarded = {"X-Forwarded-Proto": "https"}

    assert status_for("https://charts.example", proxies="127.0.0.1", **forwarded) == 200


@pytest.mark.parametrize("name", ["X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Port"])
def test_nobody_else_can_say_where_the_server_is(name):
    told = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example"}
    told |= {"X-Forwarded-Port": "443"}

    assert status_for("https://evil.example", **told) == 403
    assert status_for("https://charts.example", **{name: told[name]}) == 403


def test_a_page_of_the_server_may_connect_when_no_origin_is_listed():
    assert status_for("http://charts.example:80", origins="") == 200
    assert status_for("https://evil.example", origins="") == 403


def test_a_page_of_a_listed_origin_may_connect():
    assert status_for("https://wall.example") == 200


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://wall.example"])
def test_a_page_of_another_origin_may_not_connect(origin):
    assert status_for(origin) == 403


def test_every_page_may_connect_where_all_origins_are_listed():
    assert status_for("https://evil.example", origins="*") == 200
