"""A program started as a user would start it."""

import re
import signal
import subprocess
import threading
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
START_LIMIT_S = 90.0
STOP_LIMIT_S = 60.0
SERVING = r"serving on (http://\S+)"


class Program:
    """A running program, whose output is kept as it comes: stdout and stderr in one."""

    def __init__(self, command, **options):
        self.process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            **{"stdin": subprocess.DEVNULL, **options},
        )
        self.output = ""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def wait_for(self, pattern, limit_s=START_LIMIT_S):
        """Wait until the output has `pattern` and return the match."""
        deadline_s = time.monotonic() + limit_s
        while time.monotonic() < deadline_s:
            has_ended = not self._reader.is_alive()
            if match := re.search(pattern, self.output):
                return match
            if has_ended:
                break
            time.sleep(0.02)
        raise AssertionError(f"no {pattern!r} in the output:\n{self.output}")

    def stop(self):
        """Send SIGTERM, wait, and return the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.wait()

    def wait(self):
        """Wait for the end and return the exit status."""
        try:
            status = self.process.wait(STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"did not end; the output:\n{self.output}") from None
        self._reader.join(STOP_LIMIT_S)
        for pipe in filter(None, (self.process.stdin, self.process.stdout)):
            pipe.close()
        return status

    def _read(self):
        for line in self.process.stdout:
            self.output += line
