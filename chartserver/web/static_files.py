"""The files of the pages: read once, compressed once, and told apart by what is in them.

A file or bundle that was asked for by its tag is kept by browsers for good; any other is asked
after each time, which costs an answer without a body.
"""

import gzip
import hashlib
import mimetypes
import os
from dataclasses import dataclass
from pathlib import Path

from flask import Flask, Response, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.security import safe_join

from chartserver.web import bundle
from chartserver.web.packing import AT_ONCE

BUNDLE = ".bundle"
# Less than this is no shorter on the wire when it is compressed.
COMPRESSED_FROM_BYTES = 500
# Of gzip, for what is made once.
ONCE = 9
TEXTS = ("text/", "application/json", "image/svg+xml")
# As of Python 3.12; before, scripts were an `application`.
TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
FOR_GOOD = "public, max-age=31536000, immutable"
ASKED_AFTER = "no-cache"
Stamp = tuple[tuple[str, int, int], ...]


@dataclass(frozen=True)
class Body:
    """What is in a file, as it is and compressed, and a tag that changes with it."""

    content: bytes
    content_type: str
    tag: str
    packed: bytes | None
    stamp: Stamp


class StaticFiles:
    """The files below `root`, and bundles: `js/NAME.bundle.js` and `css/NAME.bundle.css`.

    What a page imports later is `js/PAGE.NAME.bundle.js`.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._bodies: dict[str, Body] = {}
        self._pages: dict[str, tuple[bundle.Page, Stamp]] = {}

    def install(self, app: Flask) -> None:
        """Serve the files at `/static/`, and let templates name them by `asset`."""
        app.add_url_rule("/static/<path:filename>", "static", self.serve)
        app.jinja_env.globals["asset"] = self.url

    def url(self, name: str) -> str:
        """Return the address of a file or a bundle, with its tag.

        Of modules that make no bundle it is that of the first module.
        """
        try:
            return url_for("static", filename=name, v=self.body(name).tag)
        except bundle.NotBundled:
            return url_for("static", filename=name.replace(BUNDLE, ""))

    def serve(self, filename: str) -> Response:
        """Answer a request for a file."""
        try:
            body = self.body(filename)
        except (OSError, ValueError, KeyError, bundle.NotBundled):
            raise NotFound from None
        asked = request.args.get("v")
        is_tagged = asked == body.tag
        if asked and not is_tagged and _is_part(filename):
            raise NotFound("the page has changed since it was opened; reload it")
        response = compressed(Response(body.content, content_type=body.content_type), body.packed)
        response.headers["Cache-Control"] = FOR_GOOD if is_tagged else ASKED_AFTER
        response.set_etag(body.tag, weak=True)
        response.make_conditional(request)
        return response

    def body(self, name: str) -> Body:
        """Return what is in a file or a bundle.

        Raises:
            OSError: there is no such file.
            ValueError: no file can have that name.
            KeyError: there is no such bundle.
            NotBundled: its modules make none.
        """
        kept = self._bodies.get(name)
        if kept and _is_fresh(kept.stamp):
            return kept
        parts: list[str] = []
        content = self._content(name, parts)
        kind = _type(name)
        is_text = kind.startswith(TEXTS)
        body = Body(
            content,
            f"{kind}; charset=utf-8" if kind.startswith("text/") else kind,
            hashlib.sha256(content).hexdigest()[:16],
            _packed(content, ONCE) if is_text else None,
            tuple(map(_stamp, parts)),
        )
        self._bodies[name] = body
        return body

    def _content(self, name: str, parts: list[str]) -> bytes:
        """Return what is in a file or bundle, and put the files it is made of into `parts`."""
        folder, _, file = name.rpartition("/")
        stem, found, suffix = file.partition(BUNDLE)
        if not found:
            return self._read(name, parts)
        if (folder, suffix) == ("css", ".css"):
            return bundle.sheet(stem, lambda path: self._read(path, parts).decode()).encode()
        first, _, later = stem.partition(".")
        if (folder, suffix) != ("js", ".js") or not first.endswith("-page"):
            raise KeyError(name)
        page = self._page(first, parts)
        if later:
            return page.part(f"js/{later}.js").encode()
        # A page names its parts by what is in them, and changes with them.
        return page.module(lambda path: self.url(_part(first, path))).encode()

    def _page(self, name: str, parts: list[str]) -> bundle.Page:
        """Return the modules of a page; each of its parts changes with all of them."""
        page, stamp = self._pages.get(name, (None, ()))
        if page is None or not _is_fresh(stamp):
            read: list[str] = []
            page = bundle.Page(f"js/{name}.js", lambda path: self._read(path, read).decode())
            stamp = tuple(map(_stamp, read))
            self._pages[name] = page, stamp
        parts.extend(path for path, *_ in stamp)
        return page

    def _read(self, name: str, parts: list[str]) -> bytes:
        path = safe_join(str(self._root), name)
        if path is None:
            raise FileNotFoundError(name)
        parts.append(path)
        return Path(path).read_bytes()


def compressed(response: Response, packed: bytes | None = None) -> Response:
    """Return the response compressed, when that is shorter and who asked can read it.

    `packed` is its body compressed, when that is at hand.
    """
    response.vary.add("Accept-Encoding")
    packed = packed or _packed(response.get_data(), AT_ONCE)
    if packed is not None and request.accept_encodings.quality("gzip") > 0:
        response.set_data(packed)
        response.headers["Content-Encoding"] = "gzip"
    return response


def _part(page: str, path: str) -> str:
    """Return the name of the part of a page that begins with the module at `path`."""
    return f"js/{page}.{Path(path).stem}{BUNDLE}.js"


def _is_part(name: str) -> bool:
    """Return whether a page asks for this later: it fits no page but that which named it."""
    return "." in Path(name).name.partition(BUNDLE)[0] and BUNDLE in name


def _type(name: str) -> str:
    known = TYPES.get(Path(name).suffix) or mimetypes.guess_type(name)[0]
    return known or "application/octet-stream"


def _packed(content: bytes, level: int) -> bytes | None:
    if len(content) < COMPRESSED_FROM_BYTES:
        return None
    # Without a time: the same content is the same bytes in every process.
    packed = gzip.compress(content, level, mtime=0)
    return packed if len(packed) < len(content) else None


def _is_fresh(stamp: Stamp) -> bool:
    return all(_stamp(path) == (path, *rest) for path, *rest in stamp)


def _stamp(path: str) -> tuple[str, int, int]:
    # Of text: a page looks at a hundred files, and a Path costs more than to look.
    try:
        found = os.stat(path)  # noqa: PTH116
    except OSError:
        return path, -1, -1
    return path, found.st_mtime_ns, found.st_size
