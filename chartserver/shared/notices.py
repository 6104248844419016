"""What processes tell each other at once, in a small stream: that a lease is free, who presents.

Nothing that is told here is kept: who was away hears the newest of it by other ways. Whoever tells
does not wait.
"""

import contextlib
import json
import logging
import threading
from collections.abc import Callable, Hashable, Mapping
from typing import Any

from chartserver.errors import StoreFault
from chartserver.shared.lease import Ask

KEY = "chartserver:stage"
KEPT = 1_000
BLOCK_MS = 5_000
READ_MAX = 500
RETRY_S = 0.5
# More than this waits only while Redis is away, and is old news then.
WAITING_MAX = 1_000

Content = Mapping[str, Any]
log = logging.getLogger(__name__)


class Notices:
    """Tells the others and hears them, in a thread for each.

    `on_heard` is called in a thread: the kind, the content, the id of the process that tells.
    """

    def __init__(
        self,
        tell: Ask,
        listen: Ask,
        process: str,
        on_heard: Callable[[str, Content, str], object],
    ) -> None:
        self._tell = tell
        self._listen = listen
        self._process = process
        self._on_heard = on_heard
        self._lock = threading.Lock()
        self._waiting: dict[Hashable, tuple[str, Content]] = {}
        self._wake = threading.Event()
        self._is_ending = False
        self._last = ""
        self._threads = [
            threading.Thread(target=self._run, args=(step,), name=name, daemon=True)
            for name, step in (("notices-out", self.send), ("notices-in", self.hear))
        ]

    def start(self) -> None:
        """Start the threads."""
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        """Tell what waits, and end; returns at once."""
        self._is_ending = True
        self._wake.set()

    def tell(self, kind: str, content: Content, about: Hashable = None) -> None:
        """Tell the others soon; `about` the same thing only the newest is told."""
        with self._lock:
            if len(self._waiting) < WAITING_MAX:
                self._waiting[kind, about] = kind, content
        self._wake.set()

    def send(self) -> None:
        """Tell what waits, or wait until there is something."""
        if not self._waiting:
            self._wake.wait()
        self._wake.clear()
        with self._lock:
            waiting, self._waiting = self._waiting, {}
        try:
            self._tell(*(self._entry(*one) for one in waiting.values()))
        except StoreFault:
            with self._lock:
                self._waiting = {**waiting, **self._waiting}
            raise

    def hear(self) -> None:
        """Hear what has come, or wait for it a while."""
        if not self._last:
            [newest] = self._listen(("XREVRANGE", KEY, "+", "-", "COUNT", 1))
            self._last = newest[0][0] if newest else "0-0"
        [streams] = self._listen(
            ("XREAD", "COUNT", READ_MAX, "BLOCK", BLOCK_MS, "STREAMS", KEY, self._last)
        )
        for entry_id, raw in streams[0][1] if streams else ():
            self._last = entry_id
            fields = dict(zip(raw[::2], raw[1::2], strict=True))
            if fields.get("by") == self._process:
                continue
            try:
                content = json.loads(fields["content"])
                self._on_heard(fields["kind"], content, fields["by"])
            except (KeyError, ValueError, TypeError, AttributeError):
                log.warning("a notice of another process was not understood: %.200s", fields)

    def _entry(self, kind: str, content: Content) -> tuple[str | int, ...]:
        text = json.dumps(content, separators=(",", ":"))
        trimmed = ("XADD", KEY, "MAXLEN", "~", KEPT)
        return (*trimmed, "*", "kind", kind, "by", self._process, "content", text)

    def _run(self, step: Callable[[], None]) -> None:
        pause = threading.Event()
        while not self._is_ending:
            try:
                step()
            except StoreFault:
                pause.wait(RETRY_S)  # the log tells of it
            except Exception:
                log.exception("notices: a step failed, the next goes on")
                pause.wait(RETRY_S)
        if step == self.send and self._waiting:
            with contextlib.suppress(StoreFault):
                step()
