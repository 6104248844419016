"""Take the pictures of README and docs: start servers as a user would, look at them, end them.

To be run by script/screenshots, which sees to what is needed.
"""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.request import urlopen

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).parents[1]
START_LIMIT_S = 30.0
STOP_LIMIT_S = 15.0
HISTORY_LIMIT_S = 180.0
SERVER = f"{sys.executable} -m chartserver serve --port 0"
CHARTS = (
    "--chart 'fx=walk?series=EURUSD,USDJPY,GBPUSD&seed=20&interval_s=0.25'"
    " --chart 'euro=replay:ecb?speed=8640000&series=USD,JPY,GBP,CHF'"
    " --chart host=system"
)
# The pages are looked at when they have so many ticks: the windows shown are then full.
TICKS = {"fx": 245, "euro": 6_000, "host": 62, "random": 62, "stdin": 62, "pauses": 100}
# A walk that pauses for a while, and then for good.
PAUSES = """
import itertools, random, time
print("level", flush=True)
level = 20.0
for n in itertools.count(1):
    level += random.Random(n).gauss(0, 0.2)
    print(round(level, 3), flush=True)
    time.sleep({70: 19, 100: 999}.get(n, 0.25))
"""
DESK = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}


class Picture(NamedTuple):
    """One picture: the file's name, the server, the path there, and how it is looked at.

    `press` are keys that are pressed once it is in the `state`, or selectors that are clicked on.
    """

    name: str
    server: str
    path: str
    scheme: str = "dark"
    window: str = ""
    size: dict[str, int] = DESK
    state: str = "live"
    press: tuple[str, ...] = ()
    locale: str = "en-GB"


# The replay runs out within seconds: what shows it comes first.
PICTURES = [
    Picture("euro", "several", "/euro", window="All", size={"width": 1280, "height": 900}),
    Picture("charts", "several", "/", size={"width": 1280, "height": 400}),
    Picture("chart", "several", "/fx", window="1m"),
    Picture("chart-light", "several", "/fx", scheme="light", window="1m"),
    Picture("host", "several", "/host", window="1m"),
    Picture("phone", "several", "/fx", window="1m", size=PHONE),
    Picture("phone-menu", "several", "/fx", "light", "1m", PHONE, press=(".more-button",)),
    Picture("phone-sideways", "several", "/fx?window=1m", size={"width": 844, "height": 390}),
    Picture("kiosk", "several", "/fx?kiosk=1&window=1m", size={"width": 1280, "height": 720}),
    Picture("paused", "several", "/fx", window="1m", press=("ArrowLeft",)),
    Picture("candles", "several", "/fx?kind=candles", window="1m"),
    Picture("japanese", "several", "/fx?lang=ja", "light", "1分", locale="ja-JP"),
    Picture("embed", "several", "/fx/embed?window=1m", size={"width": 640, "height": 360}),
    Picture("stale", "pauses", "/", "light", "1m", state="stale"),
    Picture("vmstat", "vmstat", "/", window="1m", size={"width": 1280, "height": 1000}),
    Picture("classic", "demo", "/classic", scheme="light", size={"width": 1100, "height": 460}),
]
COMMANDS = {
    "several": f"exec {SERVER} {CHARTS}",
    "vmstat": f"vmstat -n 1 | {SERVER} --chart -",
    "demo": f"exec {SERVER}",
    "pauses": f"{sys.executable} -c {shlex.quote(PAUSES)} | {SERVER} --chart pauses=-",
}


def main() -> None:
    """Take all pictures, into the directory that is named or into docs/images."""
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "images"
    target.mkdir(parents=True, exist_ok=True)
    with servers() as urls, sync_playwright() as playwright:
        for url in urls.values():
            wait_for_history(url)
        browser = playwright.chromium.launch(executable_path=os.environ["CHROMIUM"])
        for picture in PICTURES:
            file = target / f"{picture.name}.png"
            take(browser, urls[picture.server], picture, file)
            print(f"{file}: {file.stat().st_size / 1000:.0f} kB")
        browser.close()


@contextmanager
def servers() -> Iterator[dict[str, str]]:
    """Start the servers, each with its shell in a process group, and return where they are."""
    environ = os.environ | {"PYTHONPATH": str(ROOT)}
    started: dict[str, subprocess.Popen[str]] = {}
    try:
        for name, command in COMMANDS.items():
            started[name] = subprocess.Popen(
                command,
                shell=True,
                stdin=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
                env=environ,
                start_new_session=True,
            )
        yield {name: address(process) for name, process in started.items()}
    finally:
        for process in started.values():
            os.killpg(process.pid, signal.SIGTERM)
        for process in started.values():
            process.wait(STOP_LIMIT_S)


def address(process: "subprocess.Popen[str]") -> str:
    """Return the URL that a server says on stderr."""
    assert process.stderr is not None
    for line in process.stderr:
        if found := re.search(r"serving on (http://\S+)", line):
            return found[1]
        sys.stderr.write(line)
    sys.exit(f"screenshots: {process.args!r} did not start; it says why above")


def wait_for_history(url: str) -> None:
    """Wait until each chart has the ticks that fill its picture."""
    deadline_s = time.monotonic() + HISTORY_LIMIT_S
    while lacking := [one["name"] for one in charts(url) if one["offset"] < TICKS[one["name"]]]:
        if time.monotonic() > deadline_s:
            sys.exit(f"screenshots: {', '.join(lacking)} have not ticked enough")
        time.sleep(0.5)


def charts(url: str) -> list[dict[str, Any]]:
    """Return the descriptions of all charts of a server."""
    with urlopen(f"{url}/api/charts", timeout=10) as answer:
        found: list[dict[str, Any]] = json.load(answer)["charts"]
        return found


def take(browser: Browser, url: str, picture: Picture, file: Path) -> None:
    """Open the page, wait until it shows what it should, and write the picture."""
    context = browser.new_context(
        viewport=picture.size,  # type: ignore[arg-type]
        color_scheme=picture.scheme,  # type: ignore[arg-type]
        locale=picture.locale,
    )
    page = context.new_page()
    page.goto(url + picture.path)
    if picture.path == "/" and picture.server == "several":
        page.wait_for_function(
            "() => [...document.querySelectorAll('dd')].every((one) => one.textContent !== '–')"
        )
    else:
        page.wait_for_selector(f"main[data-state={picture.state}]")
    if picture.window:
        page.get_by_role("button", name=picture.window, exact=True).click()
    if picture.path == "/classic":
        page.wait_for_function("() => Number(document.querySelector('main').dataset.shownOffset)")
    for key in picture.press:
        page.click(key) if key.startswith(".") else page.keyboard.press(key)
    # The count of viewers is told every two seconds, and that of the picture before has left.
    page.wait_for_timeout(3_000)
    page.screenshot(path=file)
    context.close()


if __name__ == "__main__":
    main()
