"""The grammar of what a viewer may send: packets of Engine.IO 4 and Socket.IO 5.

Small and strict: whatever is not in it ends the session. What comes out here is read alike by the
libraries that it is handed on to; whether it comes at the right time is for the session to say.

Source: Engine.IO protocol 4, Socket.IO protocol 5.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum
from typing import Any

from chartserver import frames
from chartserver.errors import BadMessage
from chartserver.ticks import short

MAIN = "/"
# Of a payload that is posted, as in Engine.IO itself.
PACKETS_MAX = 16
SEPARATOR = "\x1e"
NAMESPACE_MAX = 100
# Of the number that asks for an ack: clients count up from 0.
NUMBER_DIGITS_MAX = 15
# Of arrays and objects within each other; what we know has three.
DEPTH_MAX = 8

NOT_THE_PROTOCOL = 1002
NOT_TEXT = 1003
NOT_JSON = 1007
NOT_ALLOWED = 1008

SOCKET_IO = re.compile(
    r"(?P<type>[0-9])(?P<namespace>/[^,]*(?:,|\Z))?(?P<number>[0-9]*)(?P<content>.*)", re.DOTALL
)
UNWANTED = {
    "3": "an ACK, and nobody has asked for one",
    "4": "a CONNECT_ERROR, which is for a server to send",
    "5": "an event with binary attachments",
    "6": "an ACK with binary attachments",
}
# Socket.IO keeps them for itself; a library may call its own handlers by them.
RESERVED = frozenset(
    ["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"]
)


class Kind(Enum):
    """What a packet is."""

    PONG = "3"
    CLOSE = "1"
    CONNECT = "40"
    DISCONNECT = "41"
    EVENT = "42"


KINDS = {"0": Kind.CONNECT, "1": Kind.DISCONNECT, "2": Kind.EVENT}


@dataclass(frozen=True, slots=True)
class Packet:
    """A packet that is as it should be.

    Attributes:
        text: the packet of Socket.IO as it came; empty when it is one of Engine.IO only.
        namespace: another than `MAIN` only of a CONNECT.
    """

    kind: Kind
    text: str = ""
    namespace: str = MAIN


def parse(message: str | bytes, events: Collection[str]) -> Packet:
    """Return the packet that `message` is; `events` are the names that a viewer may send.

    Raises:
        BadMessage: it is none that a viewer may send.
    """
    if not isinstance(message, str):
        raise BadMessage("binary", NOT_TEXT, "got a binary message; expected text")
    if message == Kind.PONG.value:
        return Packet(Kind.PONG)
    if message == Kind.CLOSE.value:
        return Packet(Kind.CLOSE)
    match = SOCKET_IO.fullmatch(message, 1) if message.startswith("4") else None
    if match is None:
        raise _malformed(message, 'a packet of Engine.IO 4, such as 42["subscribe",{"chart":"fx"}]')
    kind = _kind(match["type"])
    namespace = _namespace(match["namespace"] or MAIN)
    if kind is Kind.EVENT:
        _check_number(match["number"])
        _check_event(_json(match["content"]), events)
    elif match["number"] or (kind is Kind.DISCONNECT and match["content"]):
        raise _malformed(message, f"a bare {kind.name}")
    elif match["content"]:
        _json(match["content"])
    if kind is not Kind.CONNECT and namespace != MAIN:
        text = f"namespace is {short(namespace)}; expected {MAIN!r}"
        raise BadMessage("unknown_namespace", NOT_ALLOWED, text)
    return Packet(kind, message[1:], namespace)


def split(payload: bytes) -> list[str]:
    """Return the messages of a payload that was posted.

    Raises:
        BadMessage: it is not text, or holds too many.
    """
    try:
        text = payload.decode()
    except UnicodeDecodeError:
        raise BadMessage("bad_utf8", NOT_JSON, "got bytes that are not UTF-8") from None
    messages = text.split(SEPARATOR)
    if len(messages) > PACKETS_MAX:
        raise BadMessage(
            "malformed",
            NOT_THE_PROTOCOL,
            f"got {len(messages)} packets in one payload; expected at most {PACKETS_MAX}",
        )
    return messages


def unknown_namespace(namespace: str) -> str:
    """Return the packet of Socket.IO that tells a client that there is no such namespace."""
    said = frames.dumps({"message": f"namespace is {short(namespace)}; expected {MAIN!r}"})
    return f"4{namespace},{said}"


def _kind(digit: str) -> Kind:
    if digit in UNWANTED:
        text = f"got {UNWANTED[digit]}; expected CONNECT, DISCONNECT or an event"
        raise BadMessage("not_allowed", NOT_ALLOWED, text)
    if digit not in KINDS:
        raise _malformed(digit, "a packet of Socket.IO 5, of a type from 0 to 2")
    return KINDS[digit]


def _namespace(raw: str) -> str:
    # A query was once allowed behind it.
    namespace = raw.removesuffix(",").partition("?")[0]
    if len(namespace) > NAMESPACE_MAX or not namespace.isprintable():
        raise _malformed(namespace, f"a namespace of at most {NAMESPACE_MAX} letters")
    return namespace


def _check_number(digits: str) -> None:
    if len(digits) > NUMBER_DIGITS_MAX:
        raise _malformed(digits, f"a number of at most {NUMBER_DIGITS_MAX} digits for the ack")


def _check_event(content: Any, events: Collection[str]) -> None:
    if not isinstance(content, list) or not 1 <= len(content) <= 2:
        raise _malformed(content, 'an event and what it is about, such as ["subscribe",{}]')
    name = content[0]
    if not isinstance(name, str):
        raise _malformed(name, 'the name of an event, such as "subscribe"')
    if name in RESERVED:
        raise BadMessage("not_allowed", NOT_ALLOWED, f"event is {short(name)}, which is reserved")
    if name not in events:
        known = ", ".join(sorted(events))
        raise BadMessage(
            "unknown_event", NOT_ALLOWED, f"event is {short(name)}; expected one of: {known}"
        )


def _json(text: str) -> Any:
    """Return what is in strict JSON that is not nested deeply; NaN and half characters are not."""
    try:
        content = frames.loads(text)
    except ValueError as error:
        raise BadMessage(
            "bad_json", NOT_JSON, f"got {short(text)}, which is not JSON: {error}"
        ) from None
    if _is_deeper(content, DEPTH_MAX):
        raise BadMessage(
            "bad_json", NOT_JSON, f"got JSON that is nested deeper than {DEPTH_MAX} levels"
        )
    return content


def _is_deeper(content: Any, levels: int) -> bool:
    if isinstance(content, dict):
        content = content.values()
    elif not isinstance(content, list):
        return False
    return levels == 0 or any(_is_deeper(one, levels - 1) for one in content)


def _malformed(got: object, expected: str) -> BadMessage:
    return BadMessage("malformed", NOT_THE_PROTOCOL, f"got {short(got)}; expected {expected}")
