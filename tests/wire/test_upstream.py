"""A WebSocket as source: against a real server, which behaves, and which does not."""

import logging
import socket
import struct
import threading
import time

import pytest
from upstream_server import CERTIFICATE, UpstreamServer
from wsproto.events import CloseConnection, Ping, Pong, RejectConnection

from chartserver.chart import Chart
from chartserver.errors import SourceFailed
from chartserver.history import MemoryHistory
from chartserver.source_thread import SourceThread
from chartserver.sources.registry import open_source, parse_spec

LIMIT_S = 60.0
# For what is waited for in vain.
SHORT = {"timeout_s": 0.3}


@pytest.fixture
def upstream():
    """Start a server that plays scripts."""
    servers = []

    def start(*scripts, **given):
        servers.append(UpstreamServer(*scripts, **given).__enter__())
        return servers[-1]

    yield start
    for server in servers:
        server.__exit__()


def source_of(url, query="", **patience):
    """Open a source, which is as patient as it is told to be."""
    source = open_source(parse_spec(url + query), {})
    patience = {"timeout_s": LIMIT_S, "stale_s": 0.0} | patience
    source.patience = source.patience._replace(**patience)
    return source


def values_of(source, n):
    """Return the values of the first `n` ticks."""
    stop = threading.Event()
    ticks = source.ticks(stop)
    try:
        return [next(ticks).values for _ in range(n)]
    finally:
        ticks.close()


def failure_of(source, n_ticks=0):
    """Return what a source fails with, after so many ticks."""
    ticks = source.ticks(threading.Event())
    for _ in range(n_ticks):
        next(ticks)
    with pytest.raises(SourceFailed) as caught:
        next(ticks)
    assert "\n" not in str(caught.value)
    return caught.value


def sends(*messages):
    """Return a script that accepts, sends messages, and waits for the other side to go."""

    def script(peer):
        peer.accept().send(*messages)
        peer.wait()

    return script


def test_ticks_come_as_they_are_picked_and_what_is_none_is_skipped(upstream):
    subscriptions = []

    def script(peer):
        peer.accept()
        subscriptions.extend(peer.next().data for _ in range(2))
        peer.send('{"result": null, "id": 1}', '{"d": {"p": "1.08", "T": 1795368639363}}')
        peer.send("[]", '{"d": {"p": 1.09, "T": 1795368639463}}')
        peer.wait()

    source = source_of(
        upstream(script).url, '?subscribe=hello&subscribe={"op":1}&values=EURUSD=d.p&time=d.T'
    )
    ticks = source.ticks(threading.Event())

    assert next(ticks) == (1795368639363.0, {"EURUSD": 1.08})
    assert next(ticks) == (1795368639463.0, {"EURUSD": 1.09})
    assert subscriptions == ["hello", '{"op":1}']
    assert (source.picker.messages, source.picker.skipped, source.picker.refused) == (4, 2, 0)
    ticks.close()


def test_path_query_and_headers_are_sent_with_what_the_variables_hold(upstream, monkeypatch):
    monkeypatch.setenv("FEED_TOKEN", "s3cr3t-token")
    server = upstream(sends('{"a": 1}'))
    query = "?header=Authorization=Bearer%20${FEED_TOKEN}&header=Origin=https://x.example"

    source = source_of(server.url + "/v1%3Fkey=${FEED_TOKEN}%26b=2", query)

    assert values_of(source, 1) == [{"a": 1}]
    request = server.peers[0].request
    assert request.target == "/v1?key=s3cr3t-token&b=2"
    assert request.host == f"localhost:{server.port}"
    headers = dict(request.extra_headers)
    assert headers[b"authorization"] == b"Bearer s3cr3t-token"
    assert headers[b"origin"] == b"https://x.example"


def test_no_secret_is_in_what_is_told(upstream, monkeypatch, caplog):
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("FEED_TOKEN", "s3cr3t-token")

    def script(peer):
        peer.accept().send("no JSON: s3cr3t-token")
        peer.close(1008, "bad token s3cr3t-token")
        peer.wait()

    source = source_of(upstream(script).url + "/%3Fa=${FEED_TOKEN}")

    assert str(failure_of(source)).endswith("code 1008: bad token ***")
    assert "got 'no JSON: ***'" in caplog.text
    assert "s3cr3t" not in caplog.text


