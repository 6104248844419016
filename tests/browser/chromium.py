"""The Chromium of this machine: where it is, and how it is started."""

import os
import shutil

import pytest

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Two hidden pages for each window of ours, which take half of the time.
    "--disable-features=WebUIOmniboxPopup,WebUIOmniboxAimPopup",
]
NAMES = ("chromium", "chromium-browser", "google-chrome")


def find_chromium():
    """Return its path; the test fails when there is none."""
    for name in filter(None, (os.environ.get("CHROMIUM"), *NAMES)):
        if path := shutil.which(name):
            return path
    return pytest.fail(
        "found no Chromium, without which the tests of the page cannot run; expected one on the"
        " PATH, such as by: apt-get install chromium (or set CHROMIUM to its path)",
        pytrace=False,
    )
