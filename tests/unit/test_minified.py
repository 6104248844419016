"""Scripts and style sheets made shorter: what they do stays the same."""

import json
import re
import shutil
import subprocess

import pytest

from chartserver.web import minified
from chartserver.web.pages import folder

TRICKY = r"""
/* What a reader wants to know // and a browser does not. */
// with "quotes" and `ticks`
const said = [];
class Counter {
  #count = 0; // why
  static #made = 0
  #isOver
  constructor(count) { this.#count = count; Counter.#made += 1 }
  get count() { return this.#count }
  has(other) { return #count in other }
  get made() { return `${Counter.#made} of "#count" // not a comment ${`in ${this.#count + 1}}`}` }
}
let a = 4
let b = a
++b
said.push(a, b, a + +b, a - -b, a / 2 / 2, "a  //  b", 'it\'s', /[/'"]\/  +/g.source)
const half = (x) => x / 2; const text = `  two
  lines \` and \${not} `
said.push(half(3), text, [1, 2].map((x) => x / 2).join(" / "))
function late() {
  return /b  +/.test("b   ") /* a
  comment over lines */ && typeof /x/ === "object"
}
said.push(late(), 1..toFixed(1), 1 .toFixed(2), a --> 3, a
  ?.toString())
const counter = new Counter(7)
said.push(counter.count, counter.has(new Counter(1)), counter.made)
const nothing = () => {
  return
  1
}
said.push(nothing() === undefined, a in [1, 2, 3, 4] ? .5 : 0.25)
label: for (const each of [1, 2]) { if (each) continue label; }
console.log(JSON.stringify(said))
"""
PAGES = sorted(path.name for path in folder("static").glob("js/*.js"))


def run(script):
    return json.loads(subprocess.check_output([shutil.which("node"), "-e", script], text=True))


def test_a_script_does_the_same_when_it_is_shorter():
    made = minified.script(TRICKY)

    assert run(made) == run(TRICKY)
    assert len(made) < 0.8 * len(TRICKY)
    assert "reader" not in made
    assert "#isOver" not in made


@pytest.mark.parametrize("name", PAGES)
def test_what_is_short_already_stays_as_it_is(name):
    made = minified.script((folder("static") / "js" / name).read_text())

    assert minified.script(made) == made
    assert not re.search(r"^\s|\s$|[;,{(] |/\*\*", re.sub(r"(?s)[`\"].*?[`\"]", "", made))


@pytest.mark.parametrize("script", ["const a = `b", "const a = `${b`;"])
def test_what_is_no_script_is_refused(script):
    with pytest.raises(minified.Unread):
        minified.script(script)


def test_a_style_sheet_keeps_what_it_means():
    css = """
    /* why */
    .a > .b, .c .d:hover { color: red;  --x: calc(1px + 2px); }
    @media (min-width: 300px) and (color) { a::before { content: "a ; {  b"; margin: 0 -1px } }
    :is(.e, .f) .g { display: none !important; }
    """

    assert minified.sheet(css) == (
        ".a>.b,.c .d:hover{color:red;--x:calc(1px + 2px)}"
        '@media (min-width: 300px) and (color){a::before{content:"a ; {  b";margin:0 -1px}}'
        ":is(.e,.f) .g{display:none !important}"
    )
