"""`/asyncapi.json` says what is told while one watches, `/docs` shows both descriptions."""

import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import jsonschema_rs
import pytest
from event_reader import parse

from chartserver.broadcast.viewers import EVENTS
from chartserver.ticker import Broadcast
from chartserver.together.companions import EVENTS as COMPANIONS
from chartserver.version import VERSION
from chartserver.web.docs_page import coded
from chartserver.web.publish import messages

JS = Path(__file__).parents[1] / "wire" / "js"
# A broadcast hands on a frame, or what has changed, by a method for each event.
BROADCAST = {
    "tick": "tick",
    "description": "chart",
    "status": "status",
    "viewers": "viewers",
    "note": "note",
    "renew": "snapshot",
}
# What goes from viewer to viewer; the `note` of a viewer has the name of that which all are told.
BETWEEN_VIEWERS = {"presented", "write"}
TOKEN = "a-token-of-the-tests"
ANSWERS = {"snapshot", "backfill"}


@pytest.fixture
def room(make_room):
    return make_room(push_tokens=[TOKEN])


@pytest.fixture
def described(room):
    return room.http.get("/asyncapi.json").json


@pytest.fixture
def told(room):
    """Return events of all kinds, as viewers of both ways get them, and answers to events."""
    chart = room.chart("fx", 1, 2, 3)
    since = {"epoch": chart.history.epoch, "offset": 1}
    viewer = room.viewer(auth={"chart": "fx"})
    stream = room.http.get("/api/charts/fx/events")
    pieces = [next(stream.response)]
    acks = [
        viewer.emit(event, payload, callback=True)
        for event, payload in [
            ("subscribe", {"chart": "fx", "since": since}),
            ("subscribe", {"chart": "fx", "since": {"epoch": "00000000", "offset": 1}}),
            ("subscribe", {"chart": "nope"}),
            ("present", {"chart": "fx", "view": {"span_ms": 60_000}}),
            ("time", {}),
            ("unsubscribe", {}),
        ]
    ]
    presented = [one for one in acks if "followers" in one]
    other = room.viewer()
    acks.append(other.emit("follow", {"id": presented[0]["id"]}, callback=True))
    viewer.emit("present", {"chart": "fx", "view": None}, callback=True)
    acks += [
        room.viewer(auth={"token": TOKEN}).emit("note", wish, callback=True)
        for wish in ({"chart": "fx", "text": "a"}, {"chart": "fx", "remove": 1})
    ]
    chart.append({"a": 4, "b": 5})
    room.beat()
    # Told at most so often by the ticker.
    room.server.ticker.broadcast.status(chart)
    room.server.ticker.broadcast.viewers(chart)
    pieces += [next(stream.response) for _ in range(3)]
    stream.close()
    events = [
        (one["name"], one["args"][0]) for each in (viewer, other) for one in each.get_received()
    ]
    events += [(one.name, one.content) for one in (parse(piece.decode()) for piece in pieces)]
    events += [("ack", ack) for ack in acks]
    events += [("row", json.loads(row)) for piece in messages(chart.history.all()) for row in piece]
    return events


def of_message(described, name):
    """Return a validator of the payload of a message."""
    schema = described["components"]["messages"][name]["payload"]
    return jsonschema_rs.validator_for({**schema, "components": described["components"]})


