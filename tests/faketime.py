"""A clock on the wall that can be moved, for a process that is started with its environment.

Debian's libfaketime stands between the process and the clock; the monotonic one is left alone, as
a clock that is set leaves it. FAKETIME_LIBRARY names the library where it lies elsewhere.
"""

import os
from pathlib import Path

from processes import PROGRAMS, environment

PLACES = ("usr/lib/*/faketime/libfaketime.so.1", "usr/lib*/faketime/libfaketime.so.1")


class FakeTime:
    """The clock of the processes that have `environment()`; `file` holds how far it is off."""

    def __init__(self, file):
        self._file = file
        self.set(0)

    def set(self, offset_s):
        """Let the clock be off by so many seconds from now on."""
        # In one piece: it is read again at each look at the clock.
        new = self._file.with_suffix(".new")
        new.write_text(f"{offset_s:+d}\n")
        new.replace(self._file)

    def environment(self):
        """Return what a process needs to see this clock."""
        return {
            **preloaded(),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
        }


def clock_off_by(offset_s):
    """Return what a process needs to see a clock that is off by so many seconds for good."""
    return {**preloaded(), "FAKETIME": f"{offset_s:+d}"}


def preloaded():
    """Return what puts the library between a process and the clock."""
    return {
        "LD_PRELOAD": find_library(),
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "PYTHONPATH": f"{PROGRAMS / 'moved_clock'}:{environment()['PYTHONPATH']}",
    }


def find_library():
    """Return the path of the library."""
    named = os.environ.get("FAKETIME_LIBRARY")
    found = [named] if named else [str(path) for place in PLACES for path in Path("/").glob(place)]
    assert found, "found no libfaketime; expected it from: apt-get install libfaketime"
    return found[0]
