"""A crowd of viewers that watch one chart and come back by themselves; see crowd_process."""

import json
import queue
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

PROGRAM = Path(__file__).parent / "crowd_process.py"
JOIN_LIMIT_S = 60.0


class Crowd:
    """`n` viewers of a chart, from now to `end`; `state` is what they said last."""

    def __init__(self, url, chart, n):
        self.n = n
        self.state = {"watching": 0}
        self._process = subprocess.Popen(
            [sys.executable, PROGRAM, url, chart, str(n)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._states = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.until(lambda state: state["watching"] == n, "all watch", JOIN_LIMIT_S)

    def until(self, is_so, what, limit_s):
        """Wait until `is_so(state)` and return the state; fail when it is not in time."""
        deadline_s = time.monotonic() + limit_s
        while not is_so(self.state):
            try:
                self.state = self._states.get(timeout=max(0.0, deadline_s - time.monotonic()))
            except queue.Empty:
                pytest.fail(f"not in {limit_s:g} s: {what}; the crowd is {self.state}")
            assert self.state is not None, "the crowd has ended"
        return self.state

    def end(self):
        """Leave; fail when any of them has seen what must not be."""
        self._process.stdin.close()
        while (state := self._states.get()) is not None:
            self.state = state
        self.kill()
        assert not self.state["fault"], self.state["fault"]
        return self.state

    def kill(self):
        """End it; may be called again."""
        self._process.kill()
        self._process.wait()
        self._reader.join()
        for pipe in (self._process.stdin, self._process.stdout):
            pipe.close()

    def _read(self):
        for line in self._process.stdout:
            self._states.put(json.loads(line))
        self._states.put(None)
