"""Who a client is: forwarding headers count only when a trusted proxy has sent them."""

import pytest

from chartserver.entrance.proxies import Proxies, client_of, is_own_machine, plain

PROXY, CLIENT = "10.1.2.3", "198.51.100.7"
TRUSTED = Proxies(["10.0.0.0/8", "2001:db8:1::/48"])


def applied(proxies=TRUSTED, peer=PROXY, **headers):
    environ = {
        "REMOTE_ADDR": peer,
        "HTTP_HOST": "inside:8000",
        "SERVER_PORT": "8000",
        "wsgi.url_scheme": "http",
        **{f"HTTP_X_FORWARDED_{name}": text for name, text in headers.items()},
    }
    proxies.apply(environ)
    return environ


def test_a_trusted_proxy_tells_of_its_client():
    environ = applied(FOR=CLIENT, PROTO="https", HOST="charts.example", PORT="443")

    assert environ["REMOTE_ADDR"] == CLIENT
    assert environ["wsgi.url_scheme"] == "https"
    assert environ["HTTP_HOST"] == "charts.example"
    assert environ["SERVER_PORT"] == "443"


@pytest.mark.parametrize("proxies", [Proxies([]), Proxies(["10.1.2.4/32"])])
def test_nobody_else_is_believed(proxies):
    environ = applied(proxies, FOR=CLIENT, PROTO="https", HOST="evil.example", PORT="1")

    assert environ["REMOTE_ADDR"] == PROXY
    assert environ["wsgi.url_scheme"] == "http"
    assert environ["HTTP_HOST"] == "inside:8000"
    assert environ["SERVER_PORT"] == "8000"


@pytest.mark.parametrize("peer", [PROXY, CLIENT])
def test_no_forwarding_header_is_left_for_others_to_believe(peer):
    environ = {
        "REMOTE_ADDR": peer,
        "HTTP_FORWARDED": "for=1.2.3.4",
        "HTTP_X_REAL_IP": "1.2.3.4",
        "HTTP_X_FORWARDED_FOR": "1.2.3.4",
        "HTTP_X_FORWARDED_PREFIX": "/x",
        "HTTP_X_FORWARDED": "1.2.3.4",
        "HTTP_COOKIE": "a=b",
    }

    TRUSTED.apply(environ)

    assert [name for name in environ if name.startswith("HTTP_")] == ["HTTP_COOKIE"]


@pytest.mark.parametrize(
    ("forwarded_for", "client"),
    [
        ("", PROXY),
        (CLIENT, CLIENT),
        (f"127.0.0.1, {CLIENT}", CLIENT),
        (f"{CLIENT}, 10.9.9.9", CLIENT),
        (f"1.2.3.4,{CLIENT},10.9.9.9 , 10.8.8.8", CLIENT),
        ("10.9.9.9, 10.8.8.8", "10.9.9.9"),
        (f"{CLIENT}:51234", CLIENT),
        ("[2001:db8::7]:51234", "2001:db8::7"),
        ("[2001:db8::7]", "2001:db8::7"),
        ("2001:db8::7", "2001:db8::7"),
        ("2001:DB8:0::7, 2001:db8:1::1", "2001:db8::7"),
        (f"::ffff:{CLIENT}", CLIENT),
        ("unknown", PROXY),
        (f"{CLIENT}, garbage", PROXY),
        (f"{CLIENT}, , 10.9.9.9", "10.9.9.9"),
        ("<script>", PROXY),
        ("1.2.3.4.5", PROXY),
        ("1" * 8_000, PROXY),
        (f"{CLIENT}," * 3_000 + CLIENT, CLIENT),
    ],
)
def test_the_client_is_the_last_that_no_trusted_proxy_is(forwarded_for, client):
    assert applied(FOR=forwarded_for)["REMOTE_ADDR"] == client


def test_a_proxy_that_listens_on_ipv6_too_is_known_by_its_ipv4_address():
    assert applied(peer=f"::ffff:{PROXY}", FOR=CLIENT)["REMOTE_ADDR"] == CLIENT
    assert applied(peer=f"::ffff:{CLIENT}")["REMOTE_ADDR"] == CLIENT


@pytest.mark.parametrize(
    ("proto", "scheme"),
    [
        ("https", "https"),
        ("HTTPS", "https"),
        ("wss", "https"),
        ("http, https", "https"),
        ("", "http"),
        ("evil", "http"),
        ("https\r\nX: y", "http"),
    ],
)
def test_a_scheme_is_one_that_there_is(proto, scheme):
    assert applied(PROTO=proto)["wsgi.url_scheme"] == scheme


@pytest.mark.parametrize(
    ("host", "taken"),
    [
        ("charts.example", "charts.example"),
        ("charts.example:8443", "charts.example:8443"),
        ("evil.example, charts.example", "charts.example"),
        ("[2001:db8::1]:8000", "[2001:db8::1]:8000"),
        ("", "inside:8000"),
        ("a b", "inside:8000"),
        ("a/b", "inside:8000"),
        ("a\r\nX: y", "inside:8000"),
        ("user@charts.example", "inside:8000"),
        ("a" * 300, "inside:8000"),
        ("charts.example:123456", "inside:8000"),
    ],
)
def test_a_host_is_one_that_can_be(host, taken):
    assert applied(HOST=host)["HTTP_HOST"] == taken


@pytest.mark.parametrize(
    ("headers", "host"),
    [
        ({"HOST": "a.example", "PORT": "8443", "PROTO": "https"}, "a.example:8443"),
        ({"HOST": "a.example", "PORT": "443", "PROTO": "https"}, "a.example"),
        ({"HOST": "a.example:1234", "PORT": "8443"}, "a.example:1234"),
        ({"HOST": "a.example", "PORT": "0"}, "a.example"),
        ({"HOST": "a.example", "PORT": "99999"}, "a.example"),
        ({"HOST": "a.example", "PORT": "80\r\nX: y"}, "a.example"),
        ({"HOST": "[::1]", "PORT": "8443"}, "[::1]:8443"),
    ],
)
def test_a_port_is_told_where_the_host_has_none(headers, host):
    assert applied(**headers)["HTTP_HOST"] == host


@pytest.mark.parametrize(
    ("address", "is_free"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        (PROXY, True),
        ("127.0.0.2", False),
        (CLIENT, False),
        ("", False),
        ("unix", False),
    ],
)
def test_this_machine_and_its_proxies_have_no_limits_of_their_own(address, is_free):
    assert TRUSTED.is_free(address) is is_free


def test_an_ipv6_client_is_its_network():
    assert client_of("2001:db8::1") == client_of("2001:db8::ffff:1") == "2001:db8::/64"
    assert client_of("2001:db8:0:1::1") != client_of("2001:db8::1")
    assert client_of(CLIENT) == CLIENT


@pytest.mark.parametrize("text", ["", "x", "1.2.3", "::g", "999.1.1.1", "[", "[]", ":", "-1"])
def test_what_is_no_address_is_none(text):
    assert plain(text) is None


def test_a_zone_is_not_part_of_an_address():
    assert plain("fe80::1%eth0") == "fe80::1"


def test_who_comes_by_a_proxy_that_nobody_trusts_is_not_this_machine():
    assert is_own_machine(applied(Proxies([]), peer="127.0.0.1"))
    assert not is_own_machine(applied(Proxies([]), peer="127.0.0.1", FOR="127.0.0.1"))
    assert not is_own_machine(applied(Proxies(["127.0.0.1"]), peer="127.0.0.1", FOR=CLIENT))
    assert not is_own_machine(applied(peer=CLIENT))
