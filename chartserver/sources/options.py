"""The options of a source, `kind:target?name=value&…`: read one by one, checked all at once."""

import difflib
import json
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from chartserver.errors import ConfigError
from chartserver.setting_values import SECONDS_MAX, Wanted, seconds
from chartserver.ticks import Series, short

T = TypeVar("T")
TRUE_WORDS = ("1", "true", "yes", "on")
FALSE_WORDS = ("0", "false", "no", "off")


class Options:
    """Reads options by name and type, and collects what is wrong with them.

    `given` is what stands after the `?`: texts, several for an option that is given several times.
    From a file it may also be numbers, lists and tables, as TOML has them. `defaults` holds the
    general settings that an option goes before, such as `interval_s`. Files that a source names
    are relative to `directory`. Call `finish` after the last option has been read.
    """

    def __init__(
        self,
        source: str,
        given: Mapping[str, Any],
        defaults: Mapping[str, str] | None = None,
        directory: Path = Path(),
    ) -> None:
        self.source = source
        self.directory = directory
        self.faults: list[str] = []
        self._given = given
        self._defaults = defaults or {}
        self._known: list[str] = []

    def text(self, name: str, default: str = "") -> str:
        """Return the option as it was written."""
        return self._read(name, str, default, "text", "x")

    def words(self, name: str) -> Sequence[str]:
        """Return an option that is a list separated by commas; empty when it is not given."""
        if isinstance(self._given.get(name), list | tuple):
            return self.texts(name)
        return [word.strip() for word in self.text(name).split(",") if word.strip()]

    def texts(self, name: str) -> Sequence[str]:
        """Return an option that may be given several times; a table or a list in it as JSON."""
        self._known.append(name)
        raw = self._given.get(name, ())
        try:
            return [_json_or_text(one) for one in (raw if isinstance(raw, list | tuple) else [raw])]
        except (TypeError, ValueError):
            self.faults.append(
                f"option {name} of {self.source} is {short(raw)}; expected what JSON can say"
            )
            return ()

    def pairs(self, name: str, example: str) -> Mapping[str, str]:
        """Return an option that may be given several times, each NAME=TEXT; or a table of those."""
        raw = self._given.get(name)
        if isinstance(raw, dict) and all(isinstance(text, str) for text in raw.values()):
            self._known.append(name)
            return raw
        pairs = [text.partition("=") for text in self.texts(name)]
        for key, equals, text in pairs:
            if not key.strip() or not equals or not text.strip():
                self.faults.append(
                    f"option {name} of {self.source} is {short(key + equals + text)};"
                    f" expected {example}"
                )
        return {key.strip(): text.strip() for key, _, text in pairs}

    def series(self, name: str = "series") -> Sequence[Series]:
        """Return the series that an option names, `a,b,c`; empty when it is not given."""
        found: dict[str, Series] = {}
        for word in self.words(name):
            if word in found:
                self.faults.append(
                    f"option {name} of {self.source} names {word!r} twice; expected each once"
                )
            try:
                found[word] = Series(word)
            except ConfigError as error:
                self.faults.append(f"option {name} of {self.source}: {error}")
        return list(found.values())

    def is_given(self, name: str) -> bool:
        """Return whether the source itself was given the option, the general settings aside."""
        return name in self._given

    def is_table(self, name: str) -> bool:
        """Return whether an option is a table, as a file may have it."""
        return isinstance(self._given.get(name), dict)

    def choice(self, name: str, choices: Sequence[str], default: str = "") -> str:
        """Return an option that is one of `choices`."""

        def parse(raw: str) -> str:
            if raw not in choices:
                raise ValueError
            return raw

        return self._read(name, parse, default, f"one of {', '.join(choices)}", choices[0])

    def number(
        self,
        name: str,
        default: float,
        *,
        above: float = -math.inf,
        at_least: float = -math.inf,
        example: str = "1",
    ) -> float:
        """Return an option that is a finite number above `above` and not below `at_least`."""

        def parse(raw: str) -> float:
            value = float(raw)
            if not math.isfinite(value) or value <= above or value < at_least:
                raise ValueError
            return value

        wanted = "a number"
        if above != -math.inf:
            wanted += f" above {above:g}"
        if at_least != -math.inf:
            wanted += f" from {at_least:g}"
        return self._read(name, parse, default, wanted, example)

    def interval_s(self, default: float = 1.0) -> float:
        """Return the option `interval_s`, the seconds between ticks; the general one goes after."""

        def parse(raw: str) -> float:
            try:
                return seconds(raw)
            except Wanted:
                raise ValueError from None

        wanted = f"seconds above 0 and at most {SECONDS_MAX:g}"
        return self._read("interval_s", parse, default, wanted, "0.5")

    def integer(self, name: str, default: int | None, *, example: str = "1") -> int | None:
        """Return an option that is a whole number."""
        return self._read(name, int, default, "a whole number", example)

    def flag(self, name: str, default: bool = False) -> bool:
        """Return an option that is on or off."""

        def parse(raw: str) -> bool:
            if raw.lower() not in TRUE_WORDS + FALSE_WORDS:
                raise ValueError
            return raw.lower() in TRUE_WORDS

        return self._read(name, parse, default, "1 or 0", "1")

    def no_target(self, target: str) -> None:
        """Note a fault when something stands between the kind and the options."""
        if target:
            self.faults.append(f"{self.source} takes no target; got {target!r}")

    def finish(self, remark: str = "") -> None:
        """Raise ConfigError with all faults, unknown options among them.

        `remark` is added for those: what else they could have been meant as.
        """
        for name in self._given:
            if name not in self._known:
                near = difflib.get_close_matches(name, self._known, 1)
                hint = f"; did you mean {near[0]!r}?" if near else ""
                known = ", ".join(sorted(self._known)) or "none"
                self.faults.append(
                    f"{self.source} has no option {name!r}; expected one of: {known}{hint}{remark}"
                )
        if self.faults:
            raise ConfigError(*self.faults)

    def _read(
        self, name: str, parse: Callable[[str], T], default: T, wanted: str, example: str
    ) -> T:
        self._known.append(name)
        raw = self._given.get(name, self._defaults.get(name))
        if raw is None:
            return default
        if isinstance(raw, list | tuple | dict):
            self.faults.append(
                f"option {name} of {self.source} is {short(raw)};"
                f" expected it once, {wanted}, such as {name}={example}"
            )
            return default
        text = _json_or_text(raw)
        try:
            return parse(text)
        except ValueError:
            self.faults.append(
                f"option {name} of {self.source} is {text!r};"
                f" expected {wanted}, such as {name}={example}"
            )
            return default


def _json_or_text(raw: Any) -> str:
    """Return a value of TOML as it would stand after a `?`; TypeError where JSON has no such."""
    if isinstance(raw, bool):
        return "1" if raw else "0"
    if isinstance(raw, list | tuple | dict):
        return json.dumps(raw, ensure_ascii=False, allow_nan=False)
    return str(raw)
