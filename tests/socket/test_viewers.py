"""Handlers, rooms and acks: what a viewer asks for, and what it is told."""

import logging

import pytest

from chartserver.broadcast import viewers


def events(viewer, *names):
    """Return what the viewer has received since the last call: (event, payload)."""
    received = [(each["name"], each["args"][0]) for each in viewer.get_received()]
    return [(name, payload) for name, payload in received if not names or name in names]


def only(viewer, name):
    """Return the payload of the one event of that name."""
    [(_, payload)] = events(viewer, name)
    return payload


def ask(viewer, event, *payload):
    """Send an event and return its ack."""
    return viewer.emit(event, *payload, callback=True)


def since(chart, offset):
    """Return a position in the chart as a viewer sends it."""
    return {"epoch": chart.history.epoch, "offset": offset}


def test_a_viewer_is_shown_the_first_chart_when_it_asks_for_none(room):
    room.chart("fx", 1.0, 2.0)
    room.chart("lab", 7.0)

    snapshot = only(room.viewer(), "snapshot")

    assert (snapshot["chart"], snapshot["offset"]) == ("fx", 2)
    assert (snapshot["t"], snapshot["y"]) == ([1000.0, 2000.0], [[1.0, 2.0]])
    assert snapshot["description"]["name"] == "fx"


def test_a_viewer_is_shown_the_chart_that_it_asks_for(room):
    room.chart("fx", 1.0)
    room.chart("lab", 7.0)

    assert only(room.viewer(auth={"chart": "lab"}), "snapshot")["y"] == [[7.0]]


def test_a_viewer_gets_the_ticks_that_come_after_its_snapshot(room):
    chart = room.chart("fx", 1.0)
    viewer = room.viewer()
    assert only(viewer, "snapshot")["offset"] == 1

    chart.append(2.0, time_ms=2_000.0)
    chart.append(3.0, time_ms=3_000.0)
    room.beat()

    tick = only(viewer, "tick")
    assert (tick["offset"], tick["t"], tick["y"]) == (3, [2000.0, 3000.0], [[2.0, 3.0]])
    assert "description" not in tick


def test_a_viewer_joins_before_its_snapshot_is_read(room):
    chart = room.chart("fx", 1.0)
    history, had_joined = chart.history, []
    read = history.all

    def read_late():
        # A tick falls between the join and the reading of the snapshot.
        if not had_joined:
            had_joined.append(True)
            chart.append(2.0, time_ms=2_000.0)
            room.beat()
        return read()

    history.all = read_late
    viewer = room.viewer()

    tick, snapshot = events(viewer, "tick", "snapshot")

    assert (tick[0], tick[1]["offset"]) == ("tick", 2)
    # It is sent twice, and the viewer drops it by its offset: never is it lost.
    assert (snapshot[0], snapshot[1]["offset"]) == ("snapshot", 2)


def test_a_viewer_that_comes_back_gets_exactly_what_it_missed(room):
    chart = room.chart("fx", 1.0, 2.0, 3.0)

    viewer = room.viewer(auth={"since": since(chart, 1)})

    [(name, backfill)] = events(viewer, "snapshot", "backfill")
    assert (name, backfill["offset"], backfill["y"]) == ("backfill", 3, [[2.0, 3.0]])


def test_a_viewer_that_missed_nothing_gets_a_backfill_of_nothing(room):
    chart = room.chart("fx", 1.0, 2.0)

    backfill = only(room.viewer(auth={"since": since(chart, 2)}), "backfill")

    assert (backfill["offset"], backfill["t"], backfill["y"]) == (2, [], [[]])


@pytest.mark.parametrize(
    ("position", "why"),
    [
        ({"epoch": "00000000", "offset": 1}, "since is of epoch '00000000'"),
        ({"offset": 4}, "since is at offset 4; the history ends at 3"),
    ],
)
def test_a_position_that_is_not_in_the_history_gets_a_snapshot_that_says_so(room, position, why):
    chart = room.chart("fx", 1.0, 2.0, 3.0)

    viewer = room.viewer(auth={"since": {"epoch": chart.history.epoch, **position}})

    snapshot = only(viewer, "snapshot")
    assert (snapshot["offset"], snapshot["recovered"]) == (3, False)
    assert snapshot["reason"].startswith(why)


def test_a_snapshot_is_reduced_to_the_points_asked_and_says_so(room):
    room.chart("fx", *[float(i % 7) for i in range(500)])

    snapshot = only(room.viewer(auth={"points": 20}), "snapshot")

    assert (snapshot["offset"], snapshot["reduced"]) == (500, True)
    assert 2 <= len(snapshot["t"]) <= 20
    assert (min(snapshot["y"][0]), max(snapshot["y"][0])) == (0.0, 6.0)


