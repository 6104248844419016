"""Scripts and style sheets without what only people read: comments, spaces, long private names.

Of a script it changes nothing else: a line's end stays wherever a statement may end with it, and so
does all within quotes, templates and patterns. It knows the words of the language, not its grammar.
"""

import re
from collections.abc import Iterator
from itertools import product
from string import ascii_letters

_TOKEN = re.compile(
    r"""
    (?P<space> (?: \s+ | //[^\n]* | /\*.*?\*/ )+ )
    | (?P<text> "(?:[^"\\\n]|\\.)*" | '(?:[^'\\\n]|\\.)*' )
    | (?P<private> \#[\w$]+ )
    | (?P<word> \d[\w.]* | \.\d\w* | [\w$]+ (?:\.[\w$]+)* )
    | (?P<mark> => | \+\+ | -- | \?\.(?!\d) | \.\.\. | [^\s\w] )
    """,
    re.VERBOSE | re.DOTALL,
)
_PATTERN = re.compile(r"/(?![/*])(?:[^/\\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/\w*")
_TEMPLATE = re.compile(r"(?:[^`\\$]|\\.|\$(?!\{))*(`|\$\{)", re.DOTALL)
# After these a slash begins a pattern; after other words, and after what closes, it divides.
_BEFORE_PATTERN = frozenset(
    ("return", "typeof", "case", "in", "of", "delete", "void", "throw", "new", "else", "await")
)
_CLOSES = frozenset((")", "]", "}", "++", "--"))
# No statement ends after these, nor before those.
_GOES_ON_AFTER = frozenset((*"{([,;:?=<>&|^~!*%+-.", "=>", "?.", "..."))
_GOES_ON_BEFORE = frozenset((*"})],;:?=.&|", "?.", "=>"))
# What would be read as another thing without a space between.
_CLINGS = re.compile(r"[\w$\\][\w$#\\]|\+\+|--|//|/\*|<!")

_CSS_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_CSS_TEXT = re.compile(r"(\"[^\"\n]*\"|'[^'\n]*')")
_CSS_SPACE = re.compile(r"\s+")
_CSS_AROUND = re.compile(r" ?([{};,>]) ?")
_CSS_VALUE = re.compile(r"(?<=[{;])([\w-]+): ")

Token = tuple[str, str]


class Unread(ValueError):
    """What no script is written like, such as a template without an end."""


def script(text: str) -> str:
    """Return a script that does the same.

    Raises:
        Unread: it is no script.
    """
    private = _short_names()
    short: dict[str, str] = {}
    made = [""]
    space = ""
    for kind, token in _tokens(text):
        if kind == "space":
            space = token
            continue
        if kind == "private":
            token = short.get(token) or short.setdefault(token, next(private))
        made += [_between(made[-1], token, space), token]
        space = ""
    return "".join(made).strip()


def sheet(text: str) -> str:
    """Return a style sheet that means the same."""
    parts = _CSS_TEXT.split(_CSS_COMMENT.sub("", text))
    # What was split at quotes is put together again: each second part is within them.
    parts[::2] = [_bare(part) for part in parts[::2]]
    return "".join(parts).strip().replace(";}", "}")


def _bare(css: str) -> str:
    css = _CSS_AROUND.sub(r"\1", _CSS_SPACE.sub(" ", css))
    return _CSS_VALUE.sub(r"\1:", css)


def _between(before: str, after: str, space: str) -> str:
    if "\n" in space and before not in _GOES_ON_AFTER and after not in _GOES_ON_BEFORE:
        return "\n"
    is_number = before[:1].isdigit() and after[:1] == "."
    if space and (is_number or _CLINGS.match(before[-1:] + after[:1])):
        return " "
    return ""


def _tokens(text: str) -> Iterator[Token]:
    at, before = 0, ""
    # How many braces are open in each template that is being read.
    templates: list[int] = []
    while at < len(text):
        kind, token = _token(text, at, before, templates)
        at += len(token)
        if kind != "space":
            before = token
        yield kind, token


def _token(text: str, at: int, before: str, templates: list[int]) -> Token:
    """Return the token at a place, and keep the templates that are open."""
    char = text[at]
    if char == "`" or (char == "}" and templates and templates[-1] == 0):
        return "template", _template(text, at, templates)
    if char == "/" and _may_begin_pattern(before) and (found := _PATTERN.match(text, at)):
        return "pattern", found[0]
    if templates and char in "{}":
        templates[-1] += 1 if char == "{" else -1
    if (found := _TOKEN.match(text, at)) is None:
        raise Unread(text[at : at + 40])
    return str(found.lastgroup), found[0]


def _template(text: str, at: int, templates: list[int]) -> str:
    """Return the template's text up to its end, or to the next expression in it."""
    if text[at] == "}":
        templates.pop()
    if (found := _TEMPLATE.match(text, at + 1)) is None:
        raise Unread(text[at : at + 40])
    if found[1] == "${":
        templates.append(0)
    return text[at] + found[0]


def _may_begin_pattern(before: str) -> bool:
    is_word = before[:1].isalnum() or before[:1] in ("_", "$", "#", '"', "'", "`")
    return before in _BEFORE_PATTERN or not (is_word or before in _CLOSES or before[-1:] == "`")


def _short_names() -> Iterator[str]:
    for length in (1, 2, 3):
        for letters in product(ascii_letters, repeat=length):
            yield "#" + "".join(letters)
