import pytest

from chartserver.clients.address import split_url
from chartserver.clients.link import RETURN_MAX_S, Link, return_within_s
from chartserver.clients.outage import PAUSE_MAX_S, pause_s
from chartserver.errors import ConfigError


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://host:8000", ("http://host:8000", None, None)),
        ("http://host:8000/", ("http://host:8000", None, None)),
        ("http://host:8000/fx", ("http://host:8000", "fx", None)),
        ("host:8000", ("http://host:8000", None, None)),
        ("host/fx", ("http://host", "fx", None)),
        ("https://charts.example.org/fx", ("https://charts.example.org", "fx", None)),
        ("http://[::1]:8000/fx", ("http://[::1]:8000", "fx", None)),
        ("http://host/fx?link=W10.a-b_c", ("http://host", "fx", "W10.a-b_c")),
        ("host/fx/embed?link=a.b", ("http://host", "fx", "a.b")),
        ("host?link=a.b", ("http://host", None, "a.b")),
    ],
)
def test_a_url_names_a_server_and_perhaps_a_chart_and_a_link_to_it(url, expected):
    assert split_url(url) == expected


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ftp://host",
        "http://",
        "http://host:port",
        "http://host:0",
        "http://host:99999",
        "http://[::1",
        "http://ho st",
        "http://host/fx/classic",
        "http://host/Fx",
        "http://host/fx?since=1",
        "http://host/fx?link=a.b&since=1",
        "http://host/fx?token=t",
        "http://host/fx?link",
    ],
)
def test_a_url_that_is_none_is_refused_with_an_example(url):
    with pytest.raises(ConfigError, match=r"such as http"):
        split_url(url)


def test_pauses_double_up_to_a_limit_and_are_spread():
    assert [pause_s(tries, 0.5) for tries in range(4)] == [1.0, 2.0, 4.0, 8.0]
    assert pause_s(1000, 0.5) == PAUSE_MAX_S
    assert (pause_s(0, 0.0), pause_s(0, 1.0)) == (0.5, 1.5)


@pytest.mark.parametrize(
    ("told", "within_s"),
    [
        ({"status": "stopping", "return_within_s": 5.0}, 5.0),
        ({"status": "stopping", "return_within_s": 0}, 0.0),
        ({"status": "stopping", "return_within_s": 1e9}, RETURN_MAX_S),
        ({"status": "stopping"}, None),
        ({"status": "live", "return_within_s": 5.0}, None),
        ({"status": "stopping", "return_within_s": "5"}, None),
        ({"status": "stopping", "return_within_s": True}, None),
        ({"status": "stopping", "return_within_s": -1}, None),
        ({"status": "stopping", "return_within_s": float("nan")}, None),
        (["stopping"], None),
        (None, None),
    ],
)
def test_a_server_that_stops_is_heeded_when_it_makes_sense(told, within_s):
    assert return_within_s(told) == within_s


def test_who_was_told_comes_back_within_that_time_and_the_next_time_as_usual():
    pauses_s, usual_s = [], []
    for _ in range(50):
        link = Link("http://127.0.0.1:9", auth=dict, put=lambda event, payload: None)
        link._hand_on("status", {"status": "stopping", "return_within_s": 20.0})
        pauses_s.append(link._first_pause_s())
        usual_s.append(link._first_pause_s())

    assert 0.0 <= min(pauses_s) < 8.0
    assert 12.0 < max(pauses_s) <= 20.0
    assert all(0.5 <= pause <= 1.5 for pause in usual_s)
