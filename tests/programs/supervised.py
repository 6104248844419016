"""A supervisor of small workers, which do as the arguments say: `supervised.py N BEHAVIOR…`.

well       say that they serve, and end when their lifeline does
deaf       do not end when it does
failing    the second one ends with status 1 at once, three times in all
faulty     the first one finds fault with what it was given
unwell     end with status 1 when they are to end
"""

import contextlib
import os
import signal
import socket
import sys
import time
from pathlib import Path


def work(behavior, folder, lifeline):
    """Be a worker; written from what a lifeline promises, not from the code of ours."""
    number, descriptor = map(int, lifeline.split(":"))
    line = socket.socket(fileno=descriptor)
    (Path(folder) / f"{number}.{os.getpid()}").touch()
    if behavior == "faulty":
        sys.exit(2)
    if behavior == "failing" and number == 2 and len(list(Path(folder).glob("2.*"))) <= 3:
        sys.exit(1)
    with contextlib.suppress(OSError):  # the other end is gone already
        line.sendall(b"serving\n")
        line.recv(1)
    if behavior == "deaf":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        print("deaf", flush=True)
        time.sleep(60)
    sys.exit(behavior == "unwell")


def supervise(n, behavior, folder):
    from chartserver.operation.logs import start_logging
    from chartserver.operation.workers import Workers

    start_logging()
    program = [sys.executable, "-S", "-E", __file__, "worker", behavior, folder]
    return Workers(
        int(n), lambda lifeline: [*program, lifeline], lambda: print("all serve", flush=True)
    ).run()


if __name__ == "__main__":
    if sys.argv[1] == "worker":
        work(*sys.argv[2:])
    sys.exit(supervise(*sys.argv[1:]))