BAD = [
    ("x", "got 'x'; expected an object"),
    ([1, 2], "got [1, 2]; expected an object"),
    (5, "got 5; expected an object"),
    (1.5, "got 1.5; expected an object"),
    (True, "got True; expected an object"),
    ({"chart": "nope"}, "chart is 'nope'; expected one of: fx, lab"),
    ({"chart": 5}, "chart is 5; expected one of"),
    ({"chart": ["fx"]}, "chart is ['fx']; expected one of"),
    ({"chart": {"fx": 1}}, "chart is {'fx': 1}; expected one of"),
    ({"chart": ""}, "chart is ''; expected one of"),
    ({"since": "x"}, "since is 'x'; expected an epoch"),
    ({"since": 5}, "since is 5; expected an epoch"),
    ({"since": []}, "since is []; expected an epoch"),
    ({"since": {}}, "since is {}; expected an epoch"),
    ({"since": False}, "since is False; expected an epoch"),
    ({"since": {"epoch": "9f2c41aa", "offset": -1}}, "since is {"),
    ({"points": 0}, "points is 0; expected a whole number from 2 to 1000000, such as 1200"),
    ({"points": 1}, "points is 1; expected a whole number"),
    ({"points": -1}, "points is -1; expected a whole number"),
    ({"points": 10**9}, "points is 1000000000; expected a whole number"),
    ({"points": "x"}, "points is 'x'; expected a whole number"),
    ({"points": "100"}, "points is '100'; expected a whole number"),
    ({"points": True}, "points is True; expected a whole number"),
    ({"points": 1.5}, "points is 1.5; expected a whole number"),
    ({"points": [100]}, "points is [100]; expected a whole number"),
]


@pytest.mark.parametrize(("payload", "error"), BAD)
def test_a_bad_subscribe_is_told_in_its_ack_and_the_viewer_watches_on(room, payload, error, caplog):
    chart = room.chart("fx", 1.0)
    room.chart("lab", 7.0)
    viewer = room.viewer()
    events(viewer)

    ack = ask(viewer, "subscribe", payload)

    assert list(ack) == ["error"]
    assert ack["error"].startswith(error)
    assert "\n" not in ack["error"]
    chart.append(2.0, time_ms=2_000.0)
    room.beat()
    assert [name for name, _ in events(viewer)] == ["tick"]
    assert chart.viewers == 1
    assert caplog.records == []


# In a CONNECT packet digits are the number of an ack.
@pytest.mark.parametrize(("payload", "error"), [bad for bad in BAD if bad[0] not in (5, 1.5)])
def test_a_bad_connect_is_refused_and_leaves_nothing_behind(room, payload, error, caplog):
    chart = room.chart("fx", 1.0)
    lab = room.chart("lab", 7.0)
    said = []
    room.viewer()  # puts the client's own way of sending in place
    send = room.server.socketio.server._send_packet
    room.server.socketio.server._send_packet = lambda sid, packet: said.append(packet.data)

    viewer = PacketViewer(room, payload)

    room.server.socketio.server._send_packet = send
    assert not viewer.is_connected
    assert said[0]["message"].startswith(error)
    assert (chart.viewers, lab.viewers, len(room.server.viewers)) == (1, 0, 1)
    assert caplog.records == []


class PacketViewer:
    """A viewer that sends its CONNECT packet itself: the test client takes no odd `auth`."""

    def __init__(self, room, auth):
        from flask_socketio.test_client import EnvironBuilder
        from socketio import packet

        self.protocol = room.server.socketio.server
        environ = EnvironBuilder(room.server.app, path="/socket.io").get_environ()
        self.protocol._handle_eio_connect("odd", {**environ, "flask.app": room.server.app})
        connect = packet.Packet(packet.CONNECT, auth, namespace="/")
        self.protocol._handle_eio_message("odd", connect.encode())

    @property
    def is_connected(self):
        manager = self.protocol.manager
        return manager.is_connected(manager.sid_from_eio_sid("odd", "/"), "/")


def test_subscribe_without_a_payload_is_for_the_first_chart(room):
    room.chart("fx", 1.0)
    viewer = room.viewer()
    events(viewer)

    assert ask(viewer, "subscribe")["ok"] is True
    assert ask(viewer, "subscribe", None)["ok"] is True

    assert [payload["chart"] for _, payload in events(viewer, "snapshot")] == ["fx", "fx"]


def test_more_arguments_than_one_are_ignored(room):
    room.chart("fx", 1.0)

    assert ask(room.viewer(), "subscribe", {"chart": "fx"}, "and", {"more": 1})["ok"] is True


def test_one_viewer_watches_several_charts_on_one_connection(room):
    fx, lab = room.chart("fx", 1.0), room.chart("lab", 7.0)
    viewer = room.viewer(auth={"chart": "fx"})
    assert ask(viewer, "subscribe", {"chart": "lab"})["ok"] is True
    events(viewer)

    fx.append(2.0, time_ms=2_000.0)
    lab.append(8.0, time_ms=2_000.0)
    room.beat()

    ticks = events(viewer, "tick")
    assert [(tick["chart"], tick["y"]) for _, tick in ticks] == [("fx", [[2.0]]), ("lab", [[8.0]])]
    assert (fx.viewers, lab.viewers) == (1, 1)