@pytest.mark.parametrize(
    ("script", "told"),
    [
        (lambda peer: peer.next(), "has closed the connection without a word"),
        (
            lambda peer: (peer.next(), peer.write(b"HTTP/1.1 101 ")),
            "has closed the connection without a word",
        ),
        (
            lambda peer: peer.write(b"\x00\xff rubbish\r\n\r\n"),
            "does not speak WebSocket: Bad HTTP",
        ),
        (
            lambda peer: (peer.next(), peer.say(RejectConnection(status_code=403)), peer.wait()),
            "answers with status 403; expected a WebSocket",
        ),
        (
            lambda peer: peer.write(b"HTTP/1.1 302 Found\r\nLocation: https://x/\r\n\r\n"),
            "answers with status 302",
        ),
        (
            lambda peer: peer.write(
                b"HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                b"Sec-WebSocket-Accept: bm90IG91cnM=\r\n\r\n"
            ),
            "does not speak WebSocket: Bad accept token",
        ),
        (lambda peer: peer.write(b"HTTP/1.1 200 OK\r\nA: " + b"a" * 70_000), "does not speak"),
        (lambda peer: peer.accept().close(1001, "moving"), "code 1001: moving"),
        (lambda peer: peer.accept().close(), "has closed the connection, code 1000"),
        (lambda peer: peer.accept().write(b"\x81\x7e\x00"), "closed the connection without a word"),
        (lambda peer: peer.accept().write(b"\xff\xff\xff"), "does not speak WebSocket: "),
        (lambda peer: peer.accept().write(b"\x81\x02\xc3\x28"), "does not speak WebSocket: "),
    ],
)
def test_the_end_of_a_connection_is_a_failure_that_says_why(upstream, script, told):
    failure = failure_of(source_of(upstream(script).url))

    assert str(failure).startswith("'localhost' ")
    assert told in str(failure)
    assert 0.5 <= failure.next_try_s <= 1.5


def test_a_server_that_does_not_answer_is_left(upstream):
    failure = failure_of(source_of(upstream(lambda peer: peer.wait()).url, **SHORT))

    assert "does not answer within 0.3 s" in str(failure)


def test_the_pause_doubles_with_each_try_until_a_tick_has_come(upstream):
    nothing, one = (lambda peer: peer.next()), (lambda peer: peer.accept().send("1", '{"a": 1}'))
    source = source_of(upstream(nothing, nothing, nothing, one).url)
    source._chance = lambda: 0.5

    assert [failure_of(source).next_try_s for _ in range(3)] == [1.0, 2.0, 4.0]
    assert failure_of(source, n_ticks=1).next_try_s == 1.0


def test_nobody_there_is_told():
    failure = failure_of(source_of("ws:ws://127.0.0.1:1"))

    assert str(failure) == "no connection to '127.0.0.1', port 1: connection refused"
    assert "is not found" in str(failure_of(source_of("ws:ws://no-such-host.invalid")))


def test_nonsense_is_refused_counted_and_told_once_and_the_next_tick_is_taken(upstream, caplog):
    rubbish = ["{", "\x00", b"\xff\xfe", '{"a": NaN}', "[" * 5000, '{"a": "x"}']
    source = source_of(upstream(sends(*rubbish, b'{"a": 2, "time": "2026-10-30T14:00:00Z"}')).url)

    assert values_of(source, 1) == [{"a": 2}]
    assert (source.picker.refused, source.picker.skipped) == (5, 1)
    [record] = [record for record in caplog.records if "refused" in record.message]
    assert record.message.startswith("ws localhost: message refused, 1 so far: got '{'; expected ")
    assert "\x00" not in caplog.text


def test_when_no_message_has_a_tick_one_of_them_is_shown(upstream, caplog):
    def script(peer):
        peer.accept().send(*['{"price": 1.5}'] * 30)
        peer.close()

    failure_of(source_of(upstream(script).url, "?values=prize"))

    [record] = caplog.records
    assert record.message == ('ws localhost: 20 messages, and no tick in them: {"price": 1.5}')


def test_a_message_in_many_frames_is_one(upstream):
    text = '{"a": 1.5, "ü": 2}'.encode()

    def script(peer):
        peer.accept()
        pieces = [text[i : i + 1] for i in range(len(text))]
        for i, piece in enumerate(pieces):
            last = 0x80 if i == len(pieces) - 1 else 0
            peer.write(bytes([last | (0 if i else 1), len(piece)]) + piece)
            if i == 5:
                peer.say(Ping(b"between"))
        assert peer.next(Pong).payload == b"between"
        peer.wait()

    assert values_of(source_of(upstream(script).url), 1) == [{"a": 1.5, "ü": 2}]


@pytest.mark.parametrize(
    "huge",
    [
        b"\x81\x7f" + struct.pack("!Q", 1 << 40) + b"x" * 5000,
        b"\x01\x04aaaa" + b"\x00\x04aaaa" * 1000,
        b"\x82\x7e" + struct.pack("!H", 5000) + b"x" * 5000,
    ],
)
def test_a_huge_message_is_the_end_and_is_not_kept(upstream, huge):
    codes = []

    def script(peer):
        peer.accept().write(huge)
        codes.append(peer.next(CloseConnection).code)

    server = upstream(script)
    failure = failure_of(source_of(server.url, "?message_bytes=1000"))

    assert str(failure) == "'localhost' has sent a message of more than 1000 bytes"
    server.__exit__()
    assert codes == [1009]


