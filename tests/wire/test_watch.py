"""`chartserver watch` as a process, against real servers."""

import codecs
import fcntl
import itertools
import json
import os
import re
import select
import signal
import struct
import subprocess
import termios
import time

import pytest
from processes import START_LIMIT_S, command, environment, free_port

FAST = "fx=walk?interval_s=0.05&series=EURUSD,USDJPY"
ENTER, LEAVE = "\x1b[?1049h", "\x1b[?25h\x1b[?1049l"
STYLE_OR_MOVE = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")


def offsets_follow(ticks):
    return [b["offset"] - a["offset"] for a, b in itertools.pairwise(ticks)]


def test_json_prints_a_line_for_each_tick(serve, run):
    server = serve("--chart", FAST)

    watch = run("watch", f"{server.url}/fx", "--json", "--ticks", "5")
    lines = watch.rest()

    assert watch.wait() == 0
    ticks = [json.loads(line) for line in lines]
    assert len(ticks) == 5
    assert offsets_follow(ticks) == [1] * 4
    assert list(ticks[0]) == ["chart", "epoch", "offset", "time_ms", "values"]
    assert ticks[0]["chart"] == "fx"
    assert set(ticks[0]["values"]) == {"EURUSD", "USDJPY"}
    assert watch.told().endswith("stderr:\n")


def test_history_prints_what_was_before(serve, run):
    server = serve("--chart", FAST)
    run("watch", server.url, "--json", "--ticks", "10").rest()

    ticks = [
        json.loads(line) for line in run("watch", server.url, "--history", "--ticks", "12").rest()
    ]

    assert [tick["offset"] for tick in ticks] == list(range(1, 13))


def test_since_goes_on_after_what_an_earlier_watch_has_printed(serve, run):
    server = serve("--chart", FAST)
    before = [json.loads(line) for line in run("watch", server.url, "--ticks", "5").rest()]
    last = f"{before[-1]['epoch']}:{before[-1]['offset']}"

    lines = run("watch", server.url, "--since", last, "--ticks", "30").rest()

    assert offsets_follow(before + [json.loads(line) for line in lines]) == [1] * 34


def test_a_reader_that_has_enough_ends_it_quietly(serve):
    server = serve("--chart", FAST)
    shell = 'set -o pipefail; "$@" | head -n 3'

    done = subprocess.run(
        ["bash", "-c", shell, "bash", *command("watch", server.url, "--json")],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=START_LIMIT_S,
        check=False,
    )

    assert len(done.stdout.splitlines()) == 3
    assert done.stderr == ""
    assert done.returncode == 0


def test_it_outlives_a_server_that_begins_afresh(serve, run):
    server = serve("--chart", FAST, "--port", free_port())
    watch = run("watch", f"{server.url}/fx", "--json")
    before = [json.loads(watch.line()) for _ in range(3)]

    server.stop()
    serve("--chart", FAST, "--port", str(server.port))
    said = watch.lines_until("new epoch", "stderr")
    after = []
    while not after or after[-1]["epoch"] == before[0]["epoch"] or after[-1]["offset"] < 5:
        after.append(json.loads(watch.line()))
    watch.send_signal(signal.SIGINT)

    old = before + [tick for tick in after if tick["epoch"] == before[0]["epoch"]]
    new = [tick for tick in after if tick["epoch"] != before[0]["epoch"]]
    assert offsets_follow(old) == [1] * (len(old) - 1)
    assert [tick["offset"] for tick in new] == list(range(1, len(new) + 1))
    assert f"the history of {before[0]['epoch']} ended at {old[-1]['offset']}" in said[-1]
    assert any("connecting again" in line for line in said)
    assert watch.wait() == 130
    assert "Traceback" not in watch.told()


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["ftp://127.0.0.1"], "URL is 'ftp://127.0.0.1'; expected a server or one of its charts"),
        (["127.0.0.1:1"], "http://127.0.0.1:1 cannot be reached (connection refused); expected"),
        (["127.0.0.1:1", "--window-s", "0"], "--window-s"),
        (["127.0.0.1:1/fx", "--chart", "lab"], "expected one chart"),
        (["127.0.0.1:1/fx", "--since", "812"], "since is '812'; expected an epoch"),
    ],
)
def test_a_fault_is_one_line_and_status_2(run, arguments, expected):
    watch = run("watch", *arguments)

    assert watch.wait() == 2
    said = watch.rest("stderr")
    assert len(said) == 1
    assert said[0].startswith("chartserver: ")
    assert expected in said[0]


def test_an_unknown_chart_is_one_line_and_status_2(serve, run):
    server = serve("--chart", FAST)

    watch = run("watch", server.url, "--chart", "nope", "--json")

    assert watch.wait() == 2
    assert watch.rest("stderr") == ["chartserver: chart is 'nope'; expected one of: fx"]


def test_help_shows_examples(run):
    watch = run("watch", "--help")

    assert watch.wait() == 0
    assert "chartserver watch 127.0.0.1:8000 --chart fx --json" in "\n".join(watch.rest())


