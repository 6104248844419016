"""The reader of WebSockets: what it understands, what it refuses and how early."""

import struct

import client_frames
import pytest
from client_frames import FINAL, RSV1, RSV2, RSV3
from hypothesis import given
from hypothesis import strategies as st
from strict_parser import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT
from wsproto.events import CloseConnection, Ping, TextMessage

from chartserver.errors import BadMessage
from chartserver.intake.allowance import Allowance
from chartserver.refusals import Refusals
from chartserver.settings import Settings
from chartserver.stack.websocket_reader import WebSocketReader

MESSAGE_BYTES = 1_000
BURST = 50
MASK = b"\x37\xfa\x21\x3d"
# What stands before a short payload.
HEAD_BYTES = 6


def frame(payload=b"", opcode=TEXT, *, mask=MASK, **options):
    """Return a client's frame, masked with something."""
    return client_frames.frame(payload, opcode, mask=mask, **options)


def fragments(*pieces):
    """Return a message in as many frames as there are pieces."""
    last = len(pieces) - 1
    return [
        frame(piece, CONTINUATION if i else TEXT, bits=FINAL if i == last else 0)
        for i, piece in enumerate(pieces)
    ]


def close(code, reason=b""):
    return frame(struct.pack("!H", code) + reason, CLOSE)


def make_reader(message_bytes=MESSAGE_BYTES):
    settings = Settings(message_bytes=message_bytes, messages_per_s=0, message_burst=BURST)
    return WebSocketReader(Allowance(settings, (), Refusals()))


def read(reader, *chunks):
    """Return the events up to the close, or what the reader complains of."""
    events = []
    for chunk in chunks:
        reader.feed(chunk)
        while (event := reader.next_event()) is not None:
            events.append(event)
            if isinstance(event, CloseConnection):
                return events
    return events


def complaint(*chunks, **limits):
    """Return what the reader complains of; it must."""
    with pytest.raises(BadMessage) as caught:
        read(make_reader(**limits), *chunks)
    return caught.value


def n_bytes_until_complaint(stream, **limits):
    """Return how many bytes had come when the reader complained."""
    reader = make_reader(**limits)
    for n, byte in enumerate(stream, 1):
        reader.feed(bytes([byte]))
        try:
            reader.next_event()
        except BadMessage:
            return n
    return None


def test_a_message_is_read():
    assert read(make_reader(), frame("Grüße".encode())) == [TextMessage("Grüße")]


@pytest.mark.parametrize("n", [0, 125, 126, 127, 999, 1_000])
def test_a_message_may_have_any_length_up_to_the_limit(n):
    assert read(make_reader(), frame(b"a" * n)) == [TextMessage("a" * n)]


def test_a_message_of_more_than_64_kib_is_read_where_it_may_be():
    reader = make_reader(message_bytes=100_000)

    assert read(reader, frame(b"a" * 70_000)) == [TextMessage("a" * 70_000)]


def test_fragments_are_one_message_and_control_frames_may_come_between():
    first, second, third = fragments(b"Gr\xc3", b"\xbc", b"\xc3\x9fe")

    events = read(make_reader(), first, frame(b"x", PING), second, frame(b"", PONG), third)

    assert events == [Ping(b"x"), TextMessage("Grüße")]


def test_what_the_limit_counted_is_forgotten_with_the_next_message():
    reader = make_reader()

    events = read(reader, *fragments(b"a" * 600, b"a" * 400), frame(b"b" * 1_000))

    assert [len(event.data) for event in events] == [1_000, 1_000]


@pytest.mark.parametrize("code", [1000, 1001, 1003, 1011, 1012, 1013, 1014, 3000, 4999])
def test_a_close_is_read(code):
    event = CloseConnection(code, "so long")

    assert read(make_reader(), close(code, b"so long")) == [event]


def test_a_close_may_say_nothing():
    assert read(make_reader(), frame(b"", CLOSE)) == [CloseConnection(1005)]


