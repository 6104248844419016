"""Viewers that leave, of themselves or not: they count no more, and are sent nothing."""

from chartserver.broadcast.subscription import Subscription


def test_viewers_are_counted_as_they_come_and_go(room):
    chart = room.chart("fx", 1.0)
    first, second = room.viewer(), room.viewer()
    assert (chart.viewers, len(room.server.viewers)) == (2, 2)

    first.disconnect()

    assert (chart.viewers, len(room.server.viewers)) == (1, 1)
    second.disconnect()
    assert (chart.viewers, len(room.server.viewers)) == (0, 0)


def test_a_viewer_that_is_ended_while_it_subscribes_is_not_counted_for_ever(room, monkeypatch):
    fx, lab = room.chart("fx", 1.0), room.chart("lab", 7.0)
    viewer = room.viewer(auth={"chart": "fx"})
    parse = Subscription.parse

    def parse_and_end(*arguments):
        # As another thread may do, which finds that the viewer takes nothing.
        viewer.disconnect()
        return parse(*arguments)

    monkeypatch.setattr(Subscription, "parse", parse_and_end)
    viewer.emit("subscribe", {"chart": "lab"})

    assert (fx.viewers, lab.viewers, len(room.server.viewers)) == (0, 0, 0)


def test_a_viewer_that_left_is_sent_nothing(room):
    chart = room.chart("fx", 1.0)
    stays, leaves = room.viewer(), room.viewer()
    leaves.disconnect()
    stays.get_received()
    leaves.queue.clear()

    chart.append(2.0, time_ms=2_000.0)
    room.beat()

    assert [each["name"] for each in stays.get_received()] == ["tick"]
    assert leaves.queue == []


def test_a_viewer_whose_session_ends_while_it_connects_leaves_nothing(room, monkeypatch):
    chart = room.chart("fx", 1.0)
    viewers, manager = room.server.viewers, room.server.socketio.server.manager
    asked = []

    def end_and_connect(sid, namespace):
        # As another thread does that writes to it; of one that is not in yet there is no event.
        asked.extend(viewers._asked)
        manager.disconnect(sid, namespace)
        manager.welcome(sid)

    monkeypatch.setattr(manager, "connect", end_and_connect)
    room.viewer()

    assert len(asked) == 1
    assert (chart.viewers, len(viewers), viewers._asked, viewers._permits._held) == (0, 0, {}, {})
