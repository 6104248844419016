"""An event as a server-sent event, pure.

Source: HTML Living Standard, section 9.2, server-sent events.
"""

from typing import Any

from chartserver import frames

CONTENT_TYPE = "text/event-stream; charset=utf-8"
# A comment, which browsers pass over; it tells proxies, and us, that the connection is there.
HEARTBEAT = b":\n\n"


def event_lines(event: str, content: Any) -> bytes:
    """Return an event; what leads to a position has it as its id."""
    # JSON has no line breaks but escaped ones.
    lines = [b"event: ", event.encode(), b"\n", b"data: ", frames.dump_bytes(content), b"\n\n"]
    if "offset" in content:
        position = f"id: {content['epoch']}:{content['offset']}\n"
        lines.insert(0, position.encode())
    return b"".join(lines)


def retry_line(after_s: float) -> bytes:
    """Return what tells a browser when to come back."""
    return b"retry: %d\n" % round(after_s * 1000)
