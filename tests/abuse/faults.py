"""What a stock server lets a stranger do: the eight faults, each as attacks that tell.

An attack is given a running server, and for how long to wait for what one that is well does at
once; it returns complaints: what it could do that it must not. A server is well when there are
none. `FAULTS` has the attacks by the name of their fault.
"""

import contextlib
import json
import threading
import time

import psutil
import requests
from client_frames import FINAL, RSV2, RSV3, fragments, frame
from hard_viewer import connect
from recorder import CUT_OFF
from stranger import ANSWER_LIMIT_S, Stranger, netloc
from strict_parser import PING

POLLING = "/socket.io/?EIO=4&transport=polling"
MESSAGE_MAX_BYTES = 1_000_000
ATTACK_S = 2.0
LOCAL = ""


def refused_posts_hang(server, patience_s):
    """1. POST what is no packet on sessions that poll."""
    process = psutil.Process(server.process.pid)
    before = process.num_fds()
    complaints = set()
    for body in (b"9", b"0{}", b"4" * (MESSAGE_MAX_BYTES + 1)):
        with requests.Session() as session:
            address = server.url + POLLING
            sid = json.loads(session.get(address, timeout=ANSWER_LIMIT_S).text[1:])["sid"]
            try:
                with contextlib.suppress(*CUT_OFF):  # while it sends
                    status = session.post(
                        f"{address}&sid={sid}", data=body, timeout=patience_s
                    ).status_code
                    if status < 400:
                        complaints.add(f"POST of {body[:4]} was answered with {status}")
            except requests.ReadTimeout:
                complaints.add(f"POST of {body[:4]} was not answered")
    deadline_s = time.monotonic() + patience_s
    while process.num_fds() > before and time.monotonic() < deadline_s:
        time.sleep(0.05)
    if process.num_fds() > before:
        complaints.add("descriptors stayed")
    return sorted(complaints)


def reserved_events_are_run(server, patience_s):
    """2. Send events by the names that Socket.IO keeps for itself."""
    complaints = []
    for event in ("connect", "disconnect"):
        with Stranger(server.url).connected() as stranger:
            stranger.say(f"421{json.dumps([event, {}])}")
            if stranger.answer(1, patience_s):
                complaints.append(f"the handler of {event!r} was run")
            elif stranger.is_open:
                complaints.append(f"who sends {event!r} stays")
    return complaints


def large_messages_stall_everybody(server, patience_s):
    """3. Send messages of the size that is allowed at most."""
    bystander = Stranger(server.url, source=LOCAL).connected()
    attacker = Stranger(server.url).connected()
    data = frame(b"4" * (MESSAGE_MAX_BYTES - 1)) * 10
    sender = threading.Thread(target=attacker.send, args=(data,))
    sender.start()
    longest_s, until_s = 0.0, time.monotonic() + ATTACK_S
    while time.monotonic() < until_s:
        asked_s, n = time.monotonic(), len(bystander.pongs)
        bystander.send(frame(b"", PING))
        bystander.read_until(lambda n=n: len(bystander.pongs) > n)
        longest_s = max(longest_s, time.monotonic() - asked_s)
        time.sleep(0.01)
    attacker.cut()
    sender.join()
    attacker.close()
    bystander.close()
    # That it is far less with ours is what the bystander sees to.
    return [f"a viewer waited {longest_s:.2f} s"] if longest_s > patience_s / 4 else []


