"""Tabs that can be hidden: a Chromium that is spoken to by its DevTools protocol.

Playwright keeps its pages visible, whatever lies before them.
"""

import functools
import itertools
import json
import subprocess
import time
from urllib.parse import urlsplit

import pytest
from chromium import ARGUMENTS
from viewing import HELD, OWN_SCHEMES, POLICY
from websocket import create_connection

LIMIT_S = 40.0
POLL_S = 0.04
ASKED = {"Network.requestWillBeSent": ["request", "url"], "Network.webSocketCreated": ["url"]}
COMPLAINTS = ("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded")


class Tabs:
    """A Chromium with a profile of its own, in the folder `profile`."""

    def __init__(self, path, profile):
        self._complaints = []
        self._origins = set()
        self._profile = profile
        self._ids = itertools.count(1)
        own = ["--headless", "--remote-debugging-port=0", f"--user-data-dir={profile}"]
        self._process = subprocess.Popen(
            [path, *own, *ARGUMENTS, "about:blank"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._socket = None
        # By their sessions.
        self._open = {}

    def __enter__(self):
        try:
            port, path = wait_until(self._address, "DevTools of Chromium")
            self._socket = create_connection(
                f"ws://127.0.0.1:{port}{path}", timeout=LIMIT_S, suppress_origin=True
            )
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        try:
            if self._socket is not None:
                self.send("Browser.close")
                self._socket.close()
                self._process.wait(LIMIT_S)
        finally:
            self._process.kill()
            self._process.wait()

    def open(self, url, script=""):
        """Open a tab, in front of all others; `script` is run in it before those of the page."""
        self._origins.add(urlsplit(url).netloc)
        tab = self.send("Target.createTarget", {"url": "about:blank"})["targetId"]
        attach = {"targetId": tab, "flatten": True}
        session = self.send("Target.attachToTarget", attach)["sessionId"]
        for domain in ("Runtime", "Log", "Page", "Network"):
            self.send(f"{domain}.enable", session=session)
        source = {"source": f"{POLICY}{script}"}
        self.send("Page.addScriptToEvaluateOnNewDocument", source, session)
        self._open[session] = tab
        self.send("Page.navigate", {"url": url}, session)
        wait_until(lambda: self._has_loaded(url, session), url)
        return Tab(self, tab, session)

    def _has_loaded(self, url, session):
        # Between two pages there is none to ask.
        expression = f"document.readyState === 'complete' && location.href === {json.dumps(url)}"
        answer = self._exchange("Runtime.evaluate", {"expression": expression}, session)
        return "error" not in answer and answer["result"]["result"].get("value")

    def close_all(self):
        """Close the tabs that were opened; they complain of nothing any more."""
        while self._open:
            _, tab = self._open.popitem()
            self.send("Target.closeTarget", {"targetId": tab})
        self._origins.clear()

    def take_complaints(self):
        """Return what the tabs complained of since this was asked last, as a `Viewing` has it."""
        taken, self._complaints = self._complaints, []
        return taken

    def send(self, method, params=None, session=None):
        """Send a command and return its result."""
        answer = self._exchange(method, params, session)
        assert "error" not in answer, f"{method}: {answer}"
        return answer["result"]

    def _exchange(self, method, params, session):
        message = {"id": next(self._ids), "method": method, "params": params or {}}
        self._socket.send(json.dumps(message | ({"sessionId": session} if session else {})))
        while True:
            answer = json.loads(self._socket.recv())
            if answer.get("sessionId") in self._open:
                self._hear(answer.get("method"), answer.get("params", {}))
            if answer.get("id") == message["id"]:
                return answer

    def _hear(self, event, told):
        if event in COMPLAINTS:
            self._complaints.append(told)
        if event in ASKED:
            parts = urlsplit(functools.reduce(dict.get, ASKED[event], told))
            if parts.scheme not in OWN_SCHEMES and parts.netloc not in self._origins:
                self._complaints.append(f"request to another origin: {parts.geturl()}")

    def _address(self):
        """Return port and path, once Chromium has written both."""
        file = self._profile / "DevToolsActivePort"
        lines = file.read_text().splitlines() if file.exists() else []
        return lines if len(lines) == 2 else None


class Tab:
    """One tab of `tabs`."""

    def __init__(self, tabs, target, session):
        self._tabs = tabs
        self._target = target
        self._session = session

    def show(self):
        """Put it in front; the one that was there is hidden."""
        self._tabs.send("Target.activateTarget", {"targetId": self._target})

    def evaluate(self, expression):
        params = {"expression": expression, "returnByValue": True}
        answer = self._tabs.send("Runtime.evaluate", params, self._session)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def number(self, name):
        """Return a `data-` attribute of `<main>`, by its name in JavaScript."""
        return int(self.evaluate(f"document.querySelector('main').dataset.{name}"))

    def wait(self, expression):
        """Wait until an expression is true in the page."""
        return wait_until(lambda: self.evaluate(expression), expression)

    def wait_past(self, name, least):
        """Wait until a `data-` attribute is at least `least`."""
        self.wait(f"Number(document.querySelector('main')?.dataset.{name}) >= {least}")

    def held(self):
        """Return the ticks that the page holds, and its position."""
        return json.loads(self.evaluate(f"({HELD})()"))


def wait_until(look, what):
    """Return what `look` returns as soon as it is true."""
    deadline_s = time.monotonic() + LIMIT_S
    while not (found := look()):
        if time.monotonic() > deadline_s:
            pytest.fail(f"waited {LIMIT_S:g} s for {what}")
        time.sleep(POLL_S)
    return found
