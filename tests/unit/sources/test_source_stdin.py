"""What standard input promises: each line once, bounded memory, a prompt end, one reader."""

import gc
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chartserver.errors import ConfigError
from chartserver.sources.stdin import LINE_BYTES_MAX, LineBuffer, Stdin
from chartserver.ticks import Series

ROOT = Path(__file__).parents[3]


@pytest.fixture
def pipe():
    """Yields the two ends of a pipe: what the source reads, and what a program writes."""
    read_end, write_end = os.pipe()
    with os.fdopen(read_end, "rb"), os.fdopen(write_end, "wb", buffering=0) as writer:
        yield read_end, writer


def test_lines_are_ticks_and_the_end_of_the_input_is_the_end(pipe):
    descriptor, writer = pipe
    writer.write(b"a b\n1 2\n3 4")
    writer.close()

    ticks = list(Stdin(descriptor=descriptor).ticks(threading.Event()))

    assert [tick.values for tick in ticks] == [{"a": 1.0, "b": 2.0}, {"a": 3.0, "b": 4.0}]


def test_a_line_is_a_tick_as_soon_as_it_is_written(pipe):
    descriptor, writer = pipe
    ticks = Stdin(descriptor=descriptor).ticks(threading.Event())

    for number in (1.0, 2.0, 3.0):
        writer.write(b"%d\n" % number)
        assert next(ticks).values == [number]


def test_stop_ends_it_while_nothing_comes(pipe):
    descriptor, _ = pipe
    stop = threading.Event()
    source = Stdin(descriptor=descriptor)
    thread = threading.Thread(target=lambda: list(source.ticks(stop)))
    thread.start()

    stop.set()
    thread.join(5)

    assert not thread.is_alive()


def test_it_goes_on_where_it_was_when_it_is_asked_again(pipe):
    descriptor, writer = pipe
    source = Stdin(descriptor=descriptor)
    writer.write(b"a b\n1 2\n")
    assert next(source.ticks(threading.Event())).values == {"a": 1.0, "b": 2.0}

    writer.write(b"3 4\n")

    assert next(source.ticks(threading.Event())).values == {"a": 3.0, "b": 4.0}


def test_nonsense_is_counted_and_the_first_is_told_once(pipe, caplog):
    descriptor, writer = pipe
    writer.write(b"1 2\nhello, world\n3 4\noops?\n")
    writer.close()
    source = Stdin(descriptor=descriptor)

    ticks = list(source.ticks(threading.Event()))

    assert len(ticks) == 2
    assert source.lines_refused == 2
    assert caplog.messages == [
        "stdin line 2: got 'hello, world'; expected numbers separated by blanks or commas,"
        " name=value, or JSON, such as '1.5 2.5'"
    ]


def test_bytes_that_are_no_text_are_nonsense_and_no_failure(pipe):
    descriptor, writer = pipe
    writer.write(b"1\n\xff\xfe\x00\n2\n")
    writer.close()
    source = Stdin(descriptor=descriptor)

    assert [tick.values for tick in source.ticks(threading.Event())] == [[1.0], [2.0]]
    assert source.lines_refused == 1


def test_a_line_that_never_ends_is_refused_and_not_kept(pipe, caplog):
    descriptor, writer = pipe
    flood = threading.Thread(
        target=lambda: (writer.write(b"1\n" + b"x" * 1_000_000 + b"\n2\n"), writer.close())
    )
    flood.start()
    source = Stdin(descriptor=descriptor)

    ticks = list(source.ticks(threading.Event()))
    flood.join(5)

    assert [tick.values for tick in ticks] == [[1.0], [2.0]]
    assert source.lines_refused == 1
    assert "line 2: got '…'; expected lines of at most 65536 bytes" in caplog.text


def test_a_descriptor_that_does_not_block_is_waited_for(pipe):
    descriptor, writer = pipe
    os.set_blocking(descriptor, False)
    writer.write(b"5\n")

    assert next(Stdin(descriptor=descriptor).ticks(threading.Event())).values == [5.0]


def test_a_file_is_read_like_a_pipe(tmp_path):
    file = tmp_path / "x.csv"
    file.write_text("time,a\n1793318400,1\n")
    with file.open("rb") as opened:
        ticks = list(Stdin(descriptor=opened.fileno()).ticks(threading.Event()))

    assert [tick.values for tick in ticks] == [{"a": 1.0}]


def test_series_choose_the_columns(pipe):
    descriptor, writer = pipe
    writer.write(b"a b c\n1 2 3\n")

    ticks = Stdin([Series("c"), Series("a")], descriptor).ticks(threading.Event())

    assert next(ticks).values == {"c": 3.0, "a": 1.0}


def test_a_second_reader_is_refused_while_the_first_is_there(opened):
    first = opened("-?series=a")

    with pytest.raises(ConfigError, match="standard input is read by another chart"):
        opened("stdin")

    assert [one.name for one in first.series] == ["a"]
    del first
    gc.collect()
    assert opened("-").interval_s is None


def test_standard_input_that_is_closed_is_told(opened, monkeypatch):
    monkeypatch.setattr(sys, "stdin", None)

    with pytest.raises(ConfigError, match="standard input is closed; expected a pipe"):
        opened("-")


def test_a_program_ends_cleanly_while_its_input_is_open():
    # A thread left in a read of sys.stdin would make the interpreter abort at its end.
    program = (
        "import threading\n"
        "from chartserver.sources.registry import open_source, parse_spec\n"
        "ticks = open_source(parse_spec('-'), {}).ticks(threading.Event())\n"
        "got = threading.Event()\n"
        "def run():\n"
        "    for tick in ticks: print(tick.values, flush=True); got.set()\n"
        "threading.Thread(target=run, daemon=True).start()\n"
        "got.wait(20)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
    ) as process:
        process.stdin.write(b"1 2\n")
        process.stdin.flush()
        status = process.wait(30)

        assert (status, process.stderr.read()) == (0, b"")
        assert process.stdout.read() == b"[1.0, 2.0]\n"


@given(st.lists(st.binary(max_size=30).filter(lambda line: b"\n" not in line)), st.data())
def test_lines_are_the_same_however_the_bytes_are_cut(lines, data):
    stream = b"".join(line + b"\n" for line in lines)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=10)))
    buffer = LineBuffer()

    found = []
    for begin, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        found += buffer.feed(stream[begin:end])
    found += buffer.end()

    assert found == lines


@pytest.mark.parametrize("n", [7, 1_000, LINE_BYTES_MAX, 10**6])
def test_a_line_too_long_is_told_once_however_the_bytes_are_cut(n):
    stream = b"1\n" + b"x" * (3 * LINE_BYTES_MAX) + b"\n" + b"y" * LINE_BYTES_MAX + b"\n2"
    buffer = LineBuffer()

    found = []
    for begin in range(0, len(stream), n):
        found += buffer.feed(stream[begin : begin + n])
    found += buffer.end()

    assert found == [b"1", None, b"y" * LINE_BYTES_MAX, b"2"]
