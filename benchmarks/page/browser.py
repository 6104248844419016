"""Chromium, spoken to by its DevTools protocol: what it costs is that of all its processes.

Not by way of a tool for tests: those keep pages visible, whatever lies before them.
"""

import itertools
import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from websocket import create_connection

from benchmarks.page.process_tree import tree_cpu_s
from benchmarks.processes import RunFailed

NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--window-size=1280,800", "--force-device-scale-factor=1", "--remote-debugging-port=0"),
    # Two hidden pages for each window of ours, which are no part of it.
    "--disable-features=WebUIOmniboxPopup,WebUIOmniboxAimPopup",
)
WINDOW = "1280 x 800 px"
LIMIT_S = 60.0
POLL_S = 0.05
PROBE = Path(__file__).with_name("probe.js")
COMPLAINTS = ("Runtime.exceptionThrown", "Log.entryAdded")


class Chromium:
    """A Chromium with a profile of its own in `folder`, ended with the `with` block."""

    def __init__(self, folder: Path) -> None:
        self.complaints: list[str] = []
        self.events: list[dict[str, Any]] = []
        self._profile = folder / "profile"
        self._ids = itertools.count(1)
        self._process = subprocess.Popen(
            [find_chromium(), *ARGUMENTS, f"--user-data-dir={self._profile}", "about:blank"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._socket: Any = None

    def __enter__(self) -> "Chromium":
        try:
            port, path = wait_until(self._address, "DevTools of Chromium")
            self._socket = create_connection(
                f"ws://127.0.0.1:{port}{path}", timeout=LIMIT_S, suppress_origin=True
            )
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        try:
            if self._socket is not None:
                self.send("Browser.close")
                self._socket.close()
                self._process.wait(LIMIT_S)
        except (OSError, subprocess.TimeoutExpired):
            pass
        finally:
            self._process.kill()
            self._process.wait()

    def cpu_s(self) -> float:
        """Return the processor time of all its processes since the start."""
        return tree_cpu_s(self._process.pid)

    def context(self) -> str:
        """Return a context that has nothing of the others: no cache, no processes."""
        return str(self.send("Target.createBrowserContext")["browserContextId"])

    def close_context(self, context: str) -> None:
        """Close it with its tabs."""
        self.send("Target.disposeBrowserContext", {"browserContextId": context})

    def open(
        self, url: str, *, wanted: int = 0, context: str | None = None, watch: tuple[str, ...] = ()
    ) -> "Tab":
        """Open a tab in front of all others, with the probe in it; see probe.js for `wanted`.

        Domains of `watch` tell what happens; it is kept in `events`.
        """
        place = {"url": "about:blank"} | ({"browserContextId": context} if context else {})
        target = self.send("Target.createTarget", place)["targetId"]
        attach = {"targetId": target, "flatten": True}
        session = self.send("Target.attachToTarget", attach)["sessionId"]
        for domain in ("Runtime", "Log", "Page", *watch):
            self.send(f"{domain}.enable", session=session)
        source = f"window.benchmark = {{ wanted: {wanted} }};\n{PROBE.read_text()}"
        self.send("Page.addScriptToEvaluateOnNewDocument", {"source": source}, session)
        self.send("Page.navigate", {"url": url}, session)
        return Tab(self, target, session)

    def send(
        self, method: str, params: dict[str, Any] | None = None, session: str | None = None
    ) -> dict[str, Any]:
        """Send a command and return its result."""
        number = next(self._ids)
        message = {"id": number, "method": method, "params": params or {}}
        self._socket.send(json.dumps(message | ({"sessionId": session} if session else {})))
        while True:
            answer = json.loads(self._socket.recv())
            if "method" in answer:
                self._take(answer)
            if answer.get("id") == number:
                if "error" in answer:
                    raise RunFailed(f"{method}: {answer['error']}")
                return dict(answer["result"])

    def _take(self, event: dict[str, Any]) -> None:
        if event["method"] in COMPLAINTS:
            self.complaints.append(complaint(event["params"]))
        elif event["method"].startswith("Network."):
            self.events.append(event)

    def _address(self) -> list[str]:
        """Return port and path, once Chromium has written both."""
        file = self._profile / "DevToolsActivePort"
        lines = file.read_text().splitlines() if file.exists() else []
        return lines if len(lines) == 2 else []


class Tab:
    """One tab of `chromium`."""

    def __init__(self, chromium: Chromium, target: str, session: str) -> None:
        self._chromium = chromium
        self._target = target
        self._session = session

    def show(self) -> None:
        """Put it in front; the one that was there is hidden."""
        self._chromium.send("Target.activateTarget", {"targetId": self._target})

    def send(self, method: str, params: dict[str, Any] | None = None) -> dict[str, Any]:
        """Send a command for this tab and return its result."""
        return self._chromium.send(method, params, self._session)

    def evaluate(self, expression: str) -> Any:
        """Return the value of an expression in the page."""
        params = {"expression": expression, "returnByValue": True, "awaitPromise": True}
        answer = self.send("Runtime.evaluate", params)
        if "exceptionDetails" in answer:
            raise RunFailed(f"{expression}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def wait(self, expression: str, limit_s: float = LIMIT_S) -> Any:
        """Wait until an expression is true in the page, and return its value."""
        return wait_until(lambda: self.evaluate(expression), expression, limit_s)

    def number(self, name: str) -> float:
        """Return a `data-` attribute of `<main>` by its name in JavaScript; 0 without it."""
        return float(self.evaluate(f"Number(document.querySelector('main').dataset.{name} ?? 0)"))

    def wait_past(self, name: str, least: float, limit_s: float = LIMIT_S) -> None:
        """Wait until a `data-` attribute of `<main>` is at least `least`."""
        self.wait(f"Number(document.querySelector('main')?.dataset.{name}) >= {least}", limit_s)


def complaint(params: dict[str, Any]) -> str:
    """Return in a few words what a page complained of."""
    said = params.get("entry") or params.get("exceptionDetails", {})
    thrown = said.get("exception", {}).get("description", "").partition("\n")[0]
    return f"{thrown or said.get('text', params)} ({said.get('url', '')})"


def find_chromium() -> str:
    """Return its path, or raise RunFailed."""
    for name in filter(None, (os.environ.get("CHROMIUM"), *NAMES)):
        if path := shutil.which(name):
            return path
    raise RunFailed("found no Chromium; expected one on the PATH, or its path in CHROMIUM")


def chromium_version() -> str:
    """Return the browser's own name and version."""
    said = subprocess.run(
        [find_chromium(), "--version"], capture_output=True, text=True, check=True
    )
    return said.stdout.strip()


def wait_until(look: Callable[[], Any], what: str, limit_s: float = LIMIT_S) -> Any:
    """Return what `look` returns as soon as it is true, or raise RunFailed."""
    deadline_s = time.monotonic() + limit_s
    while not (found := look()):
        if time.monotonic() > deadline_s:
            raise RunFailed(f"{what}: not within {limit_s:g} s")
        time.sleep(POLL_S)
    return found
