import assert from "node:assert/strict";
import test from "node:test";
import { nextTheme, themeAsked, themeOf } from "../../static/js/theme-choice.js";

test("a theme is one of three, and nothing else", () => {
  assert.equal(themeOf("dark"), "dark");
  for (const said of ["Dark", "", null, undefined, 1, {}, "constructor"]) assert.equal(themeOf(said), null);
});

test("the button goes round", () => {
  assert.deepEqual(["system", "light", "dark"].map(nextTheme), ["light", "dark", "system"]);
});

test("a message that asks for no theme asks for none", () => {
  assert.equal(themeAsked({ chartserver: { theme: "light" } }), "light");
  for (const data of [null, undefined, "dark", 7, {}, { theme: "dark" }, { chartserver: "dark" }, { chartserver: { theme: "pink" } }]) {
    assert.equal(themeAsked(data), null);
  }
});
