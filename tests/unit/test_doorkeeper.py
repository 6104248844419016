"""Requests let in: where their credentials are, whether they are local, and who guesses."""

import pytest

from chartserver.access.credentials import credentials_of
from chartserver.access.doorkeeper import Doorkeeper
from chartserver.access.links import Links
from chartserver.access.origins import Origins
from chartserver.access.rules import ALL_CHARTS, Access
from chartserver.access.wrong_tries import TRIES_PER_MINUTE, WrongTries
from chartserver.entrance.proxies import Proxies
from chartserver.errors import AccessDenied
from chartserver.refusals import Refusals

HERE = {"REMOTE_ADDR": "127.0.0.1", "wsgi.url_scheme": "http", "HTTP_HOST": "localhost:8000"}
LINK = Links(["key"]).sign("fx", 1e10)


def doorkeeper(host="127.0.0.1", has_proxies=False, **tokens):
    refusals = Refusals()
    return Doorkeeper(Access(**tokens), Origins([], refusals), refusals, host, has_proxies)


def bearer(token, address="10.0.0.1"):
    return {**HERE, "REMOTE_ADDR": address, "HTTP_AUTHORIZATION": f"Bearer {token}"}


def code_of(ask, *arguments):
    with pytest.raises(AccessDenied) as caught:
        ask(*arguments)
    return caught.value.code


@pytest.mark.parametrize(
    ("environ", "auth", "tokens", "links"),
    [
        ({}, None, (), ()),
        ({"HTTP_AUTHORIZATION": "Bearer t"}, None, ("t",), ("t",)),
        ({"HTTP_AUTHORIZATION": "bearer  t "}, None, ("t",), ("t",)),
        ({"HTTP_AUTHORIZATION": "Token t"}, None, ("t",), ("t",)),
        ({"HTTP_AUTHORIZATION": "Basic dDp0"}, None, (), ()),
        ({"HTTP_AUTHORIZATION": "Bearer"}, None, (), ()),
        ({"HTTP_AUTHORIZATION": "t"}, None, (), ()),
        ({"HTTP_COOKIE": "a=b; chartserver_token=t"}, None, ("t",), ()),
        ({"HTTP_COOKIE": "chartserver_token=t; chartserver_token=u"}, None, ("t",), ()),
        ({"HTTP_COOKIE": "chartserver_token="}, None, (), ()),
        ({"HTTP_COOKIE": "xchartserver_token=t; token=t"}, None, (), ()),
        ({"QUERY_STRING": "link=l&chart=fx"}, None, (), ("l",)),
        ({"QUERY_STRING": "link=l&link=m"}, None, (), ("l",)),
        ({"QUERY_STRING": "token=t&auth=t&Link=l"}, None, (), ()),
        ({}, {"token": "t", "chart": "fx"}, ("t",), ("t",)),
        ({}, {"token": 5}, (), ()),
        ({}, {"token": ""}, (), ()),
        ({}, {"token": ["t"]}, (), ()),
        ({}, "t", (), ()),
        ({}, ["token", "t"], (), ()),
        (
            {"HTTP_COOKIE": "chartserver_token=c", "QUERY_STRING": "link=l"},
            {"token": "t"},
            ("t", "c"),
            ("t", "l"),
        ),
    ],
)
def test_credentials_are_read_where_they_may_stand_and_nowhere_else(environ, auth, tokens, links):
    credentials = credentials_of(environ, auth)

    assert (credentials.tokens, credentials.links) == (tokens, links)


def test_a_server_that_is_open_asks_nobody():
    assert doorkeeper().permit(bearer("anything")) is ALL_CHARTS


def test_a_connect_is_let_in_by_its_own_credentials_or_those_of_its_handshake():
    keeper = doorkeeper(view_tokens=["t"], link_keys=["key"])

    assert keeper.permit({}, {"token": "t"}) is ALL_CHARTS
    assert keeper.permit({"HTTP_COOKIE": "chartserver_token=t"}, {"chart": "fx"}) is ALL_CHARTS
    assert keeper.permit({}, {"token": LINK}).chart == "fx"
    assert keeper.permit({"QUERY_STRING": f"link={LINK}"}).chart == "fx"
    assert code_of(keeper.permit, {}, None) == "unauthorized"


def test_who_guesses_must_wait_and_then_even_the_right_token_is_not_looked_at():
    keeper = doorkeeper(view_tokens=["right"])
    for i in range(TRIES_PER_MINUTE):
        assert code_of(keeper.permit, bearer(f"wrong-{i}")) == "unauthorized"

    assert code_of(keeper.permit, bearer("right")) == "too_many_tries"
    assert code_of(keeper.permit, {**bearer(""), "HTTP_COOKIE": "chartserver_token=right"}) == (
        "too_many_tries"
    )
    assert code_of(keeper.permit, bearer(""), {"token": "right"}) == "too_many_tries"
    assert code_of(keeper.check_push, bearer("right")) == "too_many_tries"
    assert keeper.permit(bearer("right", "10.0.0.2")) is ALL_CHARTS


def test_a_link_is_no_guess_and_opens_its_chart_to_who_must_wait():
    keeper = doorkeeper(view_tokens=["right"], link_keys=["key"])
    for i in range(TRIES_PER_MINUTE):
        # The link lets in, and yet the token beside it counts.
        environ = bearer(f"wrong-{i}") | {"QUERY_STRING": f"link={LINK}"}
        assert keeper.permit(environ).chart == "fx"

    assert code_of(keeper.permit, bearer("right")) == "too_many_tries"
    assert keeper.permit(bearer(LINK)).chart == "fx"


