"""The words that are sent with a page: those that it says, and no others."""

import json
import re

import pytest

from chartserver.web import bundle, spoken
from chartserver.web.pages import folder

CATALOGUE = """/** Words. */

export const WORDS = {
  "a.one": "1",
  "a.two": { "one": "2", "other": "{n} {2}" },
  "b.live": "live",
  "b.stale": "stale",
  "c.never": "?"
};
"""


def only(*scripts, **more):
    return json.loads(spoken.only(CATALOGUE, scripts, **more))


def test_words_are_kept_that_a_script_names_or_begins():
    assert only('say("a.two")', "say(`b.${state}`)") == {
        "a.two": {"one": "2", "other": "{n} {2}"},
        "b.live": "live",
        "b.stale": "stale",
    }
    assert only() == {}


def test_words_that_are_there_are_not_kept_again():
    assert only('["a.one", "a.two"]', but=['"a.one"']).keys() == {"a.two"}


def test_a_page_has_the_words_it_says_and_each_part_those_that_only_it_says(tmp_path):
    files = {
        "js/words-en.js": CATALOGUE,
        "js/words.js": 'import { WORDS } from "./words-en.js";\n'
        "export const say = (key) => WORDS[key];\n",
        "js/p-page.js": 'import { say } from "./words.js";\nsay("a.one");\nimport("./q.js");\n',
        "js/q.js": 'import { say } from "./words.js";\nsay("a.one", say("a.two"));\n',
    }

    made = bundle.Page("js/p-page.js", files.get)
    page, part = made.module(str), made.part("js/q.js")

    assert [key in page for key in ("a.one", "a.two", "c.never")] == [True, False, False]
    assert '"a.two":{"one":"2","other":"{n} {2}"}' in part
    assert '"a.one":' not in part


@pytest.mark.parametrize("name", ["begin-page", "index-page", "classic-page"])
def test_no_script_says_a_word_that_its_page_has_not(name):
    static = folder("static")
    later = []

    def read(path):
        return (static / path).read_text()

    page = bundle.Page(f"js/{name}.js", read)
    made = [page.module(lambda path: later.append(path) or path)]
    made += [page.part(path) for path in later]
    catalogue = json.loads(spoken.only(read("js/words-en.js"), map(read, all_scripts(static))))
    everything = "\n".join(made)

    for one in made:
        for key in set(re.findall(r'"([a-z]+\.[a-z-]+)"(?!:)', one)) & catalogue.keys():
            assert f'"{key}":' in everything, key


def all_scripts(static):
    return [f"js/{path.name}" for path in static.glob("js/*.js")]
