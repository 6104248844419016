"""Bundles: the modules of a page, or its style sheets, as one file.

The modules stay as they are written; a bundle of them is the same code in one answer, each module a
function of its own that returns what it exports. What they import only when it is needed is a part
of its own, with what it alone needs; it is given what the page has. A bundle knows only the forms
that ours are written in and refuses all others: the page then loads the modules one by one.
"""

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache

from chartserver.web import minified, spoken

Read = Callable[[str], str]
# The address of the part that begins with the module at a path.
Address = Callable[[str], str]

# The style sheets of a page, in their order; and of those that it has in addition at a place.
SHEETS: Mapping[str, tuple[str, ...]] = {
    "chart": (
        *("css/theme.css", "css/page.css", "vendor/uplot/uPlot.min.css", "css/chart.css"),
        "css/read.css",
        *("css/together.css", "css/everywhere.css", "css/bar.css"),
    ),
    "index": (
        *("css/theme.css", "css/page.css", "css/index.css"),
        *("css/everywhere.css", "css/bar.css"),
    ),
    "embed": ("css/embed.css",),
    "kiosk": ("css/kiosk.css",),
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


class _Module:
    """A module of ours: what it imports, now and later, and the function that is made of it."""

    def __init__(self, path: str, text: str) -> None:
        """Take the module at `path`, which reads `text`."""
        self.text = text
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
Modules = Mapping[str, _Module]


class Page:
    """A page from its first module: all that this imports, and the parts that come later.

    Modules of others, below `vendor`, stay modules, and are imported.

    Raises:
        NotBundled: a module is written otherwise than ours are.
    """

    def __init__(self, entry: str, read: Read) -> None:
        """Read the module at the path `entry`, and all that it needs, each once."""
        self._read = read
        self._known: dict[str, _Module] = {}
        self._there = self._closure(entry)
        self._later: dict[str, Modules] = {}
        waiting = _later(self._there)
        while waiting:
            path = waiting.pop(0)
            if path in self._later or path in self._there:
                continue
            closure = self._closure(path)
            self._later[path] = {k: v for k, v in closure.items() if k not in self._there}
            waiting += _later(closure)

    def module(self, address: Address) -> str:
        """Return the page as one module, which knows its parts by their addresses."""
        modules = self._there
        words = {path: _trimmed(path, modules, [modules]) for path in modules if _has_words(path)}
        addresses = ",".join(f'{_name(path)}:"{address(path)}"' for path in self._later)
        return "\n".join(
            [
                *_vendored(modules),
                "const $={};",
                f"const $addresses={{{addresses}}};",
                "const $get=async(name)=>(await import($addresses[name])).default($,$later);",
                "const $later=async(name)=>$[name]??$get(name);",
                *(each.made for each in {**modules, **words}.values()),
            ]
        )

    def part(self, path: str) -> str:
        """Return what is imported later as `path`: a function of what there is already.

        Raises:
            KeyError: no such thing is imported later.
        """
        modules = self._later[path]
        if _has_words(path):
            modules = {path: _trimmed(path, modules, [self._there, *self._later.values()])}
        return "\n".join(
            [
                *_vendored(modules),
                "export default async($,$later)=>{",
                *_more_words(modules, self._there),
                # Of two parts that need the same, the first to come makes it.
                *(each.made.replace("=", "??=", 1) for each in modules.values()),
                f"return {_variable(path)};",
                "};",
            ]
        )

    def _closure(self, entry: str) -> dict[str, _Module]:
        """Return a module and all that it imports, each after what it imports itself."""
        found: dict[str, _Module] = {}

        def add(path: str, importers: tuple[str, ...]) -> None:
            if path in importers:
                raise NotBundled(f"{path} imports itself, by way of {importers[-1]}")
            if path in found:
                return
            if path not in self._known:
                self._known[path] = _module(path, self._read(path))
            for each in self._known[path].imports:
                add(each, (*importers, path))
            found[path] = self._known[path]

        add(entry, ())
        return found


def _later(modules: Modules) -> list[str]:
    return [path for each in modules.values() for path in each.later]


def _has_words(path: str) -> bool:
    """Return whether the module is a catalogue of words."""
    return path.startswith("js/words-")


def _trimmed(path: str, modules: Modules, sayers: Iterable[Modules]) -> _Module:
    """Return a catalogue with no more words than are said."""
    words = spoken.only(modules[path].text, [text for each in sayers for text in _texts(each)])
    return _module(path, f"export const WORDS = {words};\n")


def _more_words(modules: Modules, there: Modules) -> Iterator[str]:
    """Yield what adds the words that a part says to the catalogues that are there."""
    for path in filter(_has_words, there):
        more = spoken.only(there[path].text, _texts(modules), but=_texts(there))
        if more != "{}":
            yield f"Object.assign({_variable(path)}.WORDS,{more});"


def _texts(modules: Modules) -> list[str]:
    return [each.text for path, each in modules.items() if not _has_words(path)]


def _vendored(modules: Modules) -> list[str]:
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
