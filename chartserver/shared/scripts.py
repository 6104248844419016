"""The scripts that Redis runs: each changes one chart, in one step that nothing comes between."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from hashlib import sha1
from importlib import resources
from typing import Any

from chartserver.errors import StoreFault
from chartserver.shared.link import Client, faults, is_unknown_script

PREFIX = "chartserver:"
KEYS = ("log", "meta", "keys", "key_times", "writers", "notes", "lease")
NAMES = ("join", "append", "agree", "tell", "note", "seed", "add", "remember")
PUSHED = f"{PREFIX}pushed"


def key(chart: str, kind: str) -> str:
    """Return a key of a chart; all of one chart lie in one slot of a cluster."""
    return f"{PREFIX}{{{chart}}}:{kind}"


@lru_cache(maxsize=1024)
def keys(chart: str) -> Sequence[str]:
    """Return all keys of a chart, in the order in which scripts have them."""
    return tuple(key(chart, kind) for kind in KEYS)


def texts() -> Mapping[str, str]:
    """Return the text of each script by its name."""
    folder = resources.files("chartserver.shared") / "lua"
    common = (folder / "chart.lua").read_text()
    return {name: common + (folder / f"{name}.lua").read_text() for name in NAMES}


TEXTS = texts()
# How Redis names a script, which is no secret.
DIGESTS = {
    name: sha1(text.encode(), usedforsecurity=False).hexdigest() for name, text in TEXTS.items()
}


def load(client: Client) -> None:
    """Have Redis know all scripts."""
    with faults():
        for text in TEXTS.values():
            client.script_load(text)


def run(client: Client, name: str, of: Sequence[str], *arguments: Any) -> Any:
    """Return what a script answers; `of` are its keys."""
    try:
        with faults():
            return client.evalsha(DIGESTS[name], len(of), *of, *arguments)
    except StoreFault as fault:
        if not is_unknown_script(fault):
            raise
    with faults():
        return client.eval(TEXTS[name], len(of), *of, *arguments)


def answer(raw: Any) -> list[str]:
    """Return the texts that a script has answered with, in a list or with spaces between them."""
    return raw.decode().split(" ") if isinstance(raw, bytes) else [one.decode() for one in raw]
