"""Where things stand in a TOML file: the line of each table and key, which `tomllib` does not tell.

Pure. The text is cut into statements, each of which `tomllib` takes by itself; so it is read by the
same rules as the whole. Give only text that `tomllib` has taken.
"""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

# Keys, and the numbers of tables in arrays: ("charts", "fx", "series", 0, "color").
Path = tuple[str | int, ...]


def lines_of(text: str) -> Mapping[Path, int]:
    """Return the line, from 1, at which each table, key and element of an array begins.

    What stands in an array or inline table of several lines has the line at which that begins.
    """
    lines: dict[Path, int] = {}
    counts: dict[Path, int] = {}
    table: Path = ()
    for line, statement in _statements(text):
        content = tomllib.loads(statement)
        if statement.lstrip().startswith("["):
            table = _header(content, counts)
            found: Sequence[Path] = [table[: i + 1] for i in range(len(table))]
        else:
            found = [table + path for path in _paths(content)]
        for path in found:
            lines.setdefault(path, line)
    return lines


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """Yield each statement with the line at which it begins; comments and empty lines, too."""
    begin, held = 1, ""
    for number, line in enumerate(text.split("\n"), 1):
        held = f"{held}\n{line}" if held else line
        try:
            tomllib.loads(held)
        except tomllib.TOMLDecodeError:
            continue  # an array or a text that goes on
        yield begin, held
        begin, held = number + 1, ""


def _header(content: Mapping[str, Any], counts: dict[Path, int]) -> Path:
    """Return the path of a header, `[a.b]` or `[[a.b]]`; `counts` are the tables in arrays so far.

    A name on the way that is an array means the last of its tables.
    """
    path: Path = ()
    here: Any = content
    while here:
        [(key, here)] = here.items()
        path += (key,)
        if isinstance(here, list):
            counts[path] = counts.get(path, 0) + 1
            return (*path, counts[path] - 1)
        if path in counts:
            path += (counts[path] - 1,)
    return path


def _paths(content: Any) -> Iterator[Path]:
    """Yield the paths of all that is in a value."""
    items: Any = ()
    if isinstance(content, dict):
        items = content.items()
    elif isinstance(content, list):
        items = enumerate(content)
    for key, value in items:
        yield (key,)
        for path in _paths(value):
            yield (key, *path)
