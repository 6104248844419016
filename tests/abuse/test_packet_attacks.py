"""What is no packet of a viewer ends its session, on each transport and path, and nothing stays."""

import json
import threading
import time
from http.client import HTTPConnection

import pytest
from bystander import TIMES
from client_frames import fragments, frame
from hard_viewer import STRANGER, connect, handshake
from stranger import ANSWER_LIMIT_S, Stranger, netloc
from strict_parser import BINARY

PATHS = {
    "direct": ("--async-mode=eventlet", "--fan-out=direct"),
    "ordinary": ("--async-mode=eventlet", "--fan-out=ordinary"),
    "threading": ("--async-mode=threading",),
    "gevent": ("--async-mode=gevent",),
}
ADDRESS = "/socket.io/?EIO=4&transport=polling"
TEXT_PLAIN = {"Content-Type": "text/plain;charset=UTF-8"}
SUBSCRIBE = '42["subscribe",{"chart":"steady"}]'
# After a CONNECT: the packet, and the code that its session ends with.
PACKETS = [
    ("", 1002),
    ("0{}", 1002),
    ("2", 1002),
    ("2probe", 1002),
    ("3probe", 1002),
    ("5", 1002),
    ("6", 1002),
    ("9", 1002),
    ("bAA==", 1002),
    ("4", 1002),
    ("48", 1002),
    ("42[]", 1002),
    ('42"subscribe"', 1002),
    ('42["subscribe",1,2]', 1002),
    ("42" + "9" * 101 + '["subscribe"]', 1002),
    ("41{}", 1002),
    ("42{", 1007),
    ('42["subscribe",NaN]', 1007),
    ('42["subscribe","\\ud800"]', 1007),
    ('42["subscribe",' + "[" * 1_000 + "]" * 1_000 + "]", 1007),
    ("43[]", 1008),
    ("44{}", 1008),
    ('451000000000-["subscribe",{"_placeholder":true,"num":0}]', 1008),
    ("461-7[]", 1008),
    ('42["connect",{}]', 1008),
    ('42["disconnect"]', 1008),
    ('427["nonsense"]', 1008),
    ('42/other,["subscribe"]', 1008),
    ("40", 1008),
    ("4" * 20_000, 1009),
]


@pytest.fixture(params=PATHS)
def server(request, serve):
    return serve(*PATHS[request.param])


class Poller:
    """A viewer that polls, each request on a connection of its own."""

    def __init__(self, server, *, hello="40"):
        self.server = server
        self.sid = json.loads(self.get().body[1:])["sid"]
        if hello:
            assert self.post(hello.encode()).status == 200

    def address(self):
        return f"{ADDRESS}&sid={self.sid}" if hasattr(self, "sid") else ADDRESS

    def get(self):
        return ask(self.server, "GET", self.address())

    def post(self, body, headers=TEXT_PLAIN):
        return ask(self.server, "POST", self.address(), body, headers)

    def is_forgotten(self):
        answer = self.get()
        return answer.status == 400 and "expected that of an open session" in answer.error


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    @property
    def error(self):
        assert self.headers["Content-Type"] == "application/json"
        content = json.loads(self.body)
        assert list(content) == ["error"]
        return content["error"]


def ask(server, method, address, body=None, headers=None):
    connection = HTTPConnection(
        netloc(server.url), timeout=ANSWER_LIMIT_S, source_address=(STRANGER, 0)
    )
    try:
        connection.request(method, address, body, {"Connection": "close", **(headers or {})})
        return Answer(connection.getresponse())
    finally:
        connection.close()


def test_over_a_websocket_the_close_frame_says_why(server, watched):
    with watched(server):
        for packet, code in TIMES * PACKETS:
            with Stranger(server.url).connected() as stranger:
                stranger.say(packet)
                assert stranger.is_ended(), packet
                assert stranger.close_code == code, packet


def test_over_a_websocket_no_bytes_are_taken_and_no_fragments_that_are_too_large(server, watched):
    attacks = [
        (frame(b"42", BINARY), 1003),
        (frame(b'42["subscribe","\xff"]'), 1007),
        (fragments(b"4" * 20_000, 500), 1009),
        (frame(SUBSCRIBE.encode()) * 200, 1008),
        (frame(b"3") * 200, 1008),
        (frame(b"40/other,") * 200, 1008),
    ]
    with watched(server):
        for data, code in TIMES * attacks:
            with Stranger(server.url).connected() as stranger:
                stranger.send(data)
                assert stranger.is_ended(), data[:40]
                assert stranger.close_code == code, data[:40]


