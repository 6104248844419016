"""A file in TOML, read key by key and checked all at once, as the options of a command are.

Knows the settings by their names, so that who looks for one in the file is told where it belongs.
"""

import difflib
import math
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from functools import cached_property
from typing import Any, TypeVar

from chartserver.errors import ConfigError
from chartserver.one_line import is_one_line
from chartserver.setting_values import Wanted
from chartserver.settings import Settings, option_of, variable_of
from chartserver.ticks import short
from chartserver.toml_places import Path, lines_of

T = TypeVar("T")
BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
TEXT_CHARS_MAX = 256
SERVER_WORDS = ("server", "settings", "chartserver")
SETTINGS = {one.name: (option_of(one), variable_of(one)) for one in fields(Settings)}


class Document:
    """The text of a file, and what is wrong with it.

    Attributes:
        root: the table that holds all.
        faults: a line for each, with file and line.
    """

    def __init__(self, name: str, text: str) -> None:
        """Take the text of the file `name`.

        Raises:
            ConfigError: it is no TOML.
        """
        self.faults: list[str] = []
        self._name = name
        self._text = text
        try:
            content = tomllib.loads(text)
        except ValueError as error:  # tomllib's own, or a number of more digits than Python reads
            raise ConfigError(
                f'{name} is no TOML: {error}; expected keys and values, such as source = "walk"'
            ) from None
        except RecursionError:
            raise ConfigError(f"{name} is nested too deep; expected tables and keys") from None
        self.root = Table(self, (), content)

    @cached_property
    def _lines(self) -> Mapping[Path, int]:
        # Only when something is wrong: it takes longer than to read the file.
        return lines_of(self._text.replace("\r\n", "\n"))

    def place(self, path: Path) -> str:
        """Return file, line and key as people write them: `charts.toml:4: charts.fx.title`."""
        known = next((path[:n] for n in range(len(path), 0, -1) if path[:n] in self._lines), None)
        line = f":{self._lines[known]}" if known else ""
        return f"{self._name}{line}: {_dotted(path)}" if path else f"{self._name}{line}"


class Table:
    """One table of a document. Read each key that may be there, then call `finish`.

    Attributes:
        path: where it stands.
        content: what is in it, as `tomllib` has it.
    """

    def __init__(self, document: Document, path: Path, content: Mapping[str, Any]) -> None:
        self.path = path
        self._document = document
        self.content = content
        self._known: list[str] = []

    def __contains__(self, key: str) -> bool:
        return key in self.content

    def __iter__(self) -> Any:
        return iter(self.content)

    def place(self, key: str = "") -> str:
        """Return where a key stands, or the table itself."""
        return self._document.place((*self.path, key) if key else self.path)

    def fault(self, key: str, text: str) -> None:
        """Note what is wrong with a key, or with the table; `text` goes on after its name."""
        self._document.faults.append(f"{self.place(key)} {text}")

    def raw(self, key: str) -> Any:
        """Return what stands there as it is, None when nothing does."""
        self._known.append(key)
        return self.content.get(key)

    def text(self, key: str, default: str = "", *, example: str = "x") -> str:
        """Return a text of one line."""
        value = self.raw(key)
        if value is None:
            return default
        if not isinstance(value, str) or len(value) > TEXT_CHARS_MAX or not is_one_line(value):
            wanted = f"a text of one line and at most {TEXT_CHARS_MAX} characters"
            self._unfit(key, wanted, f'"{example}"')
            return default
        return value.strip()

    def number(self, key: str, example: str) -> float | None:
        """Return a number; None when there is none."""
        value = self.raw(key)
        if value is None:
            return None
        if isinstance(value, int | float) and not isinstance(value, bool):
            try:
                return float(value)
            except OverflowError:
                return math.inf
        self._unfit(key, "a number", example)
        return None

    def setting(self, key: str, parse: Callable[[str], T]) -> T | None:
        """Return a number as `parse`, which is that of a setting, takes it."""
        value = self.raw(key)
        if value is None:
            return None
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        try:
            # A text would be taken by `parse`; in TOML numbers are written without quotes.
            return parse(repr(value) if is_number else "")
        except Wanted as wanted:
            self.fault(key, f"is {_shown(value)}; expected {wanted}")
            return None

    def choice(self, key: str, choices: Sequence[str]) -> str:
        """Return one of `choices`, the first of them when none is given."""
        value = self.raw(key)
        if value is None or value in choices:
            return choices[0] if value is None else str(value)
        self.fault(
            key,
            f"is {_shown(value)}; expected one of {', '.join(choices)}{_hint(value, choices)}",
        )
        return choices[0]

    def table(self, key: str) -> "Table":
        """Return the table of that name, an empty one when there is none."""
        value = self.raw(key)
        if value is not None and not isinstance(value, dict):
            self._unfit(key, "a table", f"[{_dotted((*self.path, key))}]", "")
            value = None
        return Table(self._document, (*self.path, key), value or {})

    def tables(self, key: str, example: str) -> "Sequence[Table]":
        """Return the tables of an array, none when it is not there."""
        value = self.raw(key)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            self._unfit(key, "an array of tables", example, "")
            return ()
        path = (*self.path, key)
        return [Table(self._document, (*path, i), one) for i, one in enumerate(value)]

    def finish(self) -> None:
        """Note a fault for each key that nobody has read."""
        for key in self.content:
            if key not in self._known:
                self.fault(key, self._stray(key))

    def _stray(self, key: str) -> str:
        name = key.replace("-", "_")
        if name in SERVER_WORDS:
            return "is not for here; expected settings as options or variables, such as --port 8000"
        is_table = isinstance(self.content[key], Mapping)
        if name in SETTINGS and not is_table:
            return "is a setting; expected it as {} or {}".format(*SETTINGS[name])
        hint = _hint(key, self._known)
        if is_table and not self.path and not hint:
            hint = f"; did you mean [{self._known[0]}.{key}]?"
        return f"is unknown; expected one of {', '.join(self._known)}{hint}"

    def _unfit(self, key: str, wanted: str, example: str, name: str | None = None) -> None:
        shown = f"{key} = {example}" if name is None else example
        self.fault(key, f"is {_shown(self.content[key])}; expected {wanted}, such as {shown}")


def _shown(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else short(value)


def _hint(word: object, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(str(word), known, 1)
    return f"; did you mean {near[0]!r}?" if near else ""


def _dotted(path: Path) -> str:
    text = ""
    for key in path:
        if isinstance(key, int):
            text += f"[{key}]"
        else:
            text += ("." if text else "") + (key if BARE_KEY.fullmatch(key) else repr(key))
    return text
