"""Whatever a viewer sends as an event, its session lives and no traceback is logged."""

import time

import pytest
import requests
from raw_viewer import RawViewer
from recorder import LIMIT_S, until

ODD = [
    [],
    [None],
    [5],
    [1.5],
    [True],
    ["fx"],
    [[["fx"]]],
    [{}],
    [{"chart": {"a": [1]}}],
    [{"chart": "fx", "points": 10**9}],
    [{"chart": "fx", "points": 10**30}],
    [{"chart": "fx", "since": {"epoch": [], "offset": {}}}],
    [{"chart": "x" * 10_000}],
]


@pytest.fixture
def server(serve):
    server = serve("--chart", "fx=walk?interval_s=0.05", "--message-burst=1000")
    yield server
    server.stop()
    said = "\n".join(server.process.stderr_lines)
    assert "Traceback" not in said, said


def viewers(server):
    return requests.get(f"{server.url}/api/charts/fx", timeout=LIMIT_S).json()["viewers"]


def test_odd_payloads_are_answered_and_ticks_go_on(server):
    viewer = RawViewer(server.url)
    for payload in ODD:
        for event in ("subscribe", "unsubscribe"):
            answer = viewer.ask(event, *payload)
            assert answer.get("ok") is True or "expected" in answer["error"], (event, payload)

    assert viewer.ask("subscribe", {"chart": "fx"})["ok"] is True
    viewer.event("tick")
    viewer.close()


def test_a_bad_connect_is_refused_in_words_and_may_be_tried_again(server):
    for auth in ("x", {"chart": "nope"}, {"points": 0}, {"since": 1}, ["fx"]):
        viewer = RawViewer(server.url, auth)

        refusal = viewer.packet()
        viewer.send('40{"chart":"fx"}')

        assert refusal.startswith('44{"message":"')
        assert "expected" in refusal
        assert viewer.packet().startswith("40{")
        assert viewer.event("snapshot")[1]["chart"] == "fx"
        viewer.close()


def test_requests_are_done_in_the_order_in_which_they_were_sent(server):
    viewer = RawViewer(server.url)
    viewer.event("tick")

    for _ in range(50):
        viewer.send('42["subscribe",{"chart":"fx"}]')
        viewer.send('42["unsubscribe",{"chart":"fx"}]')
    viewer.ask("unsubscribe", {"chart": "fx"})

    assert viewers(server) == 0
    viewer.close()


def test_viewers_that_leave_while_they_subscribe_are_not_counted_for_ever(server):
    for _ in range(20):
        viewer = RawViewer(server.url)
        viewer.packet()
        for _ in range(5):
            viewer.send('42["subscribe",{"chart":"fx"}]')
        viewer.send("41")
        viewer.close()

    until(lambda: viewers(server) == 0, "no viewers")
    time.sleep(0.2)
    assert viewers(server) == 0