def test_before_the_connect_nothing_else_is_taken(server, watched):
    with watched(server):
        for _ in range(TIMES):
            with Stranger(server.url, hello=frame(SUBSCRIBE.encode())) as stranger:
                assert stranger.is_ended()
                assert stranger.close_code == 1008
            poller = Poller(server, hello=None)
            assert "expected CONNECT before it" in poller.post(SUBSCRIBE.encode()).error
            assert poller.is_forgotten()


STATUS = {1009: 413}
BODIES = [(packet.encode(), STATUS.get(code, 400)) for packet, code in PACKETS] + [
    (b"\xff\xfe", 400),
    (b'3\x1e42["nonsense"]', 400),
    (b"\x1e".join([b"3"] * 17), 400),
    (b"d=3", 400),
    (b"x" * 1_000_000, 413),
]


def test_what_is_posted_is_answered_at_once_and_the_session_forgotten(server, watched):
    with watched(server):
        for body, status in TIMES * BODIES:
            poller = Poller(server)
            answer = poller.post(body)
            assert answer.status == status, body[:40]
            assert answer.error
            assert poller.is_forgotten(), body[:40]


def test_a_poll_that_waits_is_answered_when_its_session_is_refused(server, watched):
    with watched(server):
        for _ in range(TIMES):
            poller = Poller(server)
            poller.post(b'42["unsubscribe",{"chart":"steady"}]')
            answers, thread = waiting_poll(poller)
            assert poller.post(b"9").status == 400
            thread.join(ANSWER_LIMIT_S)

            # Had it waited on it had been answered with a ping.
            assert not thread.is_alive()
            assert answers[-1].status == 400
            assert answers[-1].error


def test_posts_that_are_not_as_they_should_be_end_the_session(server, watched):
    with watched(server):
        for _ in range(TIMES):
            for headers in (
                {"Content-Type": "application/octet-stream"},
                {"Content-Type": "application/json"},
            ):
                poller = Poller(server)
                assert poller.post(b"3", headers).status == 400
                assert poller.is_forgotten()


def test_too_many_posts_end_the_session(server, watched):
    with watched(server):
        for _ in range(TIMES):
            poller = Poller(server)
            statuses = []
            while not statuses or statuses[-1] == 200:
                statuses.append(poller.post(b"\x1e".join([b"3"] * 16)).status)

            # It may be more on a machine that is slow.
            assert statuses[:6] == [200] * 6
            assert statuses[-1] == 429
            assert poller.is_forgotten()


def test_two_polls_at_once_end_the_session(server, watched):
    with watched(server):
        for _ in range(TIMES):
            poller = Poller(server)
            poller.post(b'42["unsubscribe",{"chart":"steady"}]')
            answers, polling = waiting_poll(poller)

            other = poller.get()
            polling.join(ANSWER_LIMIT_S)

            # Had one of them waited on it had been answered with a ping.
            assert (other.status, answers[-1].status) == (400, 400)
            # Which of them was the second: the other one may have been on its way.
            assert "one at a time" in other.error + answers[-1].error
            assert poller.is_forgotten()


def waiting_poll(poller):
    """Poll until a poll has to wait; return its thread, and the answers."""
    answers = []

    def poll():
        while not answers or answers[-1].status == 200:
            answers.append(poller.get())

    thread = threading.Thread(target=poll)
    thread.start()
    n_answers = -1
    while n_answers != len(answers):
        n_answers = len(answers)
        time.sleep(0.5)
    return answers, thread


