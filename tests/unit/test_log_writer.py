"""Log lines are written by a thread of their own; nothing that happens there reaches who logs."""

import os
import re
import threading

import pytest

from chartserver.operation import log_writer
from chartserver.operation.log_writer import LineStream, LogWriter


@pytest.fixture(autouse=True)
def patient(monkeypatch):
    """Have what is flushed waited for, however slow the machine is."""
    monkeypatch.setattr(log_writer, "FLUSH_LIMIT_S", 60.0)


@pytest.fixture
def pipe():
    reading, writing = (
        os.fdopen(fd, mode, 0) for fd, mode in zip(os.pipe(), ("rb", "wb"), strict=True)
    )
    with reading, writing:
        yield reading, writing


def test_lines_are_written_in_their_order(pipe):
    reading, writing = pipe
    writer = LogWriter(writing.fileno())

    for i in range(5):
        writer.put(f"line {i}")
    writer.flush()

    assert reading.read(1000) == b"line 0\nline 1\nline 2\nline 3\nline 4\n"


def test_what_cannot_be_encoded_is_written_all_the_same(pipe):
    reading, writing = pipe
    writer = LogWriter(writing.fileno())

    writer.put("file \udcff ☃")
    writer.flush()

    assert reading.read(1000) == b"file \\udcff \xe2\x98\x83\n"


@pytest.mark.parametrize("why", ["full", "closed", "none"])
def test_a_line_that_cannot_be_written_is_counted(pipe, why):
    reading, writing = pipe
    full = os.open("/dev/full", os.O_WRONLY)
    if why == "closed":
        reading.close()
    writer = LogWriter({"full": full, "closed": writing.fileno(), "none": None}[why])

    writer.put("one")
    writer.put("two")
    writer.flush()

    assert writer.lost == 2
    os.close(full)


def test_a_pipe_that_nobody_empties_holds_up_nobody_and_what_is_lost_is_told(pipe, monkeypatch):
    monkeypatch.setattr(log_writer, "LINES_MAX", 10)
    monkeypatch.setattr(log_writer, "FLUSH_LIMIT_S", 0.01)
    reading, writing = pipe
    writer = LogWriter(writing.fileno())
    wide = "x" * 70_000  # more than the pipe takes

    writer.put(wide)
    for i in range(50):
        writer.put(f"line {i}")
    writer.flush()
    assert writer.lost in (40, 41)  # the thread may have taken the first one or not

    n_lost = writer.lost
    read = bytearray()
    monkeypatch.setattr(log_writer, "FLUSH_LIMIT_S", 60.0)
    flushed = threading.Thread(target=lambda: (writer.flush(), writing.close()))
    flushed.start()
    while piece := reading.read(100_000):
        read += piece
    flushed.join()
    told = re.findall(r"\((\d+) lines before this one could not be written\)", read.decode())
    assert sum(map(int, told)) == n_lost


def test_whole_lines_are_handed_on_from_what_is_printed():
    lines = []
    stream = LineStream(lines.append, None)

    print("one", "two", file=stream)
    stream.write("thr")
    stream.write("ee\nfour")
    stream.flush()

    assert lines == ["one two", "three"]
    assert not stream.isatty()