PROTOCOL_ERRORS = {
    "rsv1": frame(b"x", bits=FINAL | RSV1),
    "rsv2": frame(b"x", bits=FINAL | RSV2),
    "rsv3": frame(b"x", bits=FINAL | RSV3),
    "rsv of a ping": frame(b"x", PING, bits=FINAL | RSV1),
    "opcode 3": frame(b"x", 3),
    "opcode 7": frame(b"x", 7),
    "opcode 11": frame(b"x", 11),
    "opcode 15": frame(b"x", 15),
    "unmasked": frame(b"x", mask=b""),
    "unmasked ping": frame(b"x", PING, mask=b""),
    "ping in fragments": frame(b"x", PING, bits=0),
    "close in fragments": frame(b"", CLOSE, bits=0),
    "ping of 126 bytes": frame(b"x" * 126, PING),
    "pong of 64 KiB": frame(b"", PONG, length=1 << 16),
    "continuation of nothing": frame(b"x", CONTINUATION, bits=0),
    "last continuation of nothing": frame(b"x", CONTINUATION),
    "message within a message": frame(b"x", bits=0) + frame(b"y"),
    "length in too many bytes": frame(b"x" * 5, width=2),
    "length in far too many bytes": frame(b"x" * 5, width=8),
    "length of 2**63": frame(length=1 << 63),
    "close of one byte": frame(b"\x03", CLOSE),
    **{f"close {code}": close(code) for code in (0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000)},
}


@pytest.mark.parametrize("stream", PROTOCOL_ERRORS.values(), ids=PROTOCOL_ERRORS)
def test_what_is_no_websocket_is_refused_with_1002(stream):
    error = complaint(stream)

    assert (error.close_code, error.kind) == (1002, "bad_websocket")


def test_what_is_no_websocket_is_refused_by_its_header():
    assert n_bytes_until_complaint(frame(b"x" * 100, 3)) == 2
    assert n_bytes_until_complaint(frame(b"x" * 126, PING)) == 2


def test_a_binary_message_is_refused_with_1003_and_by_its_header():
    error = complaint(frame(b"x", BINARY))

    assert (error.close_code, error.kind) == (1003, "binary")
    assert n_bytes_until_complaint(frame(b"x" * 100, BINARY)) == HEAD_BYTES


NO_UTF_8 = {
    "not a start": b"\xff",
    "continuation without start": b"a\x80",
    "overlong": b"\xc0\xaf",
    "surrogate": b"\xed\xa0\x80",
    "beyond unicode": b"\xf4\x90\x80\x80",
    "cut off": b"gr\xc3",
}


@pytest.mark.parametrize("payload", NO_UTF_8.values(), ids=NO_UTF_8)
def test_what_is_not_utf_8_is_refused_with_1007(payload):
    error = complaint(frame(payload))

    assert (error.close_code, error.kind) == (1007, "bad_utf8")


def test_what_is_not_utf_8_is_refused_in_fragments_too():
    assert complaint(*fragments(b"gr\xc3", b"x")).close_code == 1007
    assert complaint(*fragments(b"gr\xc3", b"")).close_code == 1007


def test_what_is_not_utf_8_is_refused_before_the_frame_is_at_its_end():
    header = HEAD_BYTES + 2

    assert n_bytes_until_complaint(frame(b"ab\xffcd" * 100)) == header + 3
    # What would be beyond Unicode can be told by its second byte.
    assert n_bytes_until_complaint(frame(b"ab\xf4\x90\x80\x80" * 80)) == header + 4


def test_words_of_a_close_that_are_not_utf_8_are_refused_with_1007():
    assert complaint(close(1000, b"\xff")).close_code == 1007


def test_a_message_that_is_too_large_is_refused_with_1009():
    error = complaint(frame(b"a" * 1_001))

    assert (error.close_code, error.kind) == (1009, "too_large")
    assert "1001 bytes" in str(error)


def test_a_message_that_is_too_large_is_refused_by_its_header():
    # Of ten exabytes not one has come.
    assert complaint(frame(b"", length=10**18)).close_code == 1009
    assert n_bytes_until_complaint(frame(b"a" * 1_001)) == HEAD_BYTES + 2


def test_fragments_count_together():
    assert complaint(*fragments(b"a" * 600, b"a" * 300, b"a" * 101)).close_code == 1009


