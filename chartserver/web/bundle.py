"""Bundles: the modules of a page, or its style sheets, as one file.

The modules stay as they are written; a bundle of them is the same code in one answer, each module a
function of its own that returns what it exports. What they import only when it is needed is a part
of its own, with what it alone needs; it is given what the page has. A bundle knows only the forms
that ours are written in and refuses all others: the page then loads the modules one by one.
"""

import posixpath
import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache

from chartserver.web import minified

Read = Callable[[str], str]
# The address of the part that begins with the module at a path.
Address = Callable[[str], str]

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
_LATER = re.compile(r"\bimport\(\"([^\"]+)\"\)")
# What a module waits for before it is made.
_WAITS = re.compile(r"^const\b.*\bawait\b", re.MULTILINE)
_OTHER = re.compile(r"^(?:import|export)\b.*|\bimport\s*[(.].*|^await\b.*", re.MULTILINE)


class NotBundled(Exception):
    """What is written in a way that a bundle does not know; the text says where."""


def sheet(name: str, read: Read) -> str:
    """Return the style sheets of a page as one."""
    return "\n".join(minified.sheet(read(path)) for path in SHEETS[name])


def module(entry: str, read: Read, address: Address) -> str:
    """Return the module at the path `entry`, and all that it imports, as one.

    Modules of others, below `vendor`, stay modules, and are imported.

    Raises:
        NotBundled: a module is written otherwise than ours are.
    """
    modules = _closure(entry, read)
    later = _all_later(modules, read)
    addresses = ",".join(f'{_name(path)}:"{address(path)}"' for path in later)
    return "\n".join(
        [
            *_vendored(modules),
            "const $={};",
            f"const $addresses={{{addresses}}};",
            "const $get=async(name)=>(await import($addresses[name])).default($,$later);",
            "const $later=async(name)=>$[name]??$get(name);",
            *(each.made for each in modules.values()),
        ]
    )


def part(entry: str, path: str, read: Read) -> str:
    """Return what the page of `entry` imports later as `path`: a function of what there is already.

    Raises:
        KeyError: the page imports no such thing later.
        NotBundled: a module is written otherwise than ours are.
    """
    there = _closure(entry, read)
    if path not in _all_later(there, read):
        raise KeyError(path)
    modules = {name: each for name, each in _closure(path, read).items() if name not in there}
    # Of two parts that need the same, the first to come makes it.
    made = "\n".join(each.made.replace("=", "??=", 1) for each in modules.values())
    body = f"export default async($,$later)=>{{\n{made}\nreturn {_variable(path)};\n}};"
    return "\n".join([*_vendored(modules), body])


class _Module:
    """A module of ours: what it imports, now and later, and the function that is made of it."""

    def __init__(self, path: str, text: str) -> None:
        """Take the module at `path`, which reads `text`."""
        self.vendored: list[str] = []
        self.imports: list[str] = []
        body = _COMMENT.sub("", text)
        binds = []
        for names, target in _IMPORT.findall(body):
            found = _target(path, target)
            if found.startswith("vendor/"):
                own = ",".join(one.strip() for one in names.split(","))
                self.vendored.append(f'import{{{own}}}from"/static/{found}";')
                continue
            self.imports.append(found)
            binds.append(f"const {{ {', '.join(_bound(names))} }} = {_variable(found)};")
        body = _IMPORT.sub("", body)
        exported = _EXPORT.findall(body)
        body = _EXPORT.sub("", body)
        self.later = [_target(path, found) for found in _LATER.findall(body)]
        body = _LATER.sub(lambda found: f'$later("{_name(_target(path, found[1]))}")', body)
        if other := _OTHER.search(body):
            raise NotBundled(f"{path}: {other[0]!r} is no form that a bundle knows")
        waits = _WAITS.search(body) is not None
        inner = minified.script("\n".join([*binds, body]))
        begin = "await(async" if waits else "("
        returned = f"return{{{','.join(exported)}}};"
        self.made = f"{_variable(path)}={begin}()=>{{\n{inner}\n{returned}\n}})();"


_module = lru_cache(maxsize=512)(_Module)


def _closure(entry: str, read: Read) -> dict[str, _Module]:
    """Return a module and all that it imports, by their paths, each after what it imports."""
    found: dict[str, _Module] = {}

    def add(path: str, importers: tuple[str, ...]) -> None:
        if path in importers:
            raise NotBundled(f"{path} imports itself, by way of {importers[-1]}")
        if path in found:
            return
        made = _module(path, read(path))
        for each in made.imports:
            add(each, (*importers, path))
        found[path] = made

    add(entry, ())
    return found


def _all_later(modules: Mapping[str, _Module], read: Read) -> list[str]:
    """Return what modules import later, and what that imports later, each once."""
    found: dict[str, None] = {}
    waiting = [path for each in modules.values() for path in each.later]
    while waiting:
        path = waiting.pop(0)
        if path in found or path in modules:
            continue
        found[path] = None
        waiting += [late for each in _closure(path, read).values() for late in each.later]
    return list(found)


def _vendored(modules: Mapping[str, _Module]) -> list[str]:
    return list(dict.fromkeys(line for each in modules.values() for line in each.vendored))


def _target(path: str, target: str) -> str:
    """Return the path of a module that the one at `path` imports."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(path), target))


def _bound(names: str) -> Iterator[str]:
    for name in filter(None, (one.strip() for one in names.split(","))):
        yield name.replace(" as ", ": ")


def _name(path: str) -> str:
    return re.sub(r"\W", "_", path.removesuffix(".js").removeprefix("js/"))


def _variable(path: str) -> str:
    return f"$.{_name(path)}"
