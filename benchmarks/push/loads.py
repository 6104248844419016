"""The same ticks in each format: batches of two series, each later than the one before."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import NamedTuple

BATCH_TICKS = 1_000
FIRST_MS = 1_761_832_800_000


class Load(NamedTuple):
    """How a batch is pushed: `body` makes the one that begins at a time, in milliseconds.

    Each connection has a chart of its own, whose number stands for `#`.
    """

    name: str
    path: str
    content_type: str
    body: Callable[[int], bytes]


def _values(time_ms: int) -> tuple[float, float]:
    return 1.5 + time_ms % 977 / 100, 12.25


def _line_protocol(first_ms: int) -> bytes:
    lines = []
    for time_ms in range(first_ms, first_ms + BATCH_TICKS):
        user, system = _values(time_ms)
        lines.append(f"cpu#,host=server01,region=eu user={user},system={system} {time_ms}000000")
    return "\n".join(lines).encode()


def _ticks(first_ms: int) -> list[dict[str, float]]:
    return [
        dict(zip(("time", "user", "system"), (time_ms, *_values(time_ms)), strict=True))
        for time_ms in range(first_ms, first_ms + BATCH_TICKS)
    ]


def _json(first_ms: int) -> bytes:
    return json.dumps(_ticks(first_ms)).encode()


def _lines(first_ms: int) -> bytes:
    return "\n".join(map(json.dumps, _ticks(first_ms))).encode()


def _columns(first_ms: int) -> bytes:
    ticks = _ticks(first_ms)
    return json.dumps({name: [tick[name] for tick in ticks] for name in ticks[0]}).encode()


def _csv(first_ms: int) -> bytes:
    rows = ["time,user,system"]
    for tick in _ticks(first_ms):
        time = datetime.fromtimestamp(tick["time"] / 1000, UTC).isoformat()
        rows.append(f"{time},{tick['user']},{tick['system']}")
    return "\n".join(rows).encode()


LOADS = (
    Load("line protocol", "/api/v2/write", "text/plain", _line_protocol),
    Load("JSON, a list of ticks", "/api/charts/list#/ticks", "application/json", _json),
    Load("JSON, columns", "/api/charts/columns#/ticks", "application/json", _columns),
    Load("NDJSON", "/api/charts/lines#/ticks", "application/x-ndjson", _lines),
    Load("CSV", "/api/charts/rows#/ticks", "text/csv", _csv),
)