def fragments_pass_the_limit(server, patience_s):
    """4a. Send a message in fragments that together are larger than is allowed."""
    with Stranger(server.url).connected() as stranger:
        part = b"4" * 50_000
        stranger.send(frame(part, bits=0))
        for _ in range(3 * MESSAGE_MAX_BYTES // len(part)):
            stranger.send(frame(part, 0, bits=0))
        stranger.send(frame(b"", PING))
        stranger.read_until(lambda: stranger.pongs)
        return ["took 3 MB of one message"] if stranger.pongs else []


def hixie_handshakes_are_taken(server, patience_s):
    """4b. Ask for a WebSocket as drafts before RFC 6455 had it."""
    with connect(server.url) as sock:
        sock.settimeout(ANSWER_LIMIT_S)
        sock.sendall(
            f"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: {netloc(server.url)}\r\n"
            "Upgrade: WebSocket\r\nConnection: Upgrade\r\nOrigin: http://example.com\r\n"
            "Sec-WebSocket-Key1: 4 @1  46546xW%0l 1 5\r\n"
            "Sec-WebSocket-Key2: 12998 5 Y3 1  .P00\r\n\r\n^n:ds[4U".encode()
        )
        answer = sock.recv(4096)
    return ["was taken"] if b" 101 " in answer.partition(b"\r\n")[0] else []


def attachments_are_waited_for(server, patience_s):
    """4c. Announce binary attachments, and send none."""
    with Stranger(server.url).connected() as stranger:
        stranger.say('451000000000-["subscribe",{"_placeholder":true,"num":0}]')
        return [] if stranger.is_ended(patience_s) else ["waits for 10^9 attachments"]


def malformed_packets_are_logged_with_tracebacks(server, patience_s):
    """5. Send what is no packet of Socket.IO."""
    complaints = []
    before = server.process.stderr_count
    for packet in ("42{", '42"x"', "42[", "48"):
        with Stranger(server.url).connected() as stranger:
            stranger.say(packet)
            if not stranger.is_ended(patience_s):
                complaints.append(f"{packet!r} leaves the session open")
    told = list(server.process.stderr_lines)[before - server.process.stderr_count :]
    n = sum("Traceback" in line for line in told) if server.process.stderr_count > before else 0
    return complaints + ([f"{n} tracebacks"] if n else [])


def http_is_written_on_websockets(server, patience_s):
    """6. Send what is no packet of Engine.IO."""
    complaints = []
    for packet in (b"9", b"x", b"", b"bAAA", b"\xc3\xa9", b"0{}", b"-1"):
        with Stranger(server.url).connected() as stranger:
            stranger.send(frame(packet))
            try:
                stranger.is_ended(patience_s)
            except AssertionError as fault:
                complaints.append(f"{packet}: {fault}")
    return complaints


def what_is_no_json_comes_in(server, patience_s):
    """7a. Send NaN and Infinity."""
    complaints = []
    for number in ("NaN", "Infinity", "-Infinity"):
        with Stranger(server.url).connected() as stranger:
            stranger.say(f'421["subscribe",{{"chart":"steady","since":{number}}}]')
            if stranger.answer(1, patience_s):
                complaints.append(f"{number} was taken")
            complaints += _odd_json(stranger)
    return complaints


def what_is_no_json_goes_out(server, patience_s):
    """7b. Watch a source whose ticks have values that JSON does not know."""
    with Stranger(server.url, frame(b'40{"chart":"patchy"}')).connected() as viewer:
        viewer.read_until(lambda: sum('"tick"' in text for text in viewer.texts) > 8)
        return _odd_json(viewer)


def slow_requests_are_never_cut_off(server, patience_s):
    """8a. Send the head of a request a byte at a time; and nothing at all."""
    heads = {
        "a slow head": b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ",
        "a slow body": b"POST /socket.io/?EIO=4&transport=polling&sid=x HTTP/1.1\r\nHost: x\r\n"
        b"Content-Length: 1000\r\n\r\n",
        "no head": b"",
    }
    socks = {name: connect(server.url) for name in heads}
    for name, sock in socks.items():
        sock.sendall(heads[name])
    kept, until_s = set(socks), time.monotonic() + patience_s
    while kept and time.monotonic() < until_s:
        for name in list(kept):
            if _is_cut_off(socks[name], b"x" if heads[name] else b""):
                kept.discard(name)
        time.sleep(0.2)
    for sock in socks.values():
        sock.close()
    return [f"{name} was never cut off" for name in sorted(kept)]


def reserved_bits_are_ignored(server, patience_s):
    """8b. Set bits that no extension was agreed on for."""
    return [
        f"bit {bit:#x}: closed with {code}"
        for bit in (RSV2, RSV3)
        if (code := _close_code(server, frame(b"3", bits=FINAL | bit), patience_s)) != 1002
    ]


def bad_text_is_closed_with_a_wrong_code(server, patience_s):
    """8c. Send text that is not UTF-8, whole and in fragments."""
    return [
        f"{name}: closed with {code}"
        for name, data in {"whole": frame(b"4\xff"), "cut": fragments(b"4\xc3\x28", 2)}.items()
        if (code := _close_code(server, data, patience_s)) != 1007
    ]


FAULTS = {
    "1": [refused_posts_hang],
    "2": [reserved_events_are_run],
    "3": [large_messages_stall_everybody],
    "4": [fragments_pass_the_limit, hixie_handshakes_are_taken, attachments_are_waited_for],
    "5": [malformed_packets_are_logged_with_tracebacks],
    "6": [http_is_written_on_websockets],
    "7": [what_is_no_json_comes_in, what_is_no_json_goes_out],
    "8": [
        slow_requests_are_never_cut_off,
        reserved_bits_are_ignored,
        bad_text_is_closed_with_a_wrong_code,
    ],
}


def _close_code(server, data, patience_s):
    """Return the code that a server closes with upon `data`; None when it does not."""
    with Stranger(server.url).connected() as stranger:
        stranger.send(data)
        stranger.is_ended(patience_s)
        return stranger.close_code


def _is_cut_off(sock, more):
    """Return whether the server has closed, or has answered; send a little more."""
    sock.settimeout(0.01)
    try:
        if more:
            sock.send(more)
        return sock.recv(100) is not None
    except TimeoutError:
        return False
    except ConnectionError:
        return True


def _odd_json(viewer):
    """Return what came in the packets of a viewer that is no JSON."""
    odd = set()
    for text in viewer.texts:
        with contextlib.suppress(ValueError):  # packets without any
            begin = min(text.index(mark) for mark in "[{" if mark in text)
            json.loads(text[begin:], parse_constant=odd.add)
    return [f"{name} went out" for name in sorted(odd)]