def test_a_viewer_that_unsubscribes_gets_no_more_of_that_chart(room):
    fx, lab = room.chart("fx", 1.0), room.chart("lab", 7.0)
    viewer = room.viewer(auth={"chart": "fx"})
    ask(viewer, "subscribe", {"chart": "lab"})
    events(viewer)

    assert ask(viewer, "unsubscribe", {"chart": "fx"}) == {"ok": True}
    fx.append(2.0, time_ms=2_000.0)
    lab.append(8.0, time_ms=2_000.0)
    room.beat()

    assert [tick["chart"] for _, tick in events(viewer, "tick")] == ["lab"]
    assert (fx.viewers, lab.viewers) == (0, 1)


def test_to_unsubscribe_twice_or_from_what_was_never_watched_does_no_harm(room):
    fx, lab = room.chart("fx", 1.0), room.chart("lab", 7.0)
    viewer = room.viewer(auth={"chart": "fx"})

    for name in ("fx", "fx", "lab"):
        assert ask(viewer, "unsubscribe", {"chart": name}) == {"ok": True}

    assert (fx.viewers, lab.viewers) == (0, 0)


@pytest.mark.parametrize("payload", [None, "fx", 5, [], {}, {"name": "fx"}, {"chart": "nope"}])
def test_a_bad_unsubscribe_is_told_in_its_ack(room, payload, caplog):
    room.chart("fx", 1.0)

    ack = ask(room.viewer(), "unsubscribe", payload)

    assert list(ack) == ["error"]
    assert "expected" in ack["error"]
    assert caplog.records == []


def test_to_subscribe_again_counts_a_viewer_once_and_brings_it_up_to_date(room):
    chart = room.chart("fx", 1.0, 2.0)
    viewer = room.viewer()
    events(viewer)

    ack = ask(viewer, "subscribe", {"chart": "fx", "since": since(chart, 1)})

    assert (ack["ok"], ack["sent"]) == (True, "backfill")
    assert only(viewer, "backfill")["y"] == [[2.0]]
    assert chart.viewers == 1


def test_an_ack_says_when_a_position_was_lost(room):
    room.chart("fx", 1.0)

    ack = ask(
        room.viewer(), "subscribe", {"chart": "fx", "since": {"epoch": "00000000", "offset": 3}}
    )

    assert (ack["ok"], ack["sent"], ack["recovered"]) == (True, "snapshot", False)
    assert "00000000" in ack["reason"]


def test_a_viewer_may_watch_so_many_charts_and_no_more(room, monkeypatch):
    monkeypatch.setattr(viewers, "SUBSCRIPTIONS_MAX", 64)
    charts = [room.chart(f"c{i}", 1.0) for i in range(66)]
    viewer = room.viewer(auth={"chart": "c0"})
    acks = [ask(viewer, "subscribe", {"chart": chart.name}) for chart in charts[1:65]]

    assert [ack.get("ok") for ack in acks] == [True] * 63 + [None]
    assert "expected at most 64" in acks[-1]["error"]
    # One that it watches may be asked for again.
    assert ask(viewer, "subscribe", {"chart": "c0"})["ok"] is True


def test_all_viewers_are_told_of_a_new_series_before_the_tick_that_has_it(room):
    chart = room.chart("fx", 1.0)
    viewer = room.viewer()
    events(viewer)

    chart.append({"a": 2.0, "b": 3.0}, time_ms=2_000.0)
    room.beat()

    (first, told), (second, tick) = events(viewer, "chart", "tick")
    assert (first, second) == ("chart", "tick")
    assert [one["name"] for one in told["description"]["series"]] == ["a", "b"]
    assert tick["y"] == [[2.0], [3.0]]


def test_a_viewer_may_come_before_the_first_tick(room):
    chart = room.chart("fx", series=("a", "b"))
    viewer = room.viewer()

    snapshot = only(viewer, "snapshot")
    assert (snapshot["offset"], snapshot["t"], snapshot["y"]) == (0, [], [[], []])
    assert snapshot["description"]["status"] == "waiting"
    chart.append(1.0, 2.0)
    room.beat()
    assert only(viewer, "tick")["offset"] == 1


def test_a_server_without_charts_refuses_viewers_in_words(room):
    viewer = room.viewer()

    assert not viewer.is_connected()


def test_events_that_nobody_knows_are_ignored(room, caplog):
    room.chart("fx", 1.0)
    viewer = room.viewer()

    with caplog.at_level(logging.WARNING):
        viewer.emit("nonsense", {"a": 1})
        viewer.emit("", None)

    assert ask(viewer, "subscribe", {"chart": "fx"})["ok"] is True
    assert caplog.records == []
