"""What a client may send, and what it may not: Engine.IO, Socket.IO and WebSocket, generated.

`connections` are what is sent over one connection after its handshake: well-formed packets, ill
ones, and such as were changed on their way.
"""

from client_frames import FINAL, RSV1, RSV2, RSV3, fragments, frame
from hypothesis import strategies as st
from strict_parser import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT

LENGTH_MAX = 1 << 63

json_texts = st.one_of(
    st.sampled_from(
        [
            *('["subscribe",{"chart":"steady"}]', '["unsubscribe",{"chart":"steady"}]'),
            *('["subscribe",{"chart":"steady","points":NaN}]', '["subscribe",Infinity]'),
            *('["connect",{}]', '["disconnect"]', '["connect_error"]', '["tick",{}]', "[]"),
            *(
                '["subscribe",{"_placeholder":true,"num":0}]',
                '{"chart":"steady"}',
                "{",
                "[",
                "null",
            ),
            *('"', "{", "[", "[[[[[[", "[" * 2_000, '{"a":' * 500, "1e999", "-", "\\ud800", "\x00"),
        ]
    ),
    st.text(max_size=40),
)
numbers = st.one_of(
    st.just(""), st.integers(0, 99).map(str), st.sampled_from(["9" * 5_000, "-1", "0x1", "٣"])
)
namespaces = st.sampled_from(["", "/,", "/other,", "/" + "n" * 500 + ",", "/?a=b,", "/"])
attachments = st.sampled_from(["", "", "", "0-", "1-", "3-", "1000000000-", "-", "9" * 400 + "-"])
socketio_packets = st.builds(
    "".join,
    st.tuples(st.sampled_from("01234567x"), attachments, namespaces, numbers, json_texts),
)
engineio_packets = st.one_of(
    socketio_packets.map(lambda packet: "4" + packet),
    st.builds("".join, st.tuples(st.sampled_from("012356789bx-"), st.text(max_size=20))),
    st.sampled_from(["", "3", "2", "2probe", "3probe", "5", "6", "1", "0{}", "40", "41", "bAA=="]),
)
payloads = st.one_of(engineio_packets.map(lambda text: text.encode("utf-8", "surrogatepass")))

bits = st.sampled_from(
    [FINAL, FINAL, FINAL, 0, FINAL | RSV1, FINAL | RSV2, FINAL | RSV3, RSV1 | RSV2 | RSV3]
)
lengths = st.one_of(st.none(), st.none(), st.sampled_from([0, 1, 125, 126, 65_536, LENGTH_MAX]))
good_frames = payloads.map(frame)
ill_frames = st.builds(
    lambda payload, opcode, bits, mask, length: frame(
        payload, opcode, bits=bits, mask=mask, length=length
    ),
    st.one_of(payloads, st.binary(max_size=200)),
    st.one_of(st.sampled_from([CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG]), st.integers(0, 15)),
    bits,
    st.sampled_from([bytes(4), b"\x01\x02\x03\x04", b""]),
    lengths,
)
closing_frames = st.builds(
    lambda code, reason: frame(code.to_bytes(2, "big") + reason, CLOSE),
    st.sampled_from([0, 999, 1000, 1001, 1004, 1005, 1006, 1015, 2999, 4000, 65_535]),
    st.sampled_from([b"", b"bye", b"\xff\xfe", b"x" * 123]),
)
cut_messages = st.builds(fragments, payloads, st.integers(1, 9))
frames = st.one_of(good_frames, good_frames, ill_frames, closing_frames, cut_messages)


@st.composite
def changed(draw, data):
    """Return some bytes of `data` changed, lost, or there twice."""
    raw = bytearray(draw(data))
    for _ in range(draw(st.integers(1, 3))):
        if not raw:
            break
        at = draw(st.integers(0, len(raw) - 1))
        kind = draw(st.sampled_from(["flip", "lose", "cut", "repeat"]))
        if kind == "flip":
            raw[at] ^= 1 << draw(st.integers(0, 7))
        elif kind == "lose":
            del raw[at]
        elif kind == "cut":
            del raw[at:]
        else:
            raw[at:at] = raw[at : at + 8]
    return bytes(raw)


sequences = st.lists(frames, min_size=1, max_size=6).map(b"".join)
connections = st.one_of(sequences, changed(sequences), st.binary(max_size=300))
# A body of a POST by a viewer that polls.
bodies = st.one_of(
    st.lists(payloads, min_size=1, max_size=20).map(b"\x1e".join),
    changed(st.lists(payloads, min_size=1, max_size=4).map(b"\x1e".join)),
    st.binary(max_size=300),
)
