"""Bundles: the modules of a page as one, and what is no bundle."""

import json
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


def test_a_bundle_does_what_its_modules_do(tmp_path):
    made = bundle.module("js/a-page.js", FILES.__getitem__)
    script = tmp_path / "made.mjs"
    script.write_text(made)

    said = subprocess.check_output([shutil.which("node"), script], text=True)

    assert json.loads(said) == [42, 41, "A"]
    assert made.count("= 41") == 1
    assert "What it is" not in made


@pytest.mark.parametrize(
    "line",
    [
        'import * as d from "./d.js";',
        "export default 1;",
        'await import("./d.js");',
        "export let x;",
    ],
)
def test_what_a_bundle_does_not_know_is_refused(line):
    with pytest.raises(bundle.NotBundled, match="a-page"):
        bundle.module("js/a-page.js", lambda path: f"{line}\n")


def test_modules_that_import_each_other_are_refused():
    with pytest.raises(bundle.NotBundled, match="itself"):
        bundle.module("js/a-page.js", lambda path: 'import { a } from "./a-page.js";\n')


@pytest.mark.parametrize("name", ["chart-page", "index-page", "classic-page"])
def test_each_page_is_a_bundle_that_parses(tmp_path, name):
    static = folder("static")
    made = bundle.module(f"js/{name}.js", lambda path: (static / path).read_text())
    script = tmp_path / "made.mjs"
    script.write_text(made)

    subprocess.run([shutil.which("node"), "--check", script], check=True)

    assert 'from "./' not in made


@pytest.mark.parametrize("name", sorted(bundle.SHEETS))
def test_style_sheets_name_no_other_files_by_where_they_are(name):
    static = folder("static")
    made = bundle.sheet(name, lambda path: (static / path).read_text())

    assert "url(" not in made
    assert "@import" not in made
