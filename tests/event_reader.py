"""Server-sent events as they come, read from the bytes: pure, or over a plain HTTP connection."""

import http.client
import json
from typing import NamedTuple
from urllib.parse import urlsplit

LIMIT_S = 40.0


class Event(NamedTuple):
    """One event: its name, its id (empty for none) and its payload; a comment has no name."""

    name: str
    id: str
    content: object
    retry_ms: int | None = None


def parse(block):
    """Return the event of some lines, or a comment, as the standard has it."""
    fields = {}
    for line in filter(None, block.split("\n")):
        name, _, text = line.partition(":")
        assert name not in fields, f"{name!r} twice in {block!r}"
        fields[name] = text.removeprefix(" ")
    retry = fields.get("retry")
    data = fields.get("data")
    return Event(
        fields.get("event", ""),
        fields.get("id", ""),
        None if data is None else json.loads(data),
        None if retry is None else int(retry),
    )


class EventReader:
    """A viewer that takes events from a real server."""

    def __init__(self, url, path, **headers):
        self._connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=LIMIT_S)
        self._connection.request("GET", path, headers=headers)
        self.answer = self._connection.getresponse()

    def next(self):
        """Return the next event; None at the end."""
        lines = []
        while (line := self.answer.readline().decode()) not in ("", "\n"):
            lines.append(line)
        return parse("".join(lines)) if lines else None

    def until(self, name):
        """Return the next event of that name."""
        while (event := self.next()) is not None:
            if event.name == name:
                return event
        raise AssertionError(f"the answer ended before an event {name!r}")

    def close(self):
        self.answer.close()
        self._connection.close()
