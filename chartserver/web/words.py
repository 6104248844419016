"""The words of the pages, in the language that a browser asks for.

The catalogues are those of the page itself, `static/js/words-*.js`. It knows no page.
"""

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from urllib.parse import urlencode

from flask import Flask, Response, g, request

LANGUAGES = ("en", "ja")
THEMES = ("system", "light", "dark")

Words = dict[str, str | dict[str, str]]


def speak(app: Flask, static: Path) -> None:
    """Let the templates of `app` `say` the words in `static`, and its pages tell their language."""

    @app.context_processor
    def words() -> dict[str, object]:
        say = _sayer(catalogue(static, language()))
        return {"say": say, "lang": language(), "along": along}

    app.after_request(_tell_language)


def language() -> str:
    """Return the language of the request: `?lang=`, else what the browser prefers, else English."""
    g.has_language = True
    asked = request.args.get("lang")
    if asked in LANGUAGES:
        return asked
    return request.accept_languages.best_match(LANGUAGES) or LANGUAGES[0]


def along(path: str) -> str:
    """Return a path of ours with what the address of the request says of language and theme."""
    known = {"lang": LANGUAGES, "theme": THEMES}
    kept = {name: request.args.get(name) for name, values in known.items()}
    query = urlencode({name: said for name, said in kept.items() if said in known[name]})
    return f"{path}{'&' if '?' in path else '?'}{query}" if query else path


@cache
def catalogue(static: Path, lang: str) -> Words:
    """Return the words of a language; what is between the braces of its module is JSON."""
    text = (static / "js" / f"words-{lang}.js").read_text(encoding="utf-8")
    words: Words = json.loads(text[text.index("{") : text.rindex("}") + 1])
    return words


def _sayer(words: Words) -> Callable[..., str]:
    def say(key: str) -> str:
        text = words[key]
        return text if isinstance(text, str) else text["other"]

    return say


def _tell_language(response: Response) -> Response:
    # What depends on the language must not be kept for those of another.
    if g.get("has_language", False):
        response.vary.add("Accept-Language")
        response.headers.setdefault("Content-Language", language())
    return response