def test_it_is_valid_by_the_parser_of_asyncapi(described):
    node = shutil.which("node")
    assert node, "node is not installed; expected Node 18 or newer"

    process = subprocess.run(
        [node, "asyncapi.mjs"],
        cwd=JS,
        input=json.dumps(described),
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert (process.stdout, process.returncode) == ("", 0), process.stderr
    assert described["asyncapi"].startswith("3.")
    assert described["info"]["version"] == VERSION


def test_it_says_where_the_server_is_by_which_it_was_asked(room, described):
    secure = room.http.get("/asyncapi.json", base_url="https://charts.example").json

    assert described["servers"]["sockets"]["protocol"] == "ws"
    assert secure["servers"]["sockets"]["protocol"] == "wss"
    assert secure["servers"]["http"]["host"] == "charts.example"


def test_every_event_of_the_server_is_described_and_no_other(described):
    tellable = {BROADCAST[name] for name in vars(Broadcast) if not name.startswith("_")}
    channels = described["channels"]

    assert set(channels["events"]["messages"]) == tellable | ANSWERS
    assert set(channels["socketio"]["messages"]) == (
        tellable | ANSWERS | EVENTS | COMPANIONS | BETWEEN_VIEWERS | {"connect", "ack"}
    )
    assert set(channels["publish"]["messages"]) == {"row"}


def test_what_is_really_told_is_as_it_is_described(described, told):
    names = {name for name, _ in told}
    assert names == set(BROADCAST.values()) | {"snapshot", "backfill", "presented", "ack", "row"}

    for name, payload in told:
        assert list(of_message(described, name).iter_errors(payload)) == [], (name, payload)


def test_all_that_is_told_is_described(described, told):
    components = json.dumps(described["components"])

    for name, payload in told:
        keys = set(payload[0] if isinstance(payload, list) else payload)
        undescribed = {key for key in keys if f'"{key}": {{' not in components}
        assert undescribed == set(), name


@pytest.mark.parametrize(
    ("name", "payload"),
    [
        ("tick", {"v": 2, "chart": "fx", "epoch": "9f2c41aa", "offset": 1, "t": [], "y": []}),
        ("snapshot", {"v": 1, "chart": "fx", "epoch": "9f2c41aa", "offset": 1, "t": [], "y": []}),
        ("status", {"chart": "fx", "status": "well", "reason": ""}),
        ("viewers", {"chart": "fx", "viewers": -1}),
        ("ack", {}),
        ("row", [{"time": 1.5, "y": 1}]),
        ("subscribe", {"since": "x"}),
        ("connect", {"points": 1}),
        ("unsubscribe", {}),
        ("note", {"chart": "fx", "revision": 1}),
        ("presented", {"chart": "fx", "id": "1", "by": ""}),
        ("write", {"chart": "fx", "text": ""}),
    ],
)
def test_what_is_never_told_is_not_described(described, name, payload):
    assert not of_message(described, name).is_valid(payload)


@pytest.mark.parametrize("wish", [{}, {"chart": "fx", "points": 100}, {"since": "9f2c41aa:2"}])
def test_what_is_described_is_taken(room, described, wish):
    room.chart("fx", 1)

    assert of_message(described, "connect").is_valid(wish)
    assert room.viewer(auth=wish).is_connected()


def test_every_part_is_used(described):
    text = json.dumps(described)

    unused = [
        f"{kind}/{name}"
        for kind, parts in described["components"].items()
        for name in parts
        if f'"#/components/{kind}/{name}"' not in text
    ]

    assert unused == []


class Page(HTMLParser):
    """What a page holds that can be told without a browser."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.ids, self.links, self.labelled = set(), [], [], []
        self.headings = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.tags.add(tag)
        self.ids += [given["id"]] if "id" in given else []
        self.links += [given["href"]] if tag == "a" else []
        self.labelled += [given["aria-labelledby"]] if "aria-labelledby" in given else []
        self.headings += [int(tag[1])] if re.fullmatch("h[1-6]", tag) else []
        assert "style" not in given
        assert not [name for name in given if name.startswith("on")]


@pytest.fixture
def page(room):
    return room.http.get("/docs")


def test_the_page_shows_all_paths_and_all_events(room, page, described):
    text = page.text

    for path in room.http.get("/openapi.json").json["paths"]:
        assert f"<code>{path}</code>" in text
    for message in described["components"]["messages"].values():
        assert f"<code>{message['name']}</code>" in text


def test_code_in_texts_is_code_and_nothing_else_is_html():
    assert coded("see `a<b` & <c>") == "see <code>a&lt;b</code> &amp; &lt;c&gt;"


def test_the_page_needs_no_script_and_has_the_headers_of_a_page(page):
    assert page.content_type == "text/html; charset=utf-8"
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    assert "'unsafe" not in page.headers["Content-Security-Policy"]
    assert "script" not in Page(page.text).tags


def test_every_link_of_the_page_leads_somewhere(room, page):
    found = Page(page.text)

    assert len(found.ids) == len(set(found.ids))
    assert set(found.labelled) <= set(found.ids)
    for link in set(found.links):
        if link.startswith("#"):
            assert link[1:] in found.ids
        else:
            assert room.http.get(link).status_code == 200


def test_no_level_of_headings_is_left_out(page):
    headings = Page(page.text).headings

    assert headings[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(headings))
