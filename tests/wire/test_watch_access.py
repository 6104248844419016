"""`chartserver watch` and `connect` at a server that is not open to all."""

import json

import pytest

import chartserver
from chartserver.access.links import Links
from chartserver.errors import ChartServerError

TOKEN, KEY = "the-view-token", "the-key-of-links"
LATER_S = 4e9


@pytest.fixture
def closed(serve):
    env = {"CHARTSERVER_VIEW_TOKENS": TOKEN, "CHARTSERVER_LINK_KEYS": KEY}
    return serve("--chart=fx=walk?interval_s=0.05", "--chart=lab=walk?interval_s=0.05", env=env)


def link_to(server, chart, expires_s=LATER_S):
    return f"{server.url}/{chart}?link={Links([KEY]).sign(chart, expires_s)}"


@pytest.mark.parametrize("way", ["option", "variable", "link"])
def test_a_chart_is_watched_with_a_token_or_a_link(closed, run, way):
    url = link_to(closed, "lab") if way == "link" else f"{closed.url}/lab"
    options = {"option": ["--token", TOKEN]}.get(way, [])
    env = {"CHARTSERVER_TOKEN": TOKEN} if way == "variable" else None

    watching = run("watch", url, "--ticks", "3", *options, env=env)

    assert watching.wait() == 0
    ticks = [json.loads(line) for line in watching.rest()]
    assert [tick["chart"] for tick in ticks] == ["lab"] * 3


@pytest.mark.parametrize(
    ("url", "told"),
    [
        (lambda server: server.url, "got no credentials; expected a token, or a signed link"),
        (lambda server: link_to(server, "fx", 1), "the link has expired, on 1970-01-01 00:00 UTC"),
        (
            lambda server: link_to(server, "fx")[:-1],
            "got a token or a link that this server has not given out",
        ),
        (lambda server: link_to(server, "no"), "got a link to a chart that is not here"),
    ],
)
def test_who_is_not_let_in_is_told_why_in_one_line(closed, run, url, told):
    watching = run("watch", url(closed))

    assert watching.wait() == 2
    [line] = watching.rest("stderr")
    assert line.startswith(f"chartserver: {told}")
    assert ("--token or CHARTSERVER_TOKEN" in line) == ("not here" not in told)


def test_a_link_printed_by_the_command_line_is_watched_from_python(closed, run):
    signing = run(
        *["link", "fx", "--expires", "1h", "--url", closed.url],
        env={"CHARTSERVER_LINK_KEYS": f"{KEY} another"},
    )
    assert signing.wait() == 0

    with chartserver.connect(signing.line()) as ticks:
        assert next(iter(ticks)).chart == "fx"


def test_a_program_shows_its_token(closed):
    with chartserver.connect(f"{closed.url}/fx", token=TOKEN) as ticks:
        assert next(iter(ticks)).chart == "fx"
    with pytest.raises(
        ChartServerError, match="got a token or a link that this server has not given out"
    ):
        chartserver.connect(f"{closed.url}/fx", token="wrong")
