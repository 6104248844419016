"""Bundles: the modules of a page as one, and what is no bundle."""

import json
import re
import shutil
import subprocess

import pytest

from chartserver.web import bundle
from chartserver.web.pages import folder

FILES = {
    "js/a-page.js": 'import { b as c } from "./b.js";\nimport { d } from "./d.js";\n'
    "console.log(JSON.stringify([c(1), d, new (class A {})().constructor.name]));\n",
    "js/b.js": '/** What it is. */\nimport { d } from "./d.js";\n'
    "// why\nexport function b(x) {\n  return x + d;\n}\n",
    "js/d.js": "export const d = 41;\nconst own = 1;\n",
}


def no_parts(path):
    raise AssertionError(path)


def test_a_bundle_does_what_its_modules_do(tmp_path):
    made = bundle.Page("js/a-page.js", FILES.__getitem__).module(no_parts)
    script = tmp_path / "made.mjs"
    script.write_text(made)

    said = subprocess.check_output([shutil.which("node"), script], text=True)

    assert json.loads(said) == [42, 41, "A"]
    assert made.count("41") == 1
    assert "What it is" not in made


def test_what_is_imported_later_is_a_part_that_is_given_what_is_there(tmp_path):
    files = {
        **FILES,
        "js/p-page.js": 'import { b } from "./b.js";\n'
        'const { f } = await import("./f.js");\n'
        'import("./e.js").then(async ({ e }) => {\n'
        '  console.log(JSON.stringify([e(), f, b(0), (await import("./f.js")).f]));\n});\n',
        "js/e.js": 'import { b } from "./b.js";\nimport { f } from "./f.js";\n'
        "export const e = () => b(f);\n",
        "js/f.js": "export const f = globalThis.made ?? 1;\nglobalThis.made = 2;\n",
    }
    page = bundle.Page("js/p-page.js", files.get)
    parts = {path: page.part(path) for path in ("js/e.js", "js/f.js")}
    for path, made in parts.items():
        (tmp_path / f"{path[3:]}.mjs").write_text(made)
    script = tmp_path / "made.mjs"
    script.write_text(page.module(lambda path: f"./{path[3:]}.mjs"))

    said = subprocess.check_output([shutil.which("node"), script], text=True)

    # What two parts need is made once.
    assert json.loads(said) == [42, 1, 41, 1]
    assert not any("41" in made for made in parts.values())


def test_what_is_never_imported_later_is_no_part():
    with pytest.raises(KeyError):
        bundle.Page("js/a-page.js", FILES.__getitem__).part("js/d.js")


@pytest.mark.parametrize(
    "line",
    [
        'import * as d from "./d.js";',
        "export default 1;",
        "await x;",
        "export let x;",
    ],
)
def test_what_a_bundle_does_not_know_is_refused(line):
    with pytest.raises(bundle.NotBundled, match="a-page"):
        bundle.Page("js/a-page.js", lambda path: f"{line}\n")


def test_modules_that_import_each_other_are_refused():
    with pytest.raises(bundle.NotBundled, match="itself"):
        bundle.Page("js/a-page.js", lambda path: 'import { a } from "./a-page.js";\n')


@pytest.mark.parametrize("name", ["begin-page", "index-page", "classic-page"])
def test_each_page_is_a_bundle_that_parses(tmp_path, name):
    static = folder("static")
    later = []

    def read(path):
        return (static / path).read_text()

    page = bundle.Page(f"js/{name}.js", read)
    made = [page.module(lambda path: later.append(path) or path)]
    made += [page.part(path) for path in later]
    script = tmp_path / "made.mjs"

    for one in made:
        script.write_text(one)
        subprocess.run([shutil.which("node"), "--check", script], check=True)
        assert not re.search(r"""from ?["']\./|\bimport\("[^"]""", one)


@pytest.mark.parametrize("name", sorted(bundle.SHEETS))
def test_style_sheets_name_no_other_files_by_where_they_are(name):
    static = folder("static")
    made = bundle.sheet(name, lambda path: (static / path).read_text())

    assert "url(" not in made
    assert "@import" not in made