REQUESTS = [
    ("GET", "/socket.io/?EIO=3&transport=polling", 400, "a client of Socket.IO 3 or 4"),
    ("GET", "/socket.io/?transport=polling", 400, "EIO is None"),
    ("GET", "/socket.io/?EIO=4", 400, "transport is None"),
    ("GET", "/socket.io/?EIO=4&transport=pigeon", 400, "transport is 'pigeon'"),
    ("GET", "/socket.io/?EIO=4&transport=polling&j=0", 400, "JSONP is not served"),
    ("GET", "/socket.io/?EIO=4&EIO=3&transport=polling", 400, "more than once"),
    ("GET", "/socket.io/?EIO=4&transport=polling&sid=none", 400, "sid is 'none'"),
    ("GET", "/socket.io/?EIO=4&transport=polling&sid=a%0Ab%1B%5B2J", 400, r"'a\nb\x1b[2J'"),
    ("GET", "/socket.io/?EIO=4&transport=websocket", 426, "WebSocket"),
    ("POST", "/socket.io/?EIO=4&transport=polling", 400, "without sid"),
    ("POST", "/socket.io/?EIO=4&transport=polling&sid=none", 400, "sid is 'none'"),
    ("PUT", "/socket.io/?EIO=4&transport=polling", 405, "method is 'PUT'"),
    ("DELETE", "/socket.io/?EIO=4&transport=polling", 405, "method is 'DELETE'"),
]


def test_requests_that_are_not_of_the_protocol_are_refused_in_words(server, watched):
    with watched(server):
        for _ in range(TIMES):
            for method, address, status, words in REQUESTS:
                answer = ask(server, method, address)
                assert (answer.status, address) == (status, address)
                assert words in answer.error


def test_a_session_takes_one_websocket_and_no_polls_beside_it(server, watched):
    with watched(server):
        for _ in range(TIMES):
            poller = Poller(server)
            with Stranger(server.url, b"", query=f"&sid={poller.sid}") as stranger:
                stranger.say("2probe")
                assert stranger.read_until(lambda: "3probe" in stranger.texts)
                assert upgrade_status(server, poller) == 400
                stranger.say("5")
                assert stranger.read_until(lambda: any('"tick"' in one for one in stranger.texts))
                assert upgrade_status(server, poller) == 400
                assert "has a WebSocket" in poller.get().error
                assert "has a WebSocket" in poller.post(b"3").error
                assert stranger.read_until(lambda: len(stranger.texts) > 20)
                assert stranger.is_open


def upgrade_status(server, poller):
    """Return the status of an attempt to change over."""
    with connect(server.url, source=STRANGER) as sock:
        head, _ = handshake(sock, server.url, f"&sid={poller.sid}")
    return int(head.split()[1])


def test_a_bad_change_to_a_websocket_leaves_the_session_polling(server, watched):
    with watched(server):
        for _ in range(TIMES):
            for words in (["9"], ["2"], ["2probe", "2probe"], ["2probe", SUBSCRIBE], [""]):
                poller = Poller(server)
                with Stranger(server.url, b"", query=f"&sid={poller.sid}") as stranger:
                    for word in words:
                        stranger.say(word)
                    assert stranger.is_ended()
                    assert stranger.close_code == 1002
                assert poller.get().status == 200
                poller.post(b"1")


def test_an_unknown_namespace_is_told_politely(server, watched):
    with watched(server):
        for _ in range(TIMES):
            with Stranger(server.url, hello=frame(b"40/other,{}")) as stranger:
                read_until_told(stranger)
                stranger.say("40")
                assert stranger.connected()


def read_until_told(stranger):
    """Read until it is told that there is no other namespace."""
    assert stranger.read_until(lambda: any("44/other," in one for one in stranger.texts))
    told = next(one for one in stranger.texts if one.startswith("44/other,"))
    assert "expected '/'" in json.loads(told[9:])["message"]


def test_who_says_no_connect_is_closed_after_a_time(server, watched):
    with watched(server):
        poller = Poller(server, hello=None)
        with Stranger(server.url, b"") as stranger:
            assert not stranger.is_ended(5.0)
            assert stranger.is_ended()
            assert stranger.close_code == 1008
        assert poller.is_forgotten()


def test_what_is_refused_is_told_in_a_line_and_no_more(server):
    for _ in range(20):
        Poller(server).post(b"9\n\x1b[2J")
    server.stop()

    lines = [line for line in server.process.stderr_lines if "refused (malformed)" in line]
    assert len(lines) == 1
    assert STRANGER in lines[0]
    assert "\x1b" not in lines[0]
