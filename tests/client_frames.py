"""Frames of a WebSocket client (RFC 6455, section 5.2), well-formed or as ill as is asked for."""

from strict_parser import TEXT

FINAL, MASKED = 0x80, 0x80
RSV1, RSV2, RSV3 = 0x40, 0x20, 0x10
# Masking with zeros leaves the payload as it is: nothing to do for us, all the same for a server.
NO_MASK = bytes(4)


def frame(payload=b"", opcode=TEXT, *, bits=FINAL, mask=NO_MASK, length=None, width=None):
    """Return a frame; `bits` are FINAL and the reserved ones, `mask` is empty for none.

    `length` is what the head says instead of the truth, and `width` in how many bytes, 0, 2 or 8.
    """
    length = len(payload) if length is None else length
    width = least_width(length) if width is None else width
    is_masked = MASKED if mask else 0
    if width:
        said = bytes([is_masked | (126 if width == 2 else 127)]) + length.to_bytes(width, "big")
    else:
        said = bytes([is_masked | length])
    return bytes([bits | opcode]) + said + mask + _masked(payload, mask)


def fragments(payload, size, opcode=TEXT):
    """Return `payload` as one message of fragments of `size` bytes."""
    parts = [payload[begin : begin + size] for begin in range(0, len(payload), size)]
    return b"".join(
        frame(part, opcode if i == 0 else 0, bits=FINAL if i == len(parts) - 1 else 0)
        for i, part in enumerate(parts)
    )


def least_width(length):
    """Return in how many bytes beside the first a length must be said."""
    return 0 if length < 126 else 2 if length < 1 << 16 else 8


def _masked(payload, mask):
    if not any(mask):
        return payload
    return bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))