@pytest.mark.parametrize("last", [b"", b"\x81\x7e\x10\x00half a frame"])
def test_a_server_that_stops_sending_is_left(upstream, last):
    def script(peer):
        peer.accept().send('{"a": 1}')
        peer.write(last)
        peer.wait()

    source = source_of(upstream(script).url, stale_s=2.0)

    assert str(failure_of(source, n_ticks=1)) == "'localhost' has sent no message for 2 s"


def test_one_that_pings_but_sends_nothing_is_stale_all_the_same(upstream):
    def script(peer):
        peer.accept()
        while True:
            peer.say(Ping())
            assert peer.next(Pong)

    assert "has sent no message" in str(failure_of(source_of(upstream(script).url, stale_s=0.2)))


def test_a_quiet_server_is_pinged_and_left_when_it_does_not_answer(upstream):
    pings = []

    def script(peer):
        peer.accept()
        pings.append(peer.next(Ping))
        peer.say(pings[0].response())
        pings.append(peer.next(Ping))
        peer.wait()

    source = source_of(upstream(script).url, ping_s=2.0)

    assert str(failure_of(source)) == "'localhost' answers no ping"
    assert len(pings) == 2


def test_a_certificate_that_nobody_vouches_for_is_refused(upstream):
    failure = failure_of(source_of(upstream(sends(), is_encrypted=True).url))

    assert "certificate of 'localhost' is not trusted: self-signed certificate" in str(failure)
    assert "SSL_CERT_FILE" in str(failure)


def test_a_certificate_that_is_trusted_is_taken_for_its_host_alone(upstream, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    url = upstream(sends('{"a": 1}'), is_encrypted=True).url

    assert values_of(source_of(url), 1) == [{"a": 1}]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: ADDRESS_OF(url))
    assert (
        "is not trusted: hostname mismatch"
        in str(failure_of(source_of(url.replace("localhost", "other.example")))).lower()
    )


def ADDRESS_OF(url):  # noqa: N802
    """Return what the resolver says of a server on this machine."""
    return [(socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", int(url.rpartition(":")[2])))]


def test_a_server_without_tls_or_one_that_is_slow_with_it_is_told(upstream):
    plain = upstream(lambda peer: peer.write(b"HTTP/1.1 400 Bad\r\n\r\n"))
    slow = upstream(lambda peer: peer.wait())

    told = str(failure_of(source_of(plain.url.replace("ws://", "wss://"))))
    assert told.startswith("connection to 'localhost' is lost: wrong version number")
    told = str(failure_of(source_of(slow.url.replace("ws://", "wss://"), **SHORT)))
    assert told == "'localhost' does not finish the TLS handshake within 0.3 s"


def never_answers(peer):
    """Read, and say nothing."""
    peer.wait()


@pytest.mark.parametrize(
    ("script", "scheme"),
    [(never_answers, "ws"), (never_answers, "wss"), (sends(), "ws"), (sends('{"a": 1}'), "ws")],
)
def test_a_stop_ends_it_at_once_wherever_it_is(upstream, script, scheme):
    server = upstream(script)
    source = source_of(server.url.replace("ws://", f"{scheme}://"), timeout_s=10 * LIMIT_S)
    stop = threading.Event()
    thread = threading.Thread(target=lambda: list(source.ticks(stop)))
    thread.start()
    while not server.peers:
        time.sleep(0.01)

    stop.set()
    thread.join(LIMIT_S)

    assert not thread.is_alive()


def test_a_chart_tells_why_its_source_failed_and_lives_again_with_the_next_tick(upstream):
    server = upstream(
        lambda peer: peer.accept().send('{"a": 1}'),
        lambda peer: peer.next(),
        sends('{"a": "x"}', '{"a": 2}'),
    )
    chart = Chart("fx", now_ms=lambda: 0.0, history=MemoryHistory(10))
    thread = SourceThread(chart, source_of(server.url, "?values=@"))
    reasons = []

    def pause(seconds):
        reasons.append(chart.status.reason)

    put = chart.put

    def put_and_stop(tick, fence):
        put(tick, fence)
        if tick.values == {"a": 2}:
            thread.stop()

    chart.put = put_and_stop
    on_connected, connected = thread._source.on_connected, []

    def note():
        on_connected()
        connected.append(chart.status.status)

    thread._source.on_connected = note
    thread.run(pause)

    assert connected == ["waiting"] * 2

    assert chart.take().values.tolist() == [[1.0, 2.0]]
    assert chart.status.status == "live"
    assert chart.ticks_refused == 1
    assert len(reasons) == 2
    assert all("has closed the connection without a word; next try in" in one for one in reasons)
