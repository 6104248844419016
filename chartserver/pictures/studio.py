"""The process that draws, from the side of the server: started when it is needed, and watched.

Drawing takes tens of milliseconds in which a thread would hold up the loop, and a large library.
"""

import logging
import os
import select
import subprocess
import sys
import threading
import time
from importlib.util import find_spec
from typing import Any

from chartserver import frames
from chartserver.errors import ChartServerError
from chartserver.pictures.easel import FAULT, HEAD, SCENE

LIBRARY = "matplotlib"
# The first time it is imported, the library looks at all fonts.
START_LIMIT_S = 30.0
PAINT_LIMIT_S = 10.0
PIECE_BYTES = 65_536

log = logging.getLogger(__name__)


class NotPainted(ChartServerError):
    """A picture was not drawn, or not in time."""


class Studio:
    """Has scenes drawn, one at a time. For native threads: it waits.

    `command` starts the process.
    """

    def __init__(
        self,
        command: tuple[str, ...] = (sys.executable, "-m", "chartserver.pictures.easel"),
        start_limit_s: float = START_LIMIT_S,
        paint_limit_s: float = PAINT_LIMIT_S,
    ) -> None:
        self._command = command
        self._start_limit_s = start_limit_s
        self._paint_limit_s = paint_limit_s
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._is_warm = False

    @staticmethod
    def is_there() -> bool:
        """Return whether the library is installed."""
        return find_spec(LIBRARY) is not None

    def paint(self, scene: dict[str, Any]) -> bytes:
        """Return the picture of a scene.

        Raises:
            NotPainted: it cannot be drawn, or took too long.
        """
        message = frames.dump_bytes(scene)
        with self._lock:
            try:
                return self._ask(self._ready(), message)
            except (OSError, EOFError):
                # It had just ended by itself; a new one has no reason to.
                self._end()
            try:
                return self._ask(self._ready(), message)
            except (OSError, EOFError) as error:
                self._end()
                raise NotPainted(f"the process that draws has ended: {error}") from None

    def close(self) -> None:
        """End the process, if it runs; what is being drawn is not."""
        self._end()

    def _ready(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._end()
            self._is_warm = False
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                # A signal to the server, from a terminal, is none to it; it ends with its input.
                start_new_session=True,
                env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
            )
            # Who ends by itself is not to stay as a zombie.
            threading.Thread(target=self._process.wait, daemon=True).start()
        return self._process

    def _ask(self, process: subprocess.Popen[bytes], message: bytes) -> bytes:
        limit_s = self._paint_limit_s if self._is_warm else self._start_limit_s
        deadline_s = time.monotonic() + limit_s
        assert process.stdin is not None
        process.stdin.write(HEAD.pack(SCENE, len(message)) + message)
        process.stdin.flush()
        mark, size = HEAD.unpack(self._read(process, HEAD.size, deadline_s))
        content = self._read(process, size, deadline_s)
        self._is_warm = True
        if mark == FAULT:
            raise NotPainted(f"it could not be drawn: {content.decode()}")
        return content

    def _read(self, process: subprocess.Popen[bytes], n: int, deadline_s: float) -> bytes:
        assert process.stdout is not None
        fd = process.stdout.fileno()
        # Not by `select`, which knows no more than 1,024 descriptors.
        poll = select.poll()
        poll.register(fd, select.POLLIN)
        pieces = bytearray()
        while len(pieces) < n:
            left_s = deadline_s - time.monotonic()
            if left_s <= 0 or not poll.poll(1000 * left_s):
                log.warning("the process that draws pictures took too long, and was ended")
                self._end()
                raise NotPainted("it took too long to draw")
            piece = os.read(fd, min(PIECE_BYTES, n - len(pieces)))
            if not piece:
                raise EOFError("no more came from it")
            pieces += piece
        return bytes(pieces)

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    try:
                        pipe.close()
                    except OSError:  # of what was still to be written
                        log.debug("the process that draws pictures has left its input")
