import assert from "node:assert/strict";
import { test } from "node:test";

import { panelsOf, panelsWithin } from "../../static/js/panels.js";

const series = (...units) => units.map((unit, i) => ({ name: `s${i}`, unit }));
const names = (panels) => panels.map((panel) => panel.map(({ name }) => name).join());
const ranges = (...all) => ({ name }) => ({ min: all[name.slice(1)][0], max: all[name.slice(1)][1] });

test("one panel, or one for each, where it is said so", () => {
  const all = series("V", "", "A");

  assert.deepEqual(names(panelsOf(all, "single")), ["s0,s1,s2"]);
  assert.deepEqual(names(panelsOf(all, "stacked")), ["s0", "s1", "s2"]);
});

test("left to itself, a page puts together what has the same unit and range", () => {
  const rangeOf = ranges([20, 24], [150, 151], [21, 26], [900, 905]);

  assert.deepEqual(names(panelsOf(series("°C", "¥", "°C", "°C"), "auto", rangeOf)), ["s0,s2", "s1", "s3"]);
});

test("what has no unit, or no value yet, stands alone", () => {
  assert.deepEqual(names(panelsOf(series("", ""), "auto", ranges([0, 1], [0, 1]))), ["s0", "s1"]);
  assert.deepEqual(names(panelsOf(series("V", "V"), "auto", ranges([0, 1], [NaN, NaN]))), ["s0", "s1"]);
});

test("no more share a panel than can be told apart", () => {
  const panels = panelsOf(series(...Array(10).fill("V")), "auto", () => ({ min: 0, max: 1 }));

  assert.deepEqual(panels.map(({ length }) => length), [8, 2]);
});

test("as many panels have room as can be read, and one in any height", () => {
  assert.deepEqual([0, 100, 120, 200, 300, 400].map(panelsWithin), [1, 1, 1, 2, 4, 5]);
});

test("very many share a panel for each unit", () => {
  const panels = panelsOf(series(...Array(30).fill("V"), "A"), "auto", () => ({ min: 0, max: 1 }));

  assert.deepEqual(panels.map(({ length }) => length), [30, 1]);
});
