"""Connect, subscribe, unsubscribe: only what the credentials of a viewer open."""

import pytest

from chartserver.access.links import Links

TOKEN, KEY = "the-view-token", "the-key-of-links"
END_S = 4e9


def link_to(chart="fx", expires_s=END_S):
    return Links([KEY]).sign(chart, expires_s)


@pytest.fixture
def closed(make_room):
    room = make_room(view_tokens=["old", TOKEN], link_keys=[KEY])
    room.chart("fx", 1.0)
    room.chart("lab", 2.0)
    return room


def ask(viewer, event, *payload):
    return viewer.emit(event, *payload, callback=True)


def charts_seen(viewer):
    return [each["args"][0]["chart"] for each in viewer.get_received()]


@pytest.mark.parametrize(
    "options",
    [
        {"auth": {"token": TOKEN}},
        {"auth": {"token": "old"}},
        {"headers": {"Authorization": f"Bearer {TOKEN}"}},
        {"headers": {"Cookie": f"chartserver_token={TOKEN}"}},
        {"auth": {"token": "stale"}, "headers": {"Cookie": f"chartserver_token={TOKEN}"}},
    ],
)
def test_a_token_lets_in_wherever_it_is_shown(closed, options):
    viewer = closed.viewer(**options)

    assert viewer.is_connected()
    assert ask(viewer, "subscribe", {"chart": "lab"})["ok"]
    assert charts_seen(viewer) == ["fx", "lab"]


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"auth": {"chart": "fx"}},
        {"auth": {"token": ""}},
        {"auth": {"token": TOKEN.upper()}},
        {"auth": {"token": [TOKEN]}},
        {"auth": {"Token": TOKEN}},
        {"auth": {"auth": {"token": TOKEN}}},
        {"auth": TOKEN},
        {"auth": [TOKEN]},
        {"query_string": f"token={TOKEN}"},
        {"query_string": f"link={TOKEN}"},
        {"headers": {"Authorization": TOKEN}},
        {"headers": {"Authorization": f"Basic {TOKEN}"}},
        {"headers": {"Cookie": f"token={TOKEN}"}},
        {"auth": {"token": link_to(expires_s=1)}},
        {"auth": {"token": link_to("lab"), "chart": "fx"}},
        {"auth": {"token": link_to("gone")}},
    ],
)
def test_without_what_opens_nobody_is_let_in_and_nothing_is_kept(closed, options):
    viewer = closed.viewer(**options)

    assert not viewer.is_connected()
    assert viewer.queue == []
    assert len(closed.server.viewers) == 0
    assert closed.server.viewers._permits._held == {}


@pytest.mark.parametrize(
    "options",
    [
        {"auth": {"token": link_to("lab")}},
        {"auth": {"token": link_to("lab"), "chart": "lab"}},
        {"query_string": f"link={link_to('lab')}"},
        {"headers": {"Authorization": f"Bearer {link_to('lab')}"}},
    ],
)
def test_a_link_lets_in_to_its_chart_and_to_no_other(closed, options):
    viewer = closed.viewer(**options)

    assert charts_seen(viewer) == ["lab"]
    for name in ("fx", "nope", "", 5, None):
        answers = {ask(viewer, event, {"chart": name}).get("error") for event in ("subscribe",)}
        answers |= {ask(viewer, "unsubscribe", {"chart": name}).get("error")}
        wanted = "the link is for another chart; expected a link or a token for this"
        assert name is None or answers == {wanted}
    closed.server.charts["fx"].append(3.0)
    closed.server.charts["lab"].append(4.0)
    closed.beat()
    assert "fx" not in charts_seen(viewer)


def test_a_viewer_is_ended_with_its_link(closed, monkeypatch):
    linked, other = closed.viewer(auth={"token": link_to()}), closed.viewer(auth={"token": TOKEN})
    permits = closed.server.viewers._permits
    permits._clock = lambda: END_S

    for sid in permits.expired():
        closed.server.socketio.server.disconnect(sid)

    assert (linked.is_connected(), other.is_connected()) == (False, True)
    assert closed.server.charts["fx"].viewers == 1


def test_of_who_has_left_no_permit_is_kept(closed):
    viewer = closed.viewer(auth={"token": link_to()})

    viewer.disconnect()

    permits = closed.server.viewers._permits
    assert permits._held == permits._linked == {}


def test_on_a_server_that_is_open_a_token_and_a_link_change_nothing(make_room):
    room = make_room()
    room.chart("fx", 1.0)

    for auth in ({"token": "whatever"}, {"token": link_to("lab")}, None):
        assert room.viewer(auth=auth).is_connected()
