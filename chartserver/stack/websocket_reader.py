"""What a client says over its WebSocket: bytes in, messages and control frames out.

wsproto cuts the frames and holds them to RFC 6455; to what a viewer may send they are held here.
Knows no socket, and nothing of what is said in a message.
"""

import io
import struct

from wsproto.events import CloseConnection, Event, Ping, TextMessage
from wsproto.frame_protocol import (
    LOCAL_ONLY_CLOSE_REASONS,
    MAX_CLOSE_REASON,
    MIN_LIBRARY_CLOSE_REASON,
    CloseReason,
    Frame,
    FrameDecoder,
    MessageDecoder,
    Opcode,
    ParseFailed,
)

from chartserver.errors import BadMessage
from chartserver.intake.allowance import Allowance

# What a violation is counted under, by its close code.
KINDS = {
    CloseReason.PROTOCOL_ERROR: "bad_websocket",
    CloseReason.UNSUPPORTED_DATA: "binary",
    CloseReason.INVALID_FRAME_PAYLOAD_DATA: "bad_utf8",
}
# IANA has given this one out; wsproto does not know it yet.
BAD_GATEWAY = 1014


class WebSocketReader:
    """Reads what one client sends to a server; no extension was agreed upon.

    Of `allowance`, a message has the size, whatever it was cut into; each frame counts against the
    rate, a PONG as well as an empty fragment.
    """

    __slots__ = ("_allowance", "_bucket", "_decoder", "_frames", "_n_bytes", "_text")

    def __init__(self, allowance: Allowance) -> None:
        self._allowance = allowance
        self._bucket = allowance.bucket()
        self._frames = FrameDecoder(client=False)
        self._decoder = MessageDecoder()
        # Of the message that is not at its end: how long it is, and what it says.
        self._n_bytes = 0
        self._text: io.StringIO | None = None

    def feed(self, data: bytes) -> None:
        """Take what has come from the client."""
        self._frames.receive_bytes(data)

    def next_event(self) -> Event | None:
        """Return a message, a PING or the close that has come; None when it takes more bytes.

        Raises:
            BadMessage: the connection is to be failed, with the code that this gives. Nothing can
                be read after that, nor after the close.
        """
        try:
            while (frame := self._next_frame()) is not None:
                event = self._event_of(frame)
                if event is not None:
                    return event
        except ParseFailed as error:
            raise _bad(error.code, f"{error}; expected WebSocket frames as in RFC 6455") from None
        return None

    def _next_frame(self) -> Frame | None:
        """Return a frame, or of a long one what has come; by its header alone it may be refused."""
        frame = self._frames.process_buffer()
        if frame is not None and not frame.opcode.iscontrol():
            self._check(frame.opcode, len(frame.payload))
        header = self._frames.header
        if header is not None and not header.opcode.iscontrol():
            self._check(header.opcode, 0, header.payload_len - self._frames.payload_consumed)
        if frame is not None and frame.frame_finished:
            self._allowance.check_rate(self._bucket)
        return frame

    def _check(self, opcode: Opcode, n_bytes: int, n_announced: int = 0) -> None:
        """Count bytes of a message; raise BadMessage if it can be none of ours."""
        if opcode is Opcode.BINARY:
            raise _bad(CloseReason.UNSUPPORTED_DATA, "got a binary message; expected text")
        self._n_bytes += n_bytes
        self._allowance.check_size(self._n_bytes + n_announced)

    def _event_of(self, frame: Frame) -> Event | None:
        if frame.opcode is Opcode.PING:
            return Ping(bytes(frame.payload))  # type: ignore[arg-type]
        if frame.opcode is Opcode.CLOSE:
            return _close_of(frame.payload)  # type: ignore[arg-type]
        if frame.opcode is Opcode.PONG:
            return None
        frame = self._decoder.process_frame(frame)
        return self._message_of(str(frame.payload), frame.message_finished)

    def _message_of(self, piece: str, is_last: bool) -> TextMessage | None:
        """Return the message that ends with `piece`; None while it goes on."""
        if not is_last or self._text is not None:
            self._text = self._text or io.StringIO()
            self._text.write(piece)
        if not is_last:
            return None
        text = piece if self._text is None else self._text.getvalue()
        self._text, self._n_bytes = None, 0
        return TextMessage(text)


def _close_of(payload: bytes) -> CloseConnection:
    """Return what a close frame says."""
    if not payload:
        return CloseConnection(CloseReason.NO_STATUS_RCVD)
    if len(payload) == 1:
        raise ParseFailed("a close frame of one byte")
    (code,) = struct.unpack_from("!H", payload)
    if not _is_close_code(code):
        raise ParseFailed(f"a close frame with the code {code}")
    try:
        return CloseConnection(code, payload[2:].decode())
    except UnicodeDecodeError as error:
        raise ParseFailed(str(error), CloseReason.INVALID_FRAME_PAYLOAD_DATA) from None


def _is_close_code(code: int) -> bool:
    """Return whether a peer may send this code."""
    if code in LOCAL_ONLY_CLOSE_REASONS:
        return False
    known = code == BAD_GATEWAY or code in CloseReason.__members__.values()
    return known or MIN_LIBRARY_CLOSE_REASON <= code <= MAX_CLOSE_REASON


def _bad(code: CloseReason, text: str) -> BadMessage:
    return BadMessage(KINDS[code], int(code), text)
