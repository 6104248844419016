"""Takes out of a text what nobody who reads logs is to see: tokens, signed links, cookies."""

import re
from collections.abc import Iterable
from urllib.parse import quote

HIDDEN = "***"
# One that is shorter would be found in every other word; `chartserver check` warns of it.
SECRET_CHARS_MIN = 6
_NAME = r"(?:[\w-]*[_-])?(?:token|tokens|link|keys?|password|secret|sid)"
_PATTERNS = (
    # Header: the rest of it. As text, in a dict or in JSON.
    (
        r"(?i)(?<![\w-])((?:proxy-)?authorization|(?:set-)?cookie|x-[\w-]*token)"
        r"([\"']?\s*[:=]\s*[\"']?)[^\"'\r\n]+",
        rf"\1\2{HIDDEN}",
    ),
    (r"(?i)\b(bearer|basic)\s+[\w.~+/=:-]{6,}", rf"\1 {HIDDEN}"),
    # In a query or a form, which may itself be quoted: up to its end.
    (
        rf"(?i)(?:(?<![\w-])|(?<=%3f)|(?<=%26))({_NAME})(=|%3d)(?:(?!%26)[^&\s\"'#;,])+",
        rf"\1\2{HIDDEN}",
    ),
    # In an address: the password.
    (r"(://[^/@:\s]*):[^/@\s]+@", rf"\1:{HIDDEN}@"),
    # In JSON or a dict.
    (rf"(?i)([\"']{_NAME}[\"']\s*:\s*[\"'])[^\"']*", rf"\1{HIDDEN}"),
)
PATTERNS = tuple((re.compile(pattern), shown) for pattern, shown in _PATTERNS)


class Mask:
    """Hides `secrets`, wherever they stand, and what stands where secrets are given."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        known = {one for one in secrets if len(one) >= SECRET_CHARS_MIN}
        spelt = {form for one in known for form in (one, quote(one, safe=""))}
        found = "|".join(re.escape(one) for one in sorted(spelt, key=len, reverse=True))
        self._known = re.compile(found) if found else None

    def __call__(self, text: str) -> str:
        """Return `text` without secrets."""
        if self._known is not None:
            text = self._known.sub(HIDDEN, text)
        for pattern, shown in PATTERNS:
            text = pattern.sub(shown, text)
        return text
