import assert from "node:assert/strict";
import { test } from "node:test";

import { isSolo, solo, toggled } from "../../static/js/shown.js";

const NAMES = ["a", "b", "c"];
const hidden = (...names) => new Set(names);

test("a series is hidden, and shown again", () => {
  assert.deepEqual(toggled(NAMES, hidden(), "b"), hidden("b"));
  assert.deepEqual(toggled(NAMES, hidden("b", "c"), "b"), hidden("c"));
});

test("the last one shown brings back all", () => {
  assert.deepEqual(toggled(NAMES, hidden("a", "c"), "b"), hidden());
});

test("one alone, and all again", () => {
  const alone = solo(NAMES, hidden("a"), "a");

  assert.deepEqual(alone, hidden("b", "c"));
  assert.ok(isSolo(NAMES, alone, "a"));
  assert.ok(!isSolo(NAMES, alone, "b"));
  assert.deepEqual(solo(NAMES, alone, "a"), hidden());
  assert.deepEqual(solo(NAMES, alone, "c"), hidden("a", "b"));
});

test("one series is not alone among others", () => {
  assert.ok(!isSolo(["a"], hidden(), "a"));
});