def test_the_same_wrong_token_again_is_no_other_guess():
    keeper = doorkeeper(view_tokens=["right"])
    for _ in range(5 * TRIES_PER_MINUTE):
        assert code_of(keeper.permit, bearer("stale")) == "unauthorized"

    assert keeper.permit(bearer("right")) is ALL_CHARTS


def test_guesses_are_counted_and_never_told(caplog):
    keeper = doorkeeper(push_tokens=["right"])
    for i in range(TRIES_PER_MINUTE + 2):
        code_of(keeper.check_push, bearer(f"guess-{i}"))

    assert keeper._refusals.counts == {"bad_token": TRIES_PER_MINUTE, "token_tries": 2}
    assert "guess" not in caplog.text


def test_the_addresses_of_one_network_of_ipv6_guess_together():
    tries = WrongTries()
    for i in range(TRIES_PER_MINUTE):
        tries.add(f"2001:db8::{i}", f"wrong-{i}")

    assert tries.is_used_up("2001:db8::ffff")
    assert not tries.is_used_up("2001:db8:0:1::1")
    assert not tries.is_used_up("")


def test_addresses_of_ipv4_guess_alone():
    tries = WrongTries()
    for i in range(TRIES_PER_MINUTE):
        tries.add("10.0.0.1", f"wrong-{i}")

    assert tries.is_used_up("10.0.0.1")
    assert not tries.is_used_up("10.0.0.2")


@pytest.mark.parametrize(
    ("changes", "is_local"),
    [
        ({}, True),
        ({"REMOTE_ADDR": "::1", "HTTP_HOST": "[::1]:8000"}, True),
        ({"HTTP_HOST": "127.0.0.1"}, True),
        ({"HTTP_ORIGIN": "http://localhost:8000"}, True),
        ({"HTTP_ORIGIN": "https://evil.example"}, False),
        ({"HTTP_ORIGIN": "null"}, False),
        ({"HTTP_HOST": "evil.example:8000"}, False),
        ({"HTTP_HOST": ""}, False),
        ({"REMOTE_ADDR": "127.0.0.2"}, False),
        ({"REMOTE_ADDR": "10.0.0.1"}, False),
        ({"REMOTE_ADDR": ""}, False),
        ({"HTTP_VIA": "1.1 proxy"}, False),
        ({"chartserver.is_forwarded": True}, False),
    ],
)
def test_local_is_who_speaks_for_itself_on_this_machine(changes, is_local):
    assert doorkeeper().is_local({**HERE, **changes}) is is_local


@pytest.mark.parametrize("name", ["X_FORWARDED_FOR", "X_FORWARDED_PROTO", "FORWARDED", "X_REAL_IP"])
def test_who_comes_by_a_proxy_of_this_machine_is_not_local(name):
    environ = {**HERE, f"HTTP_{name}": "127.0.0.9"}
    Proxies([]).apply(environ)

    assert not doorkeeper().is_local(environ)


def test_nobody_is_local_to_a_server_behind_proxies():
    assert not doorkeeper(has_proxies=True).is_local(HERE)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.1", "charts.example"])
def test_nobody_is_local_to_a_server_that_listens_to_the_world(host):
    assert not doorkeeper(host=host).is_local(HERE)


def test_pushing_is_off_without_a_token_but_for_this_machine():
    keeper = doorkeeper()

    keeper.check_push(HERE)
    assert code_of(keeper.check_push, {**HERE, "REMOTE_ADDR": "10.0.0.1"}) == "unauthorized"


def test_with_a_token_this_machine_needs_it_too():
    keeper = doorkeeper(push_tokens=["push"], metrics_tokens=["read"], view_tokens=["view"])

    assert code_of(keeper.check_push, HERE) == "unauthorized"
    assert code_of(keeper.check_push, bearer("view")) == "forbidden"
    keeper.check_push(bearer("push"))
    assert code_of(keeper.check_metrics, bearer("push")) == "forbidden"
    keeper.check_metrics(bearer("read"))


def test_where_there_are_no_tokens_it_is_told_how_to_have_some():
    keeper = doorkeeper(metrics_tokens=["m"])

    with pytest.raises(AccessDenied, match="CHARTSERVER_PUSH_TOKENS, to be set") as caught:
        keeper.check_push(bearer("t"))

    assert caught.value.code == "forbidden"
    with pytest.raises(AccessDenied, match="got no token; expected one that may read the metrics"):
        keeper.check_metrics({**HERE, "REMOTE_ADDR": "10.0.0.1"})


class FakeTally:
    """What others have counted is told by the test."""

    def __init__(self):
        self.added, self.others = [], 0

    def add(self, who, n=1):
        self.added.append((who, n))

    def elsewhere(self, who):
        return self.others


def test_wrong_tokens_at_other_processes_count_as_well():
    tries = WrongTries()
    tries.tally = FakeTally()
    tries.add("10.0.0.1", "one")
    tries.add("10.0.0.1", "one")
    assert tries.tally.added == [("10.0.0.1", 1)]

    tries.tally.others = TRIES_PER_MINUTE - 2
    assert not tries.is_used_up("10.0.0.1")
    tries.tally.others = TRIES_PER_MINUTE - 1

    assert tries.is_used_up("10.0.0.1")
