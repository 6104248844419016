"""Ticks as JSON and as CSV, made piece by piece; and packed so.

Each piece is made in some milliseconds, so that whoever makes them can let others have the loop.
"""

import zlib
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import orjson

from chartserver import frames
from chartserver.ticks import Ticks
from chartserver.web.extracts import Extract

JSON_NUMBERS = 2_048
CSV_CELLS = 1_024
# Less is not worth a write of its own.
GATHERED_BYTES = 16_384
NO_ROWS = slice(0, 0)
# zlib's fastest, and a header and a trailer as gzip's.
GZIP_LEVEL, GZIP_BITS = 1, 31


def json_pieces(chart_name: str, extract: Extract) -> Iterator[bytes]:
    """Yield a frame as JSON: the times, then each series; it is read once for each of them."""
    head = {"v": frames.WIRE_VERSION, "chart": chart_name, "epoch": extract.epoch}
    yield frames.dump_bytes(head)[:-1] + b',"t":['
    yield from _listed(extract, NO_ROWS)
    yield b'],"y":['
    for i in range(extract.n_series):
        yield b",[" if i else b"["
        yield from _listed(extract, slice(i, i + 1))
        yield b"]"
    yield b"]," + frames.dump_bytes(_tail(extract))[1:]


def csv_pieces(names: Sequence[str], extract: Extract) -> Iterator[bytes]:
    """Yield CSV: a header `time,<series>…`, ISO 8601 times in UTC, and a row for each tick.

    Numbers are written so that reading them gives the same ones.
    """
    yield _csv_line(["time", *names])
    for ticks in extract.pieces(slice(None), max(1, CSV_CELLS // (1 + len(names)))):
        yield _csv_rows(ticks)


def gathered(pieces: Iterable[bytes], least_bytes: int = GATHERED_BYTES) -> Iterator[bytes]:
    """Yield the same bytes in pieces that are worth a write."""
    waiting: list[bytes] = []
    n_bytes = 0
    for piece in pieces:
        waiting.append(piece)
        n_bytes += len(piece)
        if n_bytes >= least_bytes:
            yield b"".join(waiting)
            waiting, n_bytes = [], 0
    if waiting:
        yield b"".join(waiting)


def gzipped(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the same bytes as gzip; a piece may be empty."""
    packer = zlib.compressobj(GZIP_LEVEL, zlib.DEFLATED, GZIP_BITS)
    for piece in pieces:
        yield packer.compress(piece)
    yield packer.flush()


def iso_times(ticks: Ticks) -> Sequence[str]:
    """Return the times in ISO 8601, in UTC, to the microsecond."""
    moments = np.rint(ticks.time_ms * 1000).astype("datetime64[us]")
    texts: list[str] = np.datetime_as_string(moments, timezone="UTC").tolist()
    return texts


def _tail(extract: Extract) -> dict[str, object]:
    # Last: where an extract ends may show only when it was read.
    tail: dict[str, object] = {"offset": extract.offset}
    return {**tail, "reduced": True} if extract.is_reduced else tail


def _listed(extract: Extract, rows: slice) -> Iterator[bytes]:
    """Yield the numbers of one series, or the times, as they stand within the brackets."""
    separator = b""
    for ticks in extract.pieces(rows, JSON_NUMBERS):
        numbers = ticks.values[0] if len(ticks.values) else ticks.time_ms
        text = orjson.dumps(np.ascontiguousarray(numbers), option=orjson.OPT_SERIALIZE_NUMPY)
        yield separator + text[1:-1]
        separator = b","


def _csv_rows(ticks: Ticks) -> bytes:
    # A missing value is no number, and so not equal to itself.
    columns = (["" if y != y else repr(y) for y in row] for row in ticks.values.tolist())
    rows = map(",".join, zip(iso_times(ticks), *columns, strict=True))
    return ("\n".join(rows) + "\n").encode()


def _csv_line(cells: Sequence[str]) -> bytes:
    text = ",".join(_csv_cell(cell) for cell in cells) + "\n"
    return text.encode("utf-8", "backslashreplace")


def _csv_cell(text: str) -> str:
    is_plain = text and not any(mark in text for mark in ',;"\t\r\n') and text.strip() == text
    return text if is_plain else '"' + text.replace('"', '""') + '"'
