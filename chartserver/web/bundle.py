"""Bundles: the modules of a page, or its style sheets, as one file.

The modules stay as they are written; a bundle of them is the same code in one answer, each module a
function of its own that returns what it exports. It knows only the forms that ours are written in
and refuses all others: the page then loads the modules one by one.
"""

import posixpath
import re
from collections.abc import Callable, Iterator, Mapping

Read = Callable[[str], str]

# The style sheets of a page, in their order.
SHEETS: Mapping[str, tuple[str, ...]] = {
    "chart": (
        *("css/theme.css", "css/page.css", "vendor/uplot/uPlot.min.css", "css/chart.css"),
        "css/read.css",
        *("css/together.css", "css/everywhere.css"),
    ),
    "index": ("css/theme.css", "css/page.css", "css/index.css", "css/everywhere.css"),
}

_COMMENT = re.compile(r"^[ \t]*(?:/\*.*?\*/|//[^\n]*)[ \t]*\n", re.DOTALL | re.MULTILINE)
_IMPORT = re.compile(r'^import\s*\{([^{}]*)\}\s*from\s*"([^"]+)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function\*?|class|const)\s+(\w+))", re.MULTILINE)
# One that is waited for where it stands.
_LATER = re.compile(r"\(await import\(\"([^\"]+)\"\)\)")
_OTHER = re.compile(r"^(?:import|export)\b.*|\bimport\s*[(.].*|^await\b.*", re.MULTILINE)


class NotBundled(Exception):
    """What is written in a way that a bundle does not know; the text says where."""


def sheet(name: str, read: Read) -> str:
    """Return the style sheets of a page as one."""
    return "\n".join(_COMMENT.sub("", read(path)) for path in SHEETS[name])


def module(entry: str, read: Read) -> str:
    """Return the module at the path `entry`, and all that it imports, as one.

    Modules of others, below `vendor`, stay modules, and are imported.

    Raises:
        NotBundled: a module is written otherwise than ours are.
    """
    made: dict[str, str] = {}
    vendored: dict[str, None] = {}
    _add(entry, read, made, vendored, ())
    later = "const $later = (path) => import(`/static/${path}`);"
    return "\n".join([*vendored, later, *made.values()])


def _add(
    path: str,
    read: Read,
    made: dict[str, str],
    vendored: dict[str, None],
    importers: tuple[str, ...],
) -> None:
    """Put a module into `made`, after all that it imports."""
    if path in importers:
        raise NotBundled(f"{path} imports itself, by way of {importers[-1]}")
    text = _COMMENT.sub("", read(path))
    binds = []
    for names, target in _IMPORT.findall(text):
        found = _target(path, target)
        if found.startswith("vendor/"):
            vendored[f'import {{{" ".join(names.split())}}} from "/static/{found}";'] = None
            continue
        if found not in made:
            _add(found, read, made, vendored, (*importers, path))
        binds.append(f"const {{ {', '.join(_bound(names))} }} = {_variable(found)};")
    body = _IMPORT.sub("", text)
    exported = _EXPORT.findall(body)
    body = _EXPORT.sub("", body)
    body, n_later = _LATER.subn(lambda found: f'(await $later("{_target(path, found[1])}"))', body)
    if other := _OTHER.search(body):
        raise NotBundled(f"{path}: {other[0]!r} is no form that a bundle knows")
    made[path] = "\n".join(
        [
            f"const {_variable(path)} = {'await (async' if n_later else '('}() => {{",
            *binds,
            body.strip(),
            f"return {{ {', '.join(exported)} }};",
            "})();",
        ]
    )


def _target(path: str, target: str) -> str:
    """Return the path of a module that the one at `path` imports."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(path), target))


def _bound(names: str) -> Iterator[str]:
    for name in filter(None, (one.strip() for one in names.split(","))):
        yield name.replace(" as ", ": ")


def _variable(path: str) -> str:
    return "$" + re.sub(r"\W", "_", path.removesuffix(".js"))
