"""The grammar of what a viewer may send: its shapes, all else, and what libraries make of it."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from socketio import packet as socket_io

from chartserver.errors import BadMessage
from chartserver.intake import packets
from chartserver.intake.packets import Kind, Packet

EVENTS = {"subscribe", "unsubscribe"}
CODES = {1002, 1003, 1007, 1008}


def parse(message):
    return packets.parse(message, EVENTS)


def kind_of_fault(message):
    """Return what a message is counted under, and the close code."""
    with pytest.raises(BadMessage) as caught:
        parse(message)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400
    return caught.value.kind, caught.value.close_code


@pytest.mark.parametrize(
    ("message", "packet"),
    [
        ("3", Packet(Kind.PONG)),
        ("1", Packet(Kind.CLOSE)),
        ("40", Packet(Kind.CONNECT, "0")),
        ('40{"chart":"fx"}', Packet(Kind.CONNECT, '0{"chart":"fx"}')),
        ("40/,{}", Packet(Kind.CONNECT, "0/,{}")),
        ("40/", Packet(Kind.CONNECT, "0/")),
        ("40/admin,", Packet(Kind.CONNECT, "0/admin,", "/admin")),
        ("40/admin?x=1,{}", Packet(Kind.CONNECT, "0/admin?x=1,{}", "/admin")),
        ("41", Packet(Kind.DISCONNECT, "1")),
        ("41/,", Packet(Kind.DISCONNECT, "1/,")),
        ('42["subscribe"]', Packet(Kind.EVENT, '2["subscribe"]')),
        ('4217["unsubscribe",{}]', Packet(Kind.EVENT, '217["unsubscribe",{}]')),
        ('42["subscribe",null]', Packet(Kind.EVENT, '2["subscribe",null]')),
        ('42[ "subscribe" , "Zürich 😀" ]', Packet(Kind.EVENT, '2[ "subscribe" , "Zürich 😀" ]')),
        # What it is about is for its handler to judge, in words.
        ('40"x"', Packet(Kind.CONNECT, '0"x"')),
        ('42["subscribe",1e300]', Packet(Kind.EVENT, '2["subscribe",1e300]')),
    ],
)
def test_what_a_viewer_may_send_is_taken(message, packet):
    assert parse(message) == packet


MALFORMED = [
    "",
    "0",
    "0{}",
    "2",
    "2probe",
    "3probe",
    "33",
    "5",
    "6",
    "9",
    "b",
    "bAA==",
    "1 ",
    " 1",
    "\ud800",
    "4",
    "4 2",
    "47",
    "48[]",
    "4x",
    "4٢",
    "405",
    "40/,7",
    "411",
    "41{}",
    "41null",
    "42[]",
    "42{}",
    "42null",
    '42"subscribe"',
    "42[null]",
    "42[1,2]",
    '42[["subscribe"]]',
    '42["subscribe",1,2]',
    '42["subscribe",{},{},{}]',
    "42" + "9" * 16 + '["subscribe"]',
    "42" + "9" * 5_000 + '["subscribe"]',
    "40/" + "n" * 500 + ",",
    "40/a\x1eb,",
    "40/a\n,",
]


@pytest.mark.parametrize("message", MALFORMED, ids=ascii)
def test_what_is_no_packet_of_the_protocols_is_refused(message):
    assert kind_of_fault(message) == ("malformed", 1002)


@pytest.mark.parametrize(
    "message",
    [
        "40{",
        "40NaN",
        "40٣",
        "42",
        "427",
        "42٣[]",
        "42-1[]",
        '421-["subscribe",{"_placeholder":true,"num":0}]',
        '420x1["subscribe"]',
        '42["subscribe"',
        '42["subscribe"]]',
        '42["subscribe",NaN]',
        '42["subscribe",-Infinity]',
        '42["subscribe",1e999]',
        '42["subscribe",' + "9" * 400 + "]",
        '42["subscribe",01]',
        '42["subscribe",.5]',
        "42['subscribe']",
        '42["subscribe",]',
        '42["subscribe","\\ud800"]',
        '42["subscribe","\\udc00\\ud800"]',
        '42["subscribe","\ud800"]',
        '42["subscribe","\x00"]',
        '42["subscribe","\n"]',
        '42["\\x41"]',
        '42["subscribe"]\ufeff',
        "42" + "[" * 2_000,
        '42["subscribe",' + "[" * 500 + "]" * 500 + "]",
        '42["subscribe",' + '{"a":' * 9 + "1" + "}" * 9 + "]",
        "40" + "[" * 9 + "]" * 9,
    ],
    ids=ascii,
)
def test_json_that_is_not_strict_or_is_nested_deeply_is_refused(message):
    assert kind_of_fault(message) == ("bad_json", 1007)


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("43[]", "not_allowed"),
        ("437[]", "not_allowed"),
        ('44{"message":"x"}', "not_allowed"),
        ('451-["subscribe",{"_placeholder":true,"num":0}]', "not_allowed"),
        ('451000000000-["subscribe"]', "not_allowed"),
        ("461-7[]", "not_allowed"),
        ('42["connect",{}]', "not_allowed"),
        ('42["disconnect"]', "not_allowed"),
        ('42["connect_error"]', "not_allowed"),
        ('42["newListener"]', "not_allowed"),
        ('42["nonsense"]', "unknown_event"),
        ('42["Subscribe"]', "unknown_event"),
        ('42["tick",{}]', "unknown_event"),
        ('42[""]', "unknown_event"),
        ('42["*"]', "unknown_event"),
        ('42/admin,["subscribe"]', "unknown_namespace"),
        ("41/admin", "unknown_namespace"),
    ],
)
def test_what_a_viewer_may_not_do_is_refused(message, kind):
    assert kind_of_fault(message) == (kind, 1008)


def test_bytes_are_refused():
    assert kind_of_fault(b"42") == ("binary", 1003)


json_texts = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=20,
).map(json.dumps)
near_misses = st.builds(
    "".join,
    st.tuples(
        st.sampled_from("0123456789b42"),
        st.sampled_from("0123456789x- "),
        st.sampled_from(["", "1-", "9-", "/,", "/", "/a,", "/a?b,", "-", "²", "٣"]),
        st.sampled_from(["", "7", "0007", "9" * 15, "9" * 101, "-1"]),
        st.one_of(
            st.text(max_size=30),
            json_texts,
            json_texts.map(lambda text: f'["subscribe",{text}]'),
            st.sampled_from(['["subscribe"]', '["connect"]', "[1-2]", '["unsubscribe",{"a-b":1}]']),
        ),
    ),
)


@given(st.one_of(st.text(), near_misses, near_misses.map(lambda text: "4" + text)))
@example('4225-["subscribe"]')
def test_any_text_is_either_a_packet_or_a_bad_message(message):
    taken, code = None, 1002
    try:
        taken = parse(message)
    except BadMessage as error:
        code = error.close_code

    assert code in CODES
    assert taken is None or message == (f"4{taken.text}" if taken.text else taken.kind.value)


@given(st.one_of(near_misses, near_misses.map(lambda text: "4" + text)))
@example("40/,{}")
@example("40/?a=1,{}")
@example('42000["subscribe"]')
def test_what_is_taken_is_read_alike_by_the_library_that_gets_it(message):
    try:
        packet = parse(message)
    except BadMessage:
        return
    if not packet.text:
        return

    read = socket_io.Packet(encoded_packet=packet.text)

    assert f"4{read.packet_type}" == packet.kind.value
    assert (read.namespace or "/") == packet.namespace
    assert read.attachment_count == 0
    if packet.kind is Kind.EVENT:
        assert read.data[0] in EVENTS


def test_a_payload_is_cut_into_its_messages():
    assert packets.split(b'42["subscribe"]\x1e3\x1e') == ['42["subscribe"]', "3", ""]
    assert packets.split(b"") == [""]


def test_a_payload_of_too_many_messages_is_refused():
    assert len(packets.split(b"\x1e".join([b"3"] * packets.PACKETS_MAX))) == packets.PACKETS_MAX

    with pytest.raises(BadMessage, match="at most 16") as caught:
        packets.split(b"\x1e".join([b"3"] * (packets.PACKETS_MAX + 1)))
    assert (caught.value.kind, caught.value.close_code) == ("malformed", 1002)


def test_a_payload_that_is_not_utf_8_is_refused():
    with pytest.raises(BadMessage) as caught:
        packets.split(b'42["\xff"]')
    assert (caught.value.kind, caught.value.close_code) == ("bad_utf8", 1007)


def test_who_asks_for_an_unknown_namespace_is_told_in_the_protocol():
    answer = socket_io.Packet(encoded_packet=packets.unknown_namespace('/a"b'))

    assert answer.packet_type == socket_io.CONNECT_ERROR
    assert answer.namespace == '/a"b'
    assert "expected '/'" in answer.data["message"]
