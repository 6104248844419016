"""The words of a catalogue that scripts say: no more of them need to be sent.

A catalogue is JSON between the braces of its module. A script says a key when it names it in
quotes, or begins a template with what is before the key's last dot.
"""

import json
import re
from collections.abc import Iterable
from functools import lru_cache

_NAMED = re.compile(r'"([a-z]+\.[a-z-]+)"')
_BEGUN = re.compile(r"`([a-z]+\.)\$\{")


def only(catalogue: str, scripts: Iterable[str], but: Iterable[str] = ()) -> str:
    """Return the braces of `catalogue`, with what `scripts` say and those of `but` do not."""
    begin, end = catalogue.index("{"), catalogue.rindex("}") + 1
    words = json.loads(catalogue[begin:end])
    wanted, known = _said(words, scripts), _said(words, but)
    kept = {key: text for key, text in words.items() if key in wanted and key not in known}
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":"))


def _said(words: Iterable[str], scripts: Iterable[str]) -> set[str]:
    found = [_keys(script) for script in scripts]
    named = {key for keys, _ in found for key in keys}
    begun = tuple(start for _, starts in found for start in starts)
    return {key for key in words if key in named or key.startswith(begun)}


@lru_cache(maxsize=512)
def _keys(script: str) -> tuple[list[str], list[str]]:
    return _NAMED.findall(script), _BEGUN.findall(script)