class Terminal:
    """A pseudo-terminal with a process in it."""

    def __init__(self, arguments, *, columns=90, rows=24):
        self._master, slave = os.openpty()
        self.resize(columns, rows)
        self.mode_before = termios.tcgetattr(slave)
        self.popen = subprocess.Popen(
            arguments,
            stdin=slave,
            stdout=slave,
            stderr=subprocess.PIPE,
            env=environment(),
            # A group of its own within our session: only such a one can be stopped by Ctrl-Z.
            process_group=0,
        )
        # Kept, so that the mode can be asked for after the process has ended.
        self._slave = slave
        self.text = ""
        # A read may end in the middle of a character.
        self._decoder = codecs.getincrementaldecoder("utf-8")()

    def _has_more(self, wait_s):
        # `select` knows no descriptor above 1023.
        shown = select.poll()
        shown.register(self._master, select.POLLIN)
        return bool(shown.poll(wait_s * 1000))

    def _read(self):
        self.text += self._decoder.decode(os.read(self._master, 65536))

    def resize(self, columns, rows):
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def type(self, text):
        os.write(self._master, text.encode())

    def mode(self):
        return termios.tcgetattr(self._slave)

    def read_until(self, is_enough, limit_s=START_LIMIT_S):
        """Read what is shown until `is_enough(picture)`; return that picture."""
        deadline_s = time.monotonic() + limit_s
        while not is_enough(self.picture()):
            assert time.monotonic() < deadline_s, f"not shown in {limit_s:g} s: {self.picture()}"
            if self._has_more(0.2):
                self._read()
        return self.picture()

    def picture(self):
        """Return the lines of the last picture that is complete, without colours."""
        shown = self.text.split("\x1b[?2026h")[1:]
        whole = [one for one in shown if "\x1b[?2026l" in one]
        if not whole:
            return []
        lines = re.split(r"\x1b\[\d+;1H", whole[-1].split("\x1b[?2026l")[0])[1:]
        return [STYLE_OR_MOVE.sub("", line) for line in lines]

    def wait(self):
        """Return the exit status, with all that was shown read."""
        deadline_s = time.monotonic() + START_LIMIT_S
        while self.popen.poll() is None or self._has_more(0.0):
            assert time.monotonic() < deadline_s, "it does not end"
            if self._has_more(0.1):
                self._read()
        return self.popen.returncode

    def close(self):
        if self.popen.poll() is None:
            self.popen.kill()
        self.popen.communicate()
        os.close(self._master)
        os.close(self._slave)


@pytest.fixture
def terminal():
    opened = []

    def start(*arguments, **options):
        opened.append(Terminal(command(*arguments), **options))
        return opened[-1]

    yield start
    for one in opened:
        one.close()


def is_drawn(picture):
    return len(picture) > 10 and any("⠀" < char <= "⣿" for char in "".join(picture))


def test_the_chart_is_drawn_and_the_terminal_put_back(serve, terminal):
    server = serve("--chart", FAST)
    screen = terminal("watch", f"{server.url}/fx")

    # How many watch is told on its own.
    picture = screen.read_until(lambda lines: is_drawn(lines) and "1 viewer " in lines[0])
    screen.type("q")

    assert picture[0].startswith("live  | ")
    assert re.search(r"■ EURUSD \d+\.\d+ +■ USDJPY \d+", picture[1])
    assert max(len(line) for line in picture) <= 90
    assert len(picture) <= 24
    assert screen.wait() == 0
    assert screen.text.startswith(ENTER)
    assert screen.text.endswith(LEAVE)
    assert screen.mode() == screen.mode_before


def test_it_is_drawn_anew_in_another_size(serve, terminal):
    server = serve("--chart", FAST)
    screen = terminal("watch", server.url, columns=90, rows=24)
    screen.read_until(is_drawn)

    screen.resize(60, 16)
    picture = screen.read_until(lambda lines: is_drawn(lines) and len(lines) <= 16)

    assert max(len(line) for line in picture) <= 60


def test_it_says_that_it_is_reconnecting(serve, terminal):
    server = serve("--chart", FAST)
    screen = terminal("watch", server.url)
    screen.read_until(is_drawn)

    server.stop()
    picture = screen.read_until(lambda lines: lines[0].startswith("reconnecting"))

    assert is_drawn(picture)


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_it_and_puts_the_terminal_back(serve, terminal, number, status):
    server = serve("--chart", FAST)
    screen = terminal("watch", server.url)
    screen.read_until(is_drawn)

    screen.popen.send_signal(number)

    assert screen.wait() == status
    assert screen.text.endswith(LEAVE)
    assert screen.mode() == screen.mode_before
    assert screen.popen.stderr.read().strip() == b""


def test_a_stop_puts_the_terminal_back_until_it_is_continued(serve, terminal):
    server = serve("--chart", FAST)
    screen = terminal("watch", server.url)
    screen.read_until(is_drawn)

    screen.popen.send_signal(signal.SIGTSTP)
    _, status = os.waitpid(screen.popen.pid, os.WUNTRACED)
    screen.read_until(lambda _: LEAVE in screen.text)

    assert os.WIFSTOPPED(status)
    assert screen.text.endswith(LEAVE)
    assert screen.mode() == screen.mode_before

    screen.popen.send_signal(signal.SIGCONT)
    screen.read_until(lambda _: is_drawn(screen.picture()) and screen.text.count(ENTER) == 2)
    screen.type("q")
    assert screen.wait() == 0
    assert screen.text.endswith(LEAVE)
