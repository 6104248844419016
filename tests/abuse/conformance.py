"""Runs the Autobahn cases against the WebSockets of viewers; writes docs/conformance.md.

    python tests/abuse/conformance.py [CASE...]

A CASE is the id of one, or a pattern such as `6.*`; without any all are run and the page is
written. The cases come with `kosoku`.
"""

import asyncio
import contextlib
import subprocess
import sys
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import kosoku

ROOT = Path(__file__).parents[2]
ECHO_SERVER = Path(__file__).with_name("echo_server.py")
PAGE = ROOT / "docs" / "conformance.md"
ASYNC_MODES = ("eventlet", "threading")
AT_ONCE = 4
UNSUPPORTED = 1003
GROUPS = {
    "1": "framing",
    "2": "pings and pongs",
    "3": "reserved bits",
    "4": "opcodes",
    "5": "fragmentation",
    "6": "UTF-8",
    "7": "close handling",
    "9": "large messages, and many",
    "10": "fragments by the peer's choice",
    "12": "compression",
    "13": "compression, its parameters",
}
BINARY = "binary, refused with 1003"
COMPRESSION = "compression, not agreed upon"
ORDER = "all is answered, a PING after the message that came with it"
ELSE = "not as expected"
TEXT = """# Conformance of the WebSockets

The cases of the Autobahn test suite, which WebSocket implementations are commonly held to, run by
`kosoku`. They want a server that echoes, which ours is not; so
`tests/abuse/echo_server.py` echoes with the very WebSockets that viewers get: the same handshake,
reader, outlet and end. Only the limits of size and rate are raised, since some cases send 16 MB.
This page is written by

    python tests/abuse/conformance.py

{sections}
## What does not pass, and why

- **Binary messages** are refused with close code 1003: a viewer has none to send, and what is not
  taken in cannot be misused.
- **Compression** is never agreed upon: a compressed frame cannot be shared by viewers, and what a
  viewer sends is short. Such cases count as unimplemented, which the standard allows.

With `--async-mode threading` and `gevent` the WebSockets are those of
`simple-websocket`, before which the same reader stands:
what it refuses never gets there. What the library does itself: it answers the handshake, pings and
closes, reads ahead while a message is handled, as far as the rate allows, and sends the PONGs for
all that came in one piece after the messages in it were handed on: now and then a PONG comes after
the answer to a later message, and one may come after our close frame. Which of the cases 5.* that
shows in differs from run to run. Where cases pass "not strictly", a message that came in one piece
with the violation after it was not echoed any more.
"""
SECTION = """## {async_mode}

{table}

Of {n_run} cases {n_passed} pass{not_strict}. The others:

{reasons}
"""


@contextlib.contextmanager
def echo_server(async_mode):
    """Run the server; gives its address."""
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", str(ECHO_SERVER), async_mode],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield f"ws://127.0.0.1:{int(process.stdout.readline())}"
    finally:
        process.terminate()
        process.communicate()


def run(async_mode, cases=None, exclude=None):
    """Return the results of cases, all by default."""

    async def run_all(url):
        try:
            return await kosoku.run_fuzzingclient(url, cases, exclude, concurrency=AT_ONCE)
        except kosoku.FailureError as failure:
            return failure.results

    # In a thread: the tests of browsers leave a loop behind that runs in this one.
    with echo_server(async_mode) as url, ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, run_all(url)).result()


def reason_of(result):
    """Return why a case did not pass; "" if it did."""
    if result.behavior.value == "UNIMPLEMENTED":
        return COMPRESSION
    if result.passed:
        return ""
    if result.remote_close_code == UNSUPPORTED:
        return BINARY
    return ORDER if is_in_another_order(result) else ELSE


def is_in_another_order(result):
    """Return whether all answers came that were expected, but not in their order."""
    came = sorted(map(repr, result.received))
    return any(came == sorted(map(repr, events)) for events in result.expected.values())


def table(results):
    """Return the results by group, as a table."""
    groups = defaultdict(list)
    for result in results:
        groups[result.case_id.partition(".")[0]].append(result)
    lines = ["| cases | of | run | passed | not |", "|---|---|--:|--:|--:|"]
    for number, group in groups.items():
        n_passed = sum(not reason_of(one) for one in group)
        n_not = len(group) - n_passed
        lines.append(f"| {number}.* | {GROUPS[number]} | {len(group)} | {n_passed} | {n_not} |")
    return "\n".join(lines)


def patterns(cases):
    """Return the cases as patterns of one group each, such as `1.2.*`."""
    return ", ".join(dict.fromkeys(f"`{case.rpartition('.')[0]}.*`" for case in cases))


def section(async_mode, results):
    """Return the part of the page that is on one async mode."""
    by_reason = defaultdict(list)
    for result in results:
        by_reason[reason_of(result)].append(result.case_id)
    n_passed = len(by_reason.pop("", []))
    not_strict = [one.case_id for one in results if one.behavior.value == "NON-STRICT"]
    return SECTION.format(
        async_mode=async_mode,
        table=table(results),
        n_run=len(results),
        n_passed=n_passed,
        not_strict=f", {len(not_strict)} of them not strictly" if not_strict else "",
        reasons="\n".join(
            f"- {reason}: {len(cases)} ({patterns(cases)})" for reason, cases in by_reason.items()
        ),
    )


def main(*cases):
    sections = []
    for async_mode in ASYNC_MODES:
        results = run(async_mode, list(cases) or None)
        sections.append(section(async_mode, results))
        for one in results:
            if reason_of(one) == ELSE:
                print(async_mode, one.case_id, one.behavior.value, one.behavior_close.value)
                print(f"    {one.result} {one.result_close}")
    if cases:
        print("\n".join(sections))
    else:
        PAGE.write_text(TEXT.format(sections="\n".join(sections)))


if __name__ == "__main__":
    main(*sys.argv[1:])
