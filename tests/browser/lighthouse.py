"""Lighthouse on this machine: what it thinks of pages, each as a phone and as a desk see it."""

import json
import subprocess
from pathlib import Path

from chromium import ARGUMENTS, find_chromium

DRIVER = Path(__file__).parent / "js" / "lighthouse.mjs"
FORMS = ("mobile", "desktop")
# `/classic` is the original page as it was, and is left out.
PATHS = ("/", "/fx", "/fx/embed")
CATEGORIES = ("performance", "accessibility", "best-practices")
LEAST = 95
# A machine that is busy with other tests makes a page slower, and nothing makes it faster than it
# is: the best of a few looks counts.
TRIES = 3


def looked_at(url, paths=PATHS, categories=CATEGORIES):
    """Yield for each page of a server, as each form sees it, its scores and what it lacks."""
    task = {
        "chromium": [find_chromium(), *ARGUMENTS],
        "pages": [{"url": f"{url}{path}", "form": form} for path in paths for form in FORMS],
        "categories": categories,
        "least": LEAST,
        "tries": TRIES,
    }
    with subprocess.Popen(
        ["node", DRIVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as driver:
        try:
            with driver.stdin as stdin:
                json.dump(task, stdin)
            for line in driver.stdout:
                found = json.loads(line)
                yield found | {"path": found.pop("url").removeprefix(url)}
        except BaseException:
            driver.terminate()
            raise
    if driver.returncode:
        raise RuntimeError(f"lighthouse exited with {driver.returncode}; it says why above")
