"""Ticks as JSON and CSV: the same numbers come back, whatever the pieces."""

import csv
import gzip
import io
import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chartserver import frames
from chartserver.history import MemoryHistory
from chartserver.sources.times import iso_ms
from chartserver.ticks import EARLIEST_MS, LATEST_MS, Ticks
from chartserver.web import tick_text
from chartserver.web.extracts import Held, Kept

ODD = [0.1 + 0.2, 1e-300, -0.0, 5e300, math.nan, 123456789.123456789, 1.0]


def held(times, *rows):
    values = np.array(rows, float).reshape(len(rows), len(times))
    return Held(Ticks("9f2c41aa", len(times), np.array(times, float), values))


def as_json(extract):
    return json.loads(b"".join(tick_text.json_pieces("fx", extract)))


def as_rows(extract, names):
    text = b"".join(tick_text.csv_pieces(names, extract)).decode()
    return list(csv.reader(io.StringIO(text)))


def same(one, other):
    return one == other or (math.isnan(one) and math.isnan(other))


@pytest.mark.parametrize("n_numbers", [1, 3, 10_000])
def test_json_is_the_frame_however_it_is_cut(monkeypatch, n_numbers):
    monkeypatch.setattr(tick_text, "JSON_NUMBERS", n_numbers)
    extract = held(range(7), ODD, [math.nan] * 7)

    wanted = json.loads(frames.dump_bytes(frames.frame("fx", extract._ticks)))

    assert as_json(extract) == wanted


def test_no_ticks_are_a_frame_too():
    assert as_json(held([], []))["y"] == [[]]
    assert as_json(held([]))["y"] == []
    assert as_rows(held([], []), ["a"]) == [["time", "a"]]


def test_what_is_reduced_says_so():
    ticks = held(range(50), range(50))._ticks

    assert as_json(Held(frames.reduce(ticks, 10)))["reduced"] is True


@pytest.mark.parametrize("n_cells", [1, 7, 10_000])
def test_csv_has_every_digit_and_nothing_for_what_is_missing(monkeypatch, n_cells):
    monkeypatch.setattr(tick_text, "CSV_CELLS", n_cells)

    rows = as_rows(held(range(7), ODD, ODD[::-1]), ["a", "b"])

    assert rows[0] == ["time", "a", "b"]
    read = [[float(cell) if cell else math.nan for cell in row[1:]] for row in rows[1:]]
    assert all(
        same(cell, wanted)
        for row, *pair in zip(read, ODD, ODD[::-1], strict=True)
        for cell, wanted in zip(row, pair, strict=True)
    )


@pytest.mark.parametrize("name", ["a,b", 'say "x"', "a;b", "two\tparts", " led", "Größe", "plain"])
def test_the_name_of_a_series_stays_one_cell(name):
    assert as_rows(held([0], [1]), [name]) == [
        ["time", name],
        [as_rows(held([0], [1]), "x")[1][0], "1.0"],
    ]


@given(st.integers(int(EARLIEST_MS) * 1000, int(LATEST_MS) * 1000))
def test_a_time_comes_back_to_the_microsecond(time_us):
    text = tick_text.iso_times(held([time_us / 1000])._ticks)[0]

    assert abs(iso_ms(text) - time_us / 1000) <= 0.005 + abs(time_us / 1000) * 2**-52
    assert text.endswith("Z")


@given(st.integers(0, 4_102_444_800_000_000))
def test_a_time_of_our_days_comes_back_exactly(time_us):
    text = tick_text.iso_times(held([time_us / 1000])._ticks)[0]

    assert iso_ms(text) == time_us / 1000


def test_gzip_unpacks_to_the_same_and_pieces_are_worth_a_write():
    extract = held(range(20_000), np.sin(np.arange(20_000)))
    plain = b"".join(tick_text.json_pieces("fx", extract))

    pieces = list(tick_text.gathered(tick_text.json_pieces("fx", extract)))
    packed = b"".join(tick_text.gzipped(pieces))

    assert gzip.decompress(packed) == plain == b"".join(pieces)
    assert all(len(piece) >= tick_text.GATHERED_BYTES for piece in pieces[:-1])
    assert len(pieces) > 5


def test_a_series_that_comes_while_an_answer_is_read_is_not_in_it():
    history = MemoryHistory(100, 1)
    history.append(np.arange(10.0), np.ones((1, 10)))
    extract = Kept(history, 0, 10, 1)
    pieces = tick_text.json_pieces("fx", extract)
    start = next(pieces)

    history.add_series()
    history.append(np.arange(10.0, 20.0), np.ones((2, 10)))

    frame = json.loads(start + b"".join(pieces))
    assert (frame["y"], frame["offset"], len(frame["t"])) == ([[1.0] * 10], 10, 10)