def test_the_header_of_the_fragment_that_is_too_much_is_enough():
    first = frame(b"a" * 600, bits=0)
    second = frame(b"", CONTINUATION, bits=0, length=401)

    assert complaint(first, second).close_code == 1009


@pytest.mark.parametrize(
    "one",
    [frame(b"x"), frame(b""), frame(b"", PONG), frame(b"x", PING)],
    ids=["text", "empty text", "pong", "ping"],
)
def test_more_frames_than_the_rate_allows_are_refused_with_1008(one):
    error = complaint(one * (BURST + 1))

    assert (error.close_code, error.kind) == (1008, "too_fast")
    read(make_reader(), one * BURST)


def test_empty_fragments_are_refused_with_1008_when_they_do_not_end():
    empty = frame(b"", CONTINUATION, bits=0)

    assert complaint(frame(b"", bits=0), *[empty] * BURST).close_code == 1008


# Whatever comes.

CONTROLS = st.builds(
    frame,
    st.binary(max_size=125),
    st.sampled_from([PING, PONG]),
    mask=st.binary(min_size=4, max_size=4),
)


@st.composite
def messages(draw):
    """Return the frames of a message, with control frames between them."""
    payload = draw(st.text(max_size=60)).encode()
    cuts = sorted(draw(st.lists(st.integers(0, len(payload)), max_size=3)))
    pieces = [payload[a:b] for a, b in zip([0, *cuts], [*cuts, len(payload)], strict=True)]
    frames = []
    for one in fragments(*pieces):
        frames += [one, *draw(st.lists(CONTROLS, max_size=1))]
    # What stands behind the last fragment is between two messages.
    return b"".join(frames)


STREAMS = st.builds(
    lambda parts, end: b"".join(parts) + end,
    st.lists(st.one_of(messages(), CONTROLS), max_size=6),
    st.sampled_from([b"", close(1000, b"bye"), frame(b"", CLOSE)]),
)


def cut(stream, places):
    """Return a stream in the chunks in which it comes."""
    cuts = sorted(place % (len(stream) + 1) for place in places)
    return [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]


PLACES = st.lists(st.integers(0, 10_000), max_size=20)


@given(STREAMS, PLACES)
def test_it_makes_no_difference_in_which_pieces_a_stream_comes(stream, places):
    whole = read(make_reader(), stream)

    assert read(make_reader(), *cut(stream, places)) == whole
    assert read(make_reader(), *(bytes([byte]) for byte in stream)) == whole


@given(st.text(max_size=400), PLACES)
def test_a_text_arrives_as_it_was_sent(text, places):
    payload = text.encode()
    reader = make_reader(message_bytes=10_000)

    assert read(reader, *fragments(*cut(payload, places))) == [TextMessage(text)]


MUTATIONS = st.lists(
    st.tuples(
        st.sampled_from(["set", "insert", "delete", "cut"]),
        st.integers(0, 10_000),
        st.integers(0, 255),
    ),
    min_size=1,
    max_size=4,
)


def mutated(stream, mutations):
    stream = bytearray(stream)
    for how, place, byte in mutations:
        place %= len(stream) + 1
        if how == "insert":
            stream.insert(place, byte)
        elif how == "cut":
            del stream[place:]
        elif place < len(stream) and how == "set":
            stream[place] = byte
        else:
            del stream[place : place + 1]
    return bytes(stream)


def close_code_of(*chunks):
    """Return the code with which a stream is refused; 0 when it is read to the end."""
    try:
        events = read(make_reader(), *chunks)
    except BadMessage as error:
        return error.close_code
    assert all(isinstance(event, TextMessage | Ping | CloseConnection) for event in events)
    return 0


@given(STREAMS, MUTATIONS, PLACES)
def test_a_stream_that_was_tampered_with_is_read_or_refused_and_nothing_else(
    stream, mutations, places
):
    code = close_code_of(*cut(mutated(stream, mutations), places))

    assert code in (0, 1002, 1003, 1007, 1008, 1009)


@given(st.lists(st.binary(max_size=50), max_size=10))
def test_whatever_comes_is_read_or_refused_and_nothing_else(chunks):
    assert close_code_of(*chunks) in (0, 1002, 1003, 1007, 1008, 1009)
