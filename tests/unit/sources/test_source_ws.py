"""The options of an upstream WebSocket, and what is wrong with them."""

import pytest

from chartserver.chart_file import open_chart_file
from chartserver.errors import ConfigError
from chartserver.sources.registry import open_source, parse_spec
from chartserver.sources.upstream import Address


@pytest.fixture
def faults(opened):
    """Return a function that returns what is wrong with a source."""

    def find(text):
        with pytest.raises(ConfigError) as caught:
            opened(text)
        assert all("\n" not in fault for fault in caught.value.faults)
        return list(caught.value.faults)

    return find


@pytest.mark.parametrize(
    ("url", "address", "authority"),
    [
        ("wss://a.example", Address(True, "a.example", 443, "/"), "a.example"),
        ("ws://a.example/x", Address(False, "a.example", 80, "/x"), "a.example"),
        (
            "wss://A.example:8443/x%3Fy=1%26z=2",
            Address(True, "a.example", 8443, "/x?y=1&z=2"),
            None,
        ),
        ("ws://[::1]:9000/", Address(False, "::1", 9000, "/"), "[::1]:9000"),
        ("wss://bücher.example", Address(True, "xn--bcher-kva.example", 443, "/"), None),
    ],
)
def test_an_address_is_taken_apart(opened, url, address, authority):
    source = opened(f"ws:{url}")

    assert source._request.address == address
    assert authority is None or address.authority == authority


@pytest.mark.parametrize(
    "url",
    [
        "",
        "wss://",
        "https://a.example",
        "a.example",
        "wss://a.example:99999",
        "wss://a b.example",
        "wss://a.example/#x",
        "wss://me@a.example",
        "wss://[::1",
    ],
)
def test_what_is_no_address_of_a_websocket_is_a_fault(faults, url):
    [fault] = faults(f"ws:{url}")

    assert "the address of ws is " in fault
    assert "such as ws:wss://stream.example.org/v1" in fault


def test_a_path_that_could_end_the_request_is_a_fault(faults):
    [fault] = faults("ws:wss://a.example/x%20HTTP/1.1")

    assert "the address of ws has blanks" in fault


def test_no_secret_of_an_address_is_in_a_fault(faults):
    told = faults("ws:wss://me:hunter2hunter2@a.example/%3Ftoken=s3cr3ts3cr3t?each=[")

    assert len(told) == 2
    assert not any("hunter2" in fault or "s3cr3t" in fault for fault in told)


def test_all_faults_are_told_at_once(faults):
    told = faults(
        "ws:wss://a.example?values=A=[&each=]&time_unit=h&stale_s=-1&message_bytes=x&hold=maybe"
        "&header=Host=x&header=NoValue&header=A%0A=b&subscribe=${NO_SUCH_VARIABLE}&token=1"
        "&series=A,A&time=a&time=b"
    )

    for begin in (
        "option values of ws is '[', no JMESPath: ",
        "option each of ws is ']', no JMESPath: ",
        "option time_unit of ws is 'h'; expected one of s, ms, us, ns",
        "option stale_s of ws is '-1'; expected a number from 0",
        "option message_bytes of ws is 'x'",
        "option hold of ws is 'maybe'",
        "option header of ws has 'Host'; expected a header of one line",
        "option header of ws is 'NoValue'; expected NAME=TEXT",
        "option subscribe of ws has ${NO_SUCH_VARIABLE}, and there is no such variable; expected",
        "ws has no option 'token'; expected one of: ",
        "option series of ws names 'A' twice",
        "option time of ws is ('a', 'b'); expected it once",
    ):
        assert any(begin in fault for fault in told), (begin, told)
    assert any("in the address write %3F for ? and %26 for &" in fault for fault in told)


@pytest.mark.parametrize(
    "values",
    ["values=p", "values=[p]", "values=x[?a=='1'].p | [0]", "values=A=p", "values=A=p&values=B=q"],
)
def test_values_are_one_expression_or_names_with_one_each(opened, values):
    assert opened(f"ws:wss://a.example?{values}")


def test_a_file_may_have_tables_and_lists(tmp_path, monkeypatch):
    monkeypatch.setenv("FEED_TOKEN", "s3cr3t-token")
    path = tmp_path / "charts.toml"
    path.write_text(
        """\
[charts.fx]
source = "ws:wss://a.example"
[charts.fx.options]
subscribe = [{ op = "auth", token = "${FEED_TOKEN}" }, "hello", { n = 1, b = true, l = [1.5] }]
values = { EURUSD = "data.p", "a b" = "data.q" }
header = { Authorization = "Bearer ${FEED_TOKEN}" }
series = ["EURUSD", "a b"]
message_bytes = 65_536
hold = true
"""
    )

    [plan] = open_chart_file(path, {})

    request = plan.source._request
    assert request.messages == [
        '{"op": "auth", "token": "s3cr3t-token"}',
        "hello",
        '{"n": 1, "b": true, "l": [1.5]}',
    ]
    assert request.headers == [("Authorization", "Bearer s3cr3t-token")]
    assert request.mask("x s3cr3t-token y") == "x *** y"
    [tick] = plan.source.picker.pick('{"data": {"p": 1, "q": 2}}')
    assert tick.values == {"EURUSD": 1, "a b": 2}
    assert [series.name for series in plan.series] == ["EURUSD", "a b"]


def test_a_token_in_an_address_is_masked_where_settings_are_shown():
    spec = parse_spec("fx=ws:wss://a.example/%3Ftoken=s3cr3ts3cr3t")

    assert "s3cr3t" not in spec.place
    assert open_source(spec, {})._request.address.target == "/?token=s3cr3ts3cr3t"
