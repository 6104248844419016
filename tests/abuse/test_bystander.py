"""The bystander itself: it notices what the server does, and not what the machine does."""

import os
import signal
import subprocess
import sys
import time

import pytest
from bystander import Bystander


def test_a_server_that_stands_still_is_noticed(serve):
    server = serve()
    watcher = Bystander(server)

    server.process.send_signal(signal.SIGSTOP)
    time.sleep(0.5)
    server.process.send_signal(signal.SIGCONT)

    with pytest.raises(AssertionError, match=r"no tick for 0\.[45]"):
        watcher.end()


def test_a_busy_machine_is_not_the_server_s_fault(serve, bystander):
    server = serve()
    spin = "import time; until = time.monotonic() + 2\nwhile time.monotonic() < until: pass"

    with bystander(server):
        busy = [
            subprocess.Popen([sys.executable, "-c", spin]) for _ in range(4 * (os.cpu_count() or 1))
        ]
        for process in busy:
            process.wait()
